"""What it costs a training that somebody watches: images per second, watched and not, alternated in one run."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from bench.browser import chromium, context, wait_live
from bench.data import Mnist, make_folder
from bench.figures import Figure, interval
from bench.servers import BENCH_APP, Server, serving
from bench.watchers import ask, session, watching

LIMIT = 0.03
BATCH = 64
START = f"/bench/start?dataset={Mnist.name}&network=keras_example&epochs=200&batch_size={BATCH}"
SETTLE = 1.0  # s after a page was opened or closed that do not count: opening is not watching
SEGMENT = 2.5  # s that count
PAIRS = 12  # of segments: 60 s that count
Watching = Callable[[], AbstractContextManager[None]]


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """The cost with a page in Chromium on this machine, and with a watcher that draws nothing."""
    make_folder(folder.parent / "mnist")
    pairs = 3 if quick else PAIRS
    figures = []
    with serving(BENCH_APP, folder) as server, chromium() as browser:
        server.settle()
        made = ask(server.port, START)["run"]
        time.sleep(5)  # past the first steps, each of which is saved
        kinds: dict[str, Watching] = {
            "a page in Chromium, same machine": lambda: _page(server, browser, made),
            "a WebSocket that draws nothing": lambda: _socket(server, made),
        }
        for what, watched in kinds.items():
            figures += _figures(what, _alternate(server, made, watched, pairs))
    return figures


def _figures(what: str, measured: list[tuple[float, float, float, float]]) -> list[Figure]:
    cost, low, high = interval([(row[0], row[1]) for row in measured])
    work, work_low, work_high = interval([(row[2], row[3]) for row in measured])
    watched, alone = (float(np.mean([row[column] for row in measured])) for column in (0, 1))
    return [
        Figure(
            f"cost of watching, {what}",
            f"{cost:+.1%} ({low:+.1%} to {high:+.1%})",
            f"{LIMIT:.0%} at the upper end",
            f"{watched:,.0f} against {alone:,.0f} images/s, {len(measured)} pairs",
            high <= LIMIT,
        ),
        Figure(
            "  the same by the worker's processor time",
            f"{work:+.1%} ({work_low:+.1%} to {work_high:+.1%})",
            peer="without the seconds in which others had its core",
        ),
    ]


def _alternate(server: Server, made: str, watched: Watching, pairs: int) -> list[tuple[float, float, float, float]]:
    """For every pair: images per second watched and not, then the same per second of the worker's processor time."""
    measured = []
    for turn in range(pairs):
        rates: dict[bool, tuple[float, float]] = {}
        for with_watcher in (True, False) if turn % 2 else (False, True):
            if with_watcher:
                with watched():
                    rates[True] = _segment(server, made)
            else:
                rates[False] = _segment(server, made)
        measured.append((rates[True][0], rates[False][0], rates[True][1], rates[False][1]))
    return measured


def _segment(server: Server, made: str) -> tuple[float, float]:
    """Images per second, and per second of the worker's processor time, over one segment."""
    time.sleep(SETTLE)
    worker = server.worker()
    begun, begun_cpu = time.monotonic(), worker.cpu_times()
    time.sleep(SEGMENT)
    ended, ended_cpu = time.monotonic(), worker.cpu_times()
    reports = np.array([row for row in ask(server.port, f"/bench/steps/{made}") if begun <= row[0] <= ended])
    images = (reports[-1, 1] - reports[0, 1]) * BATCH
    seconds = reports[-1, 0] - reports[0, 0]
    processor = (ended_cpu.user + ended_cpu.system - begun_cpu.user - begun_cpu.system) * seconds / (ended - begun)
    return float(images / seconds), float(images / processor)


@contextmanager
def _page(server: Server, browser: Browser, made: str) -> Iterator[None]:
    """A page of the run, open and live."""
    with context(browser) as person:
        page = person.new_page()
        page.goto(f"{server.url}/train?run={made}")
        wait_live(page)
        before = page.evaluate("bench.draws")
        yield
        assert page.evaluate("bench.draws") > before, "the page was not live"


@contextmanager
def _socket(server: Server, made: str) -> Iterator[None]:
    """A Streamlit session and a socket on the newest step, read and thrown away."""
    opened, over = threading.Event(), threading.Event()

    async def watch() -> None:
        async with session(server.port, made) as token, watching(server.port, made, token) as watcher:
            opened.set()
            while not over.is_set():
                await asyncio.sleep(0.05)
            assert watcher.received > 10, "the socket brought nothing"

    thread = threading.Thread(target=asyncio.run, args=(watch(),))
    thread.start()
    try:
        assert opened.wait(60), "the page did not open"
        yield
    finally:
        over.set()
        thread.join()
