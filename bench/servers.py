"""Servers to measure: started in folders of their own, ended whatever happens."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
CNNVIZ = (sys.executable, "-m", "cnnviz", "serve", "--no-browser")
STREAMLIT = (sys.executable, "-m", "streamlit", "run", "--server.headless", "true", "--server.address", "127.0.0.1")
BENCH_APP = (*STREAMLIT, str(Path(__file__).parent / "app.py"))  # cnnviz with a larger data set and two routes more
START_LIMIT = 60  # s until a server must answer
STOP_LIMIT = 15
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Server:
    """A server that has just answered its health check."""

    port: int
    process: psutil.Process
    runs: Path

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """MiB that the server's own process holds (its resident set, without host and workers)."""
        return float(self.process.memory_info().rss) / 2**20

    def maps(self, name: str) -> bool:
        """Whether a file with this in its name is mapped into the server's process."""
        return name in Path(f"/proc/{self.process.pid}/maps").read_text("utf-8")

    def settle(self, quiet: float = 0.6, limit: float = 60) -> None:
        """Wait until the server and all it started are idle: the host is there and its spare worker is warm."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            before = self._tree()
            time.sleep(quiet)
            after = self._tree()
            busy = sum(after.values()) - sum(before.get(pid, 0.0) for pid in after)
            if len(after) >= 4 and set(after) == set(before) and busy < 0.1 * quiet:  # server, host, inspector, worker
                return
        raise TimeoutError(f"The server at {self.url} does not come to rest.")

    def worker(self) -> psutil.Process:
        """The host's child that has worked most: the one that trains."""
        host = self.process.children()
        return max((child for one in host for child in one.children()), key=_cpu)

    def _tree(self) -> dict[int, float]:
        processes = [self.process, *self.process.children(recursive=True)]
        return {process.pid: _cpu(process) for process in processes if process.is_running()}


def _cpu(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


@contextmanager
def serving(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A fresh server process, from the moment its health check answers."""
    port = free_port()
    runs = folder / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    option = "--port" if "cnnviz" in command else "--server.port"
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, option, str(port)],
            cwd=ROOT,  # the project's .streamlit/config.toml is for all of them
            env={**os.environ, "PYTHONPATH": str(ROOT), "CNNVIZ_RUNS": str(runs), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(port, process, log)
        yield Server(port, psutil.Process(process.pid), runs)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_LIMIT)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_healthy(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/_stcore/health")
                if connection.getresponse().status == http.client.OK:
                    return
            finally:
                connection.close()
        time.sleep(0.01)
    raise RuntimeError(
        f"A server did not answer (exit {process.poll()}); it printed:\n{log.read_text('utf-8', 'replace')[-2000:]}"
    )
