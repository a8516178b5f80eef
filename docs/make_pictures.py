"""Take the README's pictures of the real page: `python docs/make_pictures.py`.

Starts the app on a folder of its own, trains the digits at a pace that can be seen, and saves what Chromium shows.
"""

import os
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.chromium import FLAGS, find  # noqa: E402 - the project's top is no installed package
from tests.conftest import free_port  # noqa: E402

SIZES = {"light": (1440, 900), "dark": (1440, 900), "phone": (390, 844)}
# A step between 100 and 189 of the 200: the page shows a training that is well under way.
SEEN_LEARNING = ", ".join(f"[data-part=board][data-step='{step}']" for step in range(100, 190))


def main() -> None:
    """Start, take three pictures, stop."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as runs, sync_playwright() as playwright:
        command = [sys.executable, "-m", "cnnviz", "serve", "--no-browser", "--port", str(port), "--runs", runs]
        with subprocess.Popen(command, env=os.environ) as server:
            try:
                wait_for(address)
                take(playwright.chromium.launch(executable_path=find(), args=FLAGS), address)
            finally:
                server.terminate()


def wait_for(address: str) -> None:
    """Wait until the server answers."""
    while True:
        with suppress(OSError):
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()  # noqa: S310 - our own address
            return


def take(browser: Browser, address: str) -> None:
    """Train in the light theme, look again in the dark one and on a phone."""
    for name, (width, height) in SIZES.items():
        scheme = "dark" if name == "dark" else "light"
        page = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()
        page.goto(f"{address}/train")
        page.get_by_role("button", name="Start").click()
        page.wait_for_function("() => new URLSearchParams(location.search).get('run')")
        page.get_by_role("button", name="Pause").wait_for()
        page.locator(SEEN_LEARNING).wait_for(timeout=60_000)
        page.screenshot(path=str(HERE / f"train-{name}.png"))
        print(HERE / f"train-{name}.png")
        page.get_by_role("button", name="Stop").click()
        page.context.close()


if __name__ == "__main__":
    main()
