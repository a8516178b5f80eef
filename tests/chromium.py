"""The browser for the tests: find one, or install one.

`python -m tests.chromium` uses what is there; else, as root on Debian or Ubuntu, the system's package; else
Playwright's own download. Each has a time limit, and where none works one sentence says what to do.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# A browser that a test starts needs no sandbox of its own (root has none to give), no graphics card, and calls nobody.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VARIABLE = "CNNVIZ_CHROMIUM"
NONE_FOUND = (
    "No Chromium for the tests: install one (on Debian and Ubuntu: sudo apt install chromium) and run `make test` "
    f"again, or name one in {VARIABLE}."
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SYSTEM_LIMIT = 600  # seconds: a slow mirror and some 250 MB
_PLAYWRIGHT_LIMIT = 120


def find() -> str | None:
    """The browser named in `CNNVIZ_CHROMIUM` and no other, else the first that starts, else None."""
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> Iterator[str]:
    if named := os.environ.get(VARIABLE):
        yield shutil.which(named) or named
        return
    yield from filter(None, map(shutil.which, _NAMES))
    if own := _playwrights_own():
        yield own


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _starts(path: str) -> bool:
    """Whether it runs at all: Ubuntu's `chromium-browser` is there and only says that a snap is missing."""
    return _run([path, "--version"], limit=30, quiet=True)


def _run(command: Sequence[str], limit: float, env: Mapping[str, str] | None = None, quiet: bool = False) -> bool:
    """Run a command; whether it succeeded within its limit, in seconds. What it started ends with it."""
    output = subprocess.DEVNULL if quiet else None
    try:
        process = subprocess.Popen(command, env=env, stdout=output, stderr=output, start_new_session=True)
    except OSError:
        return False
    try:
        return process.wait(limit) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _install_package() -> None:
    """The system's package: Debian's family, and only where we may."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print("Installing the system's package chromium for the tests.", flush=True)
    if _run(["apt-get", "update", "-qq"], _SYSTEM_LIMIT, quiet):
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], _SYSTEM_LIMIT, quiet)


def _download() -> None:
    """Playwright's own, the whole browser: its headless shell alone is another program than the one people use."""
    print("Downloading Playwright's own Chromium for the tests.", flush=True)
    _run([sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"], _PLAYWRIGHT_LIMIT)


def main() -> int:
    """Find or install the browser and name it."""
    if named := os.environ.get(VARIABLE):
        if find() is None:
            print(f"{VARIABLE} names {named}, which does not start; correct it or unset it.", file=sys.stderr)
            return 1
        print(f"Browser for the tests: {named}")
        return 0
    for install in (None, _install_package, _download):
        if install:
            install()
        if path := find():
            print(f"Browser for the tests: {path}")
            return 0
    print(NONE_FOUND, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
