"""Chromium for the benchmarks, and what its pages note by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.chromium import FLAGS, NONE_FOUND, find

LIMIT = 30_000  # ms: nothing here may take longer
VIEW = {"width": 1440, "height": 900}
# `painted`: when the board was first drawn, since the navigation began. `pictures`: for every new picture drawn, when
# the worker wrote it and when it was drawn, both in ms since 1970. `points`: for every run, when its curve was first
# drawn with a point on it. `clicked`: when "Start" was clicked last. `draws`: how often the board was drawn.
WITNESS = """
window.bench = {painted: null, pictures: [], points: {}, clicked: null, draws: 0};
let last = null;
addEventListener("cnnviz:painted", ({detail}) => {
  if (!["board", "home"].includes(detail.part)) return;
  const now = performance.timeOrigin + performance.now();
  bench.draws += 1;
  bench.painted ??= performance.now();
  if (detail.points > 0) bench.points[detail.run] ??= now;
  if (detail.time && detail.time !== last) {
    last = detail.time;
    bench.pictures.push([1000 * detail.time, now]);
  }
});
addEventListener("click", ({target}) => {
  if (target.closest?.(".st-key-start")) bench.clicked = performance.timeOrigin + performance.now();
}, true);
"""
# The same for a page that only has words.
WORDS = """
window.bench = {painted: null};
new MutationObserver((changes, observer) => {
  if (!document.body?.textContent.includes("nothing here")) return;
  observer.disconnect();
  bench.painted = performance.now();
}).observe(document, {childList: true, subtree: true, characterData: true});
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, for one benchmark."""
    path = find()
    if path is None:
        raise RuntimeError(NONE_FOUND)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def context(browser: Browser, script: str = WITNESS) -> Iterator[BrowserContext]:
    """A person's browser that knows nothing yet: no cache, no cookies."""
    new = browser.new_context(viewport=VIEW)  # type: ignore[arg-type]
    new.set_default_timeout(LIMIT)
    new.add_init_script(script)
    try:
        yield new
    finally:
        new.close()


def noted(page: Page, expression: str) -> Any:
    """Wait until something noted is there, and return it; `expression` is what comes after `bench.`."""
    return page.wait_for_function(f"() => window.bench?.{expression}", timeout=LIMIT, polling=20).json_value()


def wait_live(page: Page) -> None:
    """Wait until the page's WebSocket is open."""
    page.locator('[data-part="board"][data-state="live"]').wait_for(state="attached")


def has_picture(page: Page) -> bool:
    """Whether a canvas of the board's maps shows more than one colour."""
    colours = page.locator('[data-part="board"] .maps canvas, [data-part="home"] .network canvas').first.evaluate(
        """(canvas) => new Set(new Uint32Array(
          canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
    )
    return bool(colours > 1)
