"""From `goto`, on a server whose health check has just answered, to the main picture painted."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from bench.browser import WITNESS, WORDS, chromium, context, has_picture, noted
from bench.figures import Figure, spread
from bench.servers import CNNVIZ, ROOT, STREAMLIT, serving

LIMIT = 1.5
HEAVY = ("torch", "sklearn", "plotly")
# What one run of a script loads, as the first visitor's does.
PROBE = """
import json, sys
from streamlit.testing.v1 import AppTest
page = AppTest.from_file(sys.argv[1], default_timeout=60).run()
assert not page.exception, page.exception
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """The ratio to an empty page, and what the first page loads."""
    empty = folder / "empty.py"
    empty.write_text('import streamlit as st\n\nst.write("nothing here")\n', "utf-8")
    ours, theirs, mapped = [], [], set()
    with chromium() as browser:
        _warm(browser, empty, folder)
        for turn in range(2 if quick else 8):
            for which in ("ours", "theirs") if turn % 2 else ("theirs", "ours"):
                if which == "ours":
                    seconds, found = _ours(browser, folder)
                    ours.append(seconds)
                    mapped |= found
                else:
                    theirs.append(_theirs(browser, empty, folder))
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    loaded = (_loaded(ROOT / "cnnviz" / "ui" / "shell.py", folder) & set(HEAVY)) - _loaded(empty, folder)
    heavy = sorted(loaded | mapped)
    return [
        Figure(
            "first paint, ratio to an empty page",
            f"{median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})",
            f"{LIMIT}x",
            f"{median(ours):.2f} s against {median(theirs):.2f} s, {len(ratios)} pairs",
            median(ratios) <= LIMIT,
        ),
        Figure(
            "  heavy packages in that server",
            ", ".join(heavy) or "none",
            "none",
            "torch, scikit-learn, Plotly; what Streamlit loads itself apart",
            not heavy,
        ),
        Figure("  our page", spread(ours, unit=" s")),
        Figure("  the empty page", spread(theirs, unit=" s")),
    ]


def _warm(browser: Browser, empty: Path, folder: Path) -> None:
    """The first page of a browser takes longer than all others; so does the first read of a file."""
    _theirs(browser, empty, folder)
    _ours(browser, folder)


def _ours(browser: Browser, folder: Path) -> tuple[float, set[str]]:
    with serving(CNNVIZ, folder) as server, context(browser, WITNESS) as person:
        page = person.new_page()
        page.goto(server.url, wait_until="commit")
        seconds = noted(page, "painted") / 1000
        found = {name for name in ("libtorch", "sklearn") if server.maps(name)}
        assert has_picture(page), "the board was drawn without a picture"
        return seconds, found


def _theirs(browser: Browser, script: Path, folder: Path) -> float:
    with serving([*STREAMLIT, str(script)], folder) as server, context(browser, WORDS) as person:
        page = person.new_page()
        page.goto(server.url, wait_until="commit")
        return float(noted(page, "painted")) / 1000


def _loaded(script: Path, folder: Path) -> set[str]:
    """Top-level names of all modules in a process that ran a page once."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=folder,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))
