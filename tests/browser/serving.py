"""Servers for the browser tests: longer lived than one test, or under a prefix."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from cnnviz.runs import Run, example
from tests.conftest import Server, free_port

CNNVIZ = (sys.executable, "-m", "cnnviz")
START_LIMIT = 60
STOP_LIMIT = 15


def until(holds: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true value of a condition; one that asks a page lets the page's events in."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not (value := holds()):
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        pause.wait(0.02)
    return value


@contextmanager
def serving(folder: Path, *, base: str = "", port: int = 0) -> Iterator[Server]:
    """A server with its runs in `folder`/runs, on all paths under `base`; it ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    log = folder / f"server-{port}.log"
    variables = os.environ | {"STREAMLIT_SERVER_BASE_URL_PATH": base}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*CNNVIZ, "serve", "--no-browser", "--port", str(port), "--runs", str(folder / "runs")],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}{base}", port, folder / "runs", process, log)
    try:
        until(lambda: process.poll() is not None or is_healthy(port, base), START_LIMIT, "the server answers")
        assert process.poll() is None, log.read_text("utf-8", "replace")
        yield server
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_LIMIT)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_LIMIT)
        print(f"--- {server.url} printed:\n{log.read_text('utf-8', 'replace')}")


def is_healthy(port: int, base: str = "") -> bool:
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", f"{base}/_stcore/health")
            return connection.getresponse().status == http.client.OK
        finally:
            connection.close()
    return False


def worker_of(server: Server, run: str) -> psutil.Process:
    """The process that trains a run: it holds the run's lock."""
    lock = str((server.runs / run / "lock").resolve())

    def find() -> psutil.Process | None:
        for child in psutil.Process(server.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if any(opened.path == lock for opened in child.open_files()):
                    return child
        return None

    return until(find, 5, f"a process trains {run}")


def saved_steps(server: Server, run: str) -> list[int]:
    return sorted(int(path.stem.removeprefix("step-")) for path in (server.runs / run).glob("step-*.safetensors"))


def rests(server: Server, run: str) -> list[tuple[int, int]]:
    """The steps at which a run was paused and at which it went on, by its own record."""
    events = [(event["event"], event["step"]) for event in Run(server.runs / run).events()]
    return [(at, on) for (what, at), (then, on) in pairwise(events) if (what, then) == ("paused", "resumed")]


def put_run(server: Server, name: str) -> str:
    """A finished run that nobody owns, without the time to train one: a copy of the example, the newest of all."""
    folder = server.runs / name
    shutil.copytree(example().path, folder)
    record = json.loads((folder / "run.json").read_text("utf-8"))
    (folder / "run.json").write_text(json.dumps(record | {"created": time.time()}), "utf-8")
    (folder / "name.txt").unlink(missing_ok=True)
    return name
