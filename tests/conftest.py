"""What the tests share: a folder for runs, a browser, servers to open pages from."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.chromium import FLAGS, NONE_FOUND, find

CNNVIZ = (sys.executable, "-m", "cnnviz")
_START_LIMIT = 60  # seconds until a server must answer: it is the first to compile everything on a fresh machine
_STOP_LIMIT = 15


def pytest_configure() -> None:
    """One thread for torch and NumPy, here and in what a test starts: figures repeat, and few cores suffice."""
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: after them Playwright's running loop lets no test use asyncio.run.

    One that fails is tried twice more: a browser without a GPU on two busy cores can miss any deadline once.
    """
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder for runs, used by this process and those it starts; nobody's own runs are touched."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("CNNVIZ_RUNS", str(folder))
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path / "data"))  # not made: most tests need none
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium, for all tests; take a `new_context()` or `new_page()` of it and close that."""
    path = find()
    if path is None:
        pytest.fail(NONE_FOUND)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Server:
    """A server that answers.

    Attributes:
        url: Where it is, without a slash at the end.
        port: The same, as a number.
        runs: The folder of its runs.
        process: The server's own process; its host and workers are its children.
        log: The file with what it printed.
    """

    url: str
    port: int
    runs: Path
    process: "subprocess.Popen[bytes]"
    log: Path

    def kill(self) -> None:
        """End the server as `kill -9` does: it has no say."""
        self.process.kill()
        self.process.wait(_STOP_LIMIT)

    def stop(self) -> None:
        """End the server as a service manager does, and wait until it is gone."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


StartServer = Callable[..., Server]


@pytest.fixture
def server(tmp_path: Path, runs_folder: Path) -> Iterator[StartServer]:
    """Starts a server, from a folder that is not the project's, and returns it once it answers.

    `server("--more", "arguments", runs=folder, port=8600, command=("/path/to/cnnviz",))`; nothing has to be given.
    Whatever happens to a test, its servers end with it, and what they printed is shown if it failed.
    """
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    started: list[Server] = []

    def start(*arguments: str, runs: Path = runs_folder, port: int = 0, command: Sequence[str] = CNNVIZ) -> Server:
        port = port or free_port()
        log = tmp_path / f"server-{len(started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "serve", "--no-browser", "--port", str(port), "--runs", str(runs), *arguments],
                cwd=elsewhere,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(Server(f"http://127.0.0.1:{port}", port, runs, process, log))
        _wait_until_healthy(started[-1])
        return started[-1]

    yield start
    for one in started:
        _end(one)
        print(f"--- {one.url} printed:\n{one.log.read_text('utf-8', 'replace')}")


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_healthy(server: Server) -> None:
    for _ in range(_START_LIMIT * 20):
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
            try:
                connection.request("GET", "/_stcore/health")
                if connection.getresponse().status == http.client.OK:
                    return
            finally:
                connection.close()
        with suppress(subprocess.TimeoutExpired):  # the time between two tries, cut short if the server ends
            pytest.fail(f"The server ended with {server.process.wait(0.05)} before it answered.")
    pytest.fail(f"The server did not answer within {_START_LIMIT} s.")


def _end(server: Server) -> None:
    """End a server and, should something of it be left, its process group; its host has a life line to it."""
    if server.process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            server.stop()
    with suppress(ProcessLookupError):
        os.killpg(server.process.pid, signal.SIGKILL)
