"""A real host with one place beside the tests, and ears for what it says."""

import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import psutil

from cnnviz.runs import Run, State
from cnnviz.training.client import HostClient, Message
from cnnviz.training.control import Command, Report
from cnnviz.training.messages import Gone, Heard, Queue

ONE_PLACE = (
    sys.executable,
    "-c",
    "from cnnviz.training import host; host.places = lambda: 1; host.main()",
)
LIMIT = 60.0  # s: until something must have happened that does, however busy the machine
Said = Callable[[Message], bool]


def until(holds: Callable[[], bool], what: str, seconds: float = LIMIT) -> None:
    """Wait until a condition holds."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        pause.wait(0.01)


class Beside:
    """A client and all it has heard, each with the time it came."""

    def __init__(self, command: tuple[str, ...] = ONE_PLACE) -> None:
        self.heard: list[tuple[float, Message]] = []
        self.losses = 0
        self._news = threading.Condition()
        self.client = HostClient(self._hear, self._lose, command)

    def _hear(self, message: Message) -> None:
        with self._news:
            self.heard.append((time.monotonic(), message))
            self._news.notify_all()

    def _lose(self) -> None:
        with self._news:
            self.losses += 1
            self._news.notify_all()

    def wait(self, said: Said, what: str, since: int = 0) -> tuple[float, Message]:
        """The first message from number `since` on for which this holds, and when it came."""

        def found() -> tuple[float, Message] | None:
            return next((entry for entry in self.heard[since:] if said(entry[1])), None)

        with self._news:
            assert self._news.wait_for(lambda: found() is not None, LIMIT), f"{what}: heard {self.heard[since:][-5:]}"
        entry = found()
        assert entry is not None
        return entry

    def wait_for_state(self, run: Run, state: State, since: int = 0) -> tuple[float, Report]:
        """The first report of this state."""

        def said(message: Message) -> bool:
            return isinstance(message, Heard) and message.run == run.path and message.report.state == state

        when, message = self.wait(said, f"{run.id} {state}", since)
        assert isinstance(message, Heard)
        return when, message.report

    def step(self, run: Run, before: int) -> float:
        """Take one step after step `before` of a paused run; the seconds until it was said."""
        asked, since = self.steer(run, "step")
        when, message = self.wait(lambda said: isinstance(said, Heard) and said.report.step > before, "a step", since)
        assert isinstance(message, Heard)
        assert (message.report.state, message.report.step) == ("paused", before + 1)
        return when - asked

    def wait_for_queue(self, *runs: Run, since: int = 0) -> None:
        """Until the host says that exactly these wait, in this order."""
        paths = [run.path for run in runs]
        self.wait(lambda message: isinstance(message, Queue) and list(message.runs) == paths, "the queue", since)

    def wait_until_gone(self, run: Run, since: int = 0) -> None:
        """Until the run's worker has ended."""
        self.wait(lambda said: isinstance(said, Gone) and said.run == run.path, f"{run.id} gone", since)

    def steer(self, run: Run, verb: str, value: float = 0) -> tuple[float, int]:
        """Pass a command on; when, and the number of the next message."""
        since = len(self.heard)
        self.client.steer(run.path, Command(verb, value))
        return time.monotonic(), since

    def finish(self, run: Run, pace: float = 0) -> None:
        """Train a run and wait until its worker has ended."""
        since = len(self.heard)
        self.client.train(run.path, pace)
        self.wait_until_gone(run, since)

    def stop(self, *runs: Run) -> None:
        """Stop runs and wait until their workers have ended."""
        for run in runs:
            _, since = self.steer(run, "stop")
            self.wait_until_gone(run, since)

    @property
    def host(self) -> psutil.Process:
        """The host's process."""
        process = self.client._process
        assert process is not None
        return psutil.Process(process.pid)

    def worker(self, run: Run) -> psutil.Process:
        """The process that holds the run's lock."""
        lock = str(run.path / "lock")
        return next(child for child in self.host.children() if lock in [file.path for file in child.open_files()])

    def wait_until_idle(self) -> None:
        """Until the warm worker and the inspector wait for something to do."""
        children = self.host.children()
        times: list[float] = []

        def idle() -> bool:
            times.append(sum(sum(child.cpu_times()[:2]) for child in children))
            return len(times) > 30 and times[-30] == times[-1]

        until(idle, "the host's children are idle")


def stretch() -> float:
    """How many times longer than its work a thing takes here now: 1 on a machine of our own, more on a shared one."""
    wall, work = time.perf_counter(), time.process_time()
    while time.process_time() - work < 0.05:
        pass
    return max(1.0, (time.perf_counter() - wall) / 0.05)


def question(answer: Any) -> Any:
    """What can be asked is whatever travels and has an answer."""
    return SimpleNamespace(answer=answer)


def assert_gone(processes: list[psutil.Process]) -> None:
    """All of these end."""

    def ended(process: psutil.Process) -> bool:
        try:
            return process.status() == psutil.STATUS_ZOMBIE  # an orphan, which the system will come round to
        except psutil.NoSuchProcess:
            return True

    until(lambda: all(ended(process) for process in processes), f"{processes} end")
