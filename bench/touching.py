"""What a person waits for in Chromium: from the click, the pointer or the pen to what it shows, painted."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bench.browser import LIMIT, chromium, context
from bench.figures import Figure, p95, spread
from bench.servers import BENCH_APP, Server, serving
from bench.watchers import ask

READY = "/bench/start?dataset=digits&network=tinyvgg&epochs=1"
FRAME = 1000 / 60  # ms
# `touched`: when the person last clicked, moved with the pen down, or let it up. `last`: the last drawing of a page's
# main picture, with the start of the frame after it, when it is on the screen. `frames`: the starts of all frames while
# `isTimed`, `cells`: how many of them showed another cell.
WITNESS = """
window.bench = {touched: null, last: {}, isTimed: false, frames: [], cells: 0};
for (const kind of ["click", "pointermove", "pointerup"]) {
  addEventListener(kind, ({timeStamp, buttons}) => {
    if (kind !== "pointermove" || buttons) bench.touched = timeStamp;
  }, true);
}
addEventListener("cnnviz:painted", ({detail}) => {
  if (!["home", "inside"].includes(detail.part)) return;
  requestAnimationFrame((time) => { bench.last = {...detail, time}; });
});
const set = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (name === "data-cell" && bench.isTimed) bench.cells += 1;
  return set.call(this, name, value);
};
const frame = (time) => {
  if (bench.isTimed) bench.frames.push(time);
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""
TOUCHED = "() => (({last, touched}) => ({...last, took: last.time - touched}))(bench)"


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """The 95th percentiles for `tinyvgg`, with the browser on the same processor as the server."""
    times = 5 if quick else 40
    with serving(BENCH_APP, folder) as server, chromium() as browser:
        server.settle()
        made = ask(server.port, READY)["run"]
        with context(browser, WITNESS) as person:
            page = person.new_page()
            _open(page, server, "/inside", made)
            maps = _maps(page)
            clicks = [_click(page, maps[turn % len(maps)]) for turn in range(times)]
            figures = [
                _figure("a click on a map to its numbers", clicks, 200),
                _hover(page, maps[-1], 1 if quick else 4),
            ]
            page.locator(".st-key-image-popover button").first.click()
            images = [_choose(page, turn) for turn in range(times)]
            figures.append(_figure("another image to all its maps", images, 150))
            _open(page, server, "/", made)
            page.get_by_role("button", name="Draw a digit").click()
            strokes = [_stroke(page, turn) for turn in range(times)]
            figures.append(_figure("a stroke on the pad to its prediction and maps", strokes, 200))
    return figures


def _open(page: Page, server: Server, path: str, run: str) -> None:
    page.goto(f"{server.url}{path}?run={run}")
    page.locator('[data-part="timeline"][data-state="live"]').wait_for(state="attached")
    _until(page, lambda last: "image" in last)


def _figure(what: str, taken: list[float], limit: float) -> Figure:
    measured = p95(taken)
    return Figure(
        f"{what}, painted p95",
        f"{measured:.0f} ms",
        f"{limit:.0f} ms",
        f"{spread(taken, unit=' ms')}; tinyvgg",
        measured < limit,
    )


def _until(page: Page, is_there: Callable[[dict[str, Any]], bool]) -> float:
    """Milliseconds from the last touch until the picture that is waited for was on the screen."""
    for _ in range(LIMIT // 10):
        last: dict[str, Any] = page.evaluate(TOUCHED)
        if is_there(last):
            return float(last["took"])
        page.wait_for_timeout(10)
    raise TimeoutError(f"what was waited for did not come; the last picture is {last}")


def _maps(page: Page) -> list[tuple[float, float]]:
    """Where the maps of convolutions are: the strip says what the pointer is on."""
    canvas = page.get_by_role("application", name=re.compile("Enter opens a map"))
    box = canvas.bounding_box()
    assert box
    title = page.get_by_role("region", name="Network map").locator("h2")
    found = {}
    for x in range(4, int(box["width"]), 20):
        for y in range(20, 300, 40):
            page.mouse.move(box["x"] + x, box["y"] + y)
            said = title.text_content() or ""
            if said.startswith("conv"):
                found[said] = (box["x"] + x, box["y"] + y)
    return list(found.values())


def _click(page: Page, where: tuple[float, float]) -> float:
    """Open a map, then go back."""
    before = page.evaluate("bench.last.time")
    page.mouse.click(*where)
    took = _until(page, lambda last: last.get("unit") is not None and last["time"] > before)
    page.get_by_role("button", name="Network map").click()
    _until(page, lambda last: last.get("unit") is None)
    return took


def _hover(page: Page, where: tuple[float, float], seconds: int) -> Figure:
    """Frames a second while the pointer goes over an opened map."""
    page.mouse.click(*where)
    _until(page, lambda last: last.get("unit") is not None)
    box = page.get_by_role("application", name=re.compile("arrow keys move the cell")).bounding_box()
    assert box
    page.evaluate("Object.assign(bench, {frames: [], cells: 0, isTimed: true})")
    for turn in range(60 * seconds):
        there, back = abs(turn % 20 / 10 - 1), turn / (60 * seconds)
        page.mouse.move(box["x"] + box["width"] * (0.7 + 0.28 * there), box["y"] + box["height"] * (0.2 + 0.3 * back))
    frames, cells = page.evaluate("[bench.frames, bench.cells]")
    page.evaluate("bench.isTimed = false")
    page.get_by_role("button", name="Network map").click()
    _until(page, lambda last: last.get("unit") is None)
    gaps = [after - before for before, after in pairwise(frames)]
    late = sum(gap > 1.5 * FRAME for gap in gaps)
    rate = 1000 * len(gaps) / (frames[-1] - frames[0])
    return Figure(
        "hover over an opened map",
        f"{rate:.0f} frames/s",
        "60 frames/s",
        f"{late} of {len(gaps)} frames late; {cells} cells shown; longest {max(gaps):.0f} ms",
        rate > 58 and cells > 0,
    )


def _choose(page: Page, turn: int) -> float:
    """Another image of the picker, which stays open."""
    options = page.get_by_role("listbox", name="Images").get_by_role("option")
    options.first.wait_for()
    option = options.nth(1 + turn % 40)
    name = option.get_attribute("data-image")
    option.click()
    return _until(page, lambda last: last.get("image") == name)


def _stroke(page: Page, turn: int) -> float:
    """A line more; the pad is cleared now and then."""
    paper = page.get_by_role("application", name=re.compile("^Drawing pad"))
    if turn % 5 == 0 and turn:
        page.get_by_role("button", name="Clear").click()
        page.wait_for_timeout(300)
    box = paper.bounding_box()
    assert box
    before = page.evaluate("bench.last.image")
    across, down = 0.2 + 0.12 * (turn % 5), 0.15
    page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + across * box["width"], box["y"] + (down + 0.6) * box["height"], steps=12)
    page.mouse.up()
    page.wait_for_timeout(350)  # the pen rests: all that was drawn has been sent and answered, none is kept yet
    return _until(page, lambda last: str(last["image"]).startswith("pad-") and last["image"] != before)
