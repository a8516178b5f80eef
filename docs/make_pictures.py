"""Take the README's pictures of the real page: `python docs/make_pictures.py`.

Starts the app on a folder of its own, looks at the example, trains the digits at a pace that can be seen, and saves
what Chromium shows.
"""

import os
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.chromium import FLAGS, find  # noqa: E402 - the project's top is no installed package
from tests.conftest import free_port  # noqa: E402

OF_THE_EXAMPLE = {  # page and theme, and what is there when all is drawn
    "home": ("", "light", "[data-part=home][data-said]"),
    "inside": ("inside?layer=conv2&unit=2&cell=3.4", "dark", "[data-part=inside][data-view=unit]"),
    "explain": (
        "explain?image=validation-52",
        "light",
        "[data-part=explain]:not(:has([data-map=none], [data-map=partial]))",
    ),
    "build": ("build?network=resnet8", "light", "text=Whole network"),
    "data": ("data?vary=shift%3A1%2Crotate%3A20", "dark", "text=At the left the image"),
}
SIZES = {"light": (1440, 900), "dark": (1440, 900), "phone": (390, 844)}
# A step between 100 and 189 of the 200: the page shows a training that is well under way.
SEEN_LEARNING = ", ".join(f"[data-part=board][data-step='{step}']" for step in range(100, 190))


def main() -> None:
    """Start, take the pictures, stop."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as runs, sync_playwright() as playwright:
        command = [sys.executable, "-m", "cnnviz", "serve", "--no-browser", "--port", str(port), "--runs", runs]
        with subprocess.Popen(command, env=os.environ) as server:
            try:
                wait_for(address)
                browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
                take_example(browser, address)
                take_training(browser, address)
            finally:
                server.terminate()


def wait_for(address: str) -> None:
    """Wait until the server answers."""
    while True:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()  # noqa: S310 - our own address
            return


def take_example(browser: Browser, address: str) -> None:
    """Look at the example on the pages that look inside and ask, and at a network and a data set."""
    for name, (path, scheme, there) in OF_THE_EXAMPLE.items():
        page = open_page(browser, "light" if scheme == "light" else "dark", *SIZES["light"])
        page.goto(f"{address}/{path}")
        page.locator(there).wait_for(timeout=60_000)
        if name == "data":  # what is varied stands below the fold
            page.locator(there).scroll_into_view_if_needed()
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        save(page, name)


def take_training(browser: Browser, address: str) -> None:
    """Train in the light theme, look again in the dark one and on a phone."""
    for name, (width, height) in SIZES.items():
        page = open_page(browser, "dark" if name == "dark" else "light", width, height)
        page.goto(f"{address}/train")
        page.get_by_role("button", name="Start").click()
        page.wait_for_function("() => new URLSearchParams(location.search).get('run')")
        page.get_by_role("button", name="Pause").wait_for()
        page.locator(SEEN_LEARNING).wait_for(timeout=60_000)
        save(page, f"train-{name}", stop=True)


def open_page(browser: Browser, scheme: Literal["light", "dark"], width: int, height: int) -> Page:
    """A page of a person who was not here before."""
    return browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()


def save(page: Page, name: str, *, stop: bool = False) -> None:
    """Save what is on screen, and close it."""
    page.screenshot(path=str(HERE / f"{name}.png"))
    print(HERE / f"{name}.png")
    if stop:
        page.get_by_role("button", name="Stop").click()
    page.context.close()


if __name__ == "__main__":
    main()
