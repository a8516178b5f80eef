"""Who steers a training, and hears of it: a pipe to the host, or the program that called."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import FrameType
from typing import Literal, Protocol

from cnnviz.runs import Log, State
from cnnviz.settings import Value


@dataclass(frozen=True)
class Command:
    """What a person wants of a training.

    Attributes:
        verb: "step" takes one step and pauses; "pace" sets steps per second, 0 for full speed; "watch" says whether
            somebody looks (1) or nobody does (0); "park" ends a paused training so that it can go on as paused,
            later and in another process; "epoch" goes on to the end of this epoch and pauses there; "change" changes
            settings from the next step on.
        value: The number that goes with "pace" and "watch".
        settings: What goes with "change": some of `cnnviz.plan.changeable`, each with its new value.
    """

    verb: Literal["pause", "resume", "step", "epoch", "stop", "pace", "watch", "park", "change"]
    value: float = 0
    settings: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What a training says of itself.

    Attributes:
        state, step, pace, reason: How it stands.
        refused: Why a change that was asked for is not made; the training goes on as it was.
        planned_steps: Steps from the first to the last, as things stand; None where nobody has counted.
        images_per_second, seconds_left: Measured over the last seconds; None while paused or unknown.
        log: The rows since the last report.
        live: Whether a live snapshot of this step was written.
    """

    state: State
    step: int
    pace: float = 0
    reason: str | None = None
    refused: str | None = None
    planned_steps: int | None = None
    images_per_second: float | None = None
    seconds_left: float | None = None
    log: Log = field(default_factory=Log)
    live: bool = False


class Control(Protocol):
    """How a training hears and speaks."""

    def receive(self, seconds: float | None) -> Command | None:
        """The next command, or None if none came within so many seconds (None: wait for one).

        Raises:
            EOFError: If whoever steers is gone.
        """

    def send(self, report: Report) -> None:
        """Tell how it stands."""


class PipeControl:
    """Steered through a pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def receive(self, seconds: float | None) -> Command | None:
        """As `Control.receive`."""
        if not self._connection.poll(seconds):
            return None
        command: Command = self._connection.recv()
        return command

    def send(self, report: Report) -> None:
        """As `Control.send`."""
        self._connection.send(report)


class CallControl:
    """Nobody steers but with Ctrl-C; a function is called with every report."""

    def __init__(self, heard: Callable[[Report], None]) -> None:
        self.send = heard
        self._is_interrupted = False

    def receive(self, seconds: float | None) -> Command | None:
        """Nothing, at once.

        Raises:
            KeyboardInterrupt: If it was pressed since: between two steps, so that what is saved is whole.
        """
        del seconds
        if self._is_interrupted:
            raise KeyboardInterrupt
        return None

    @contextmanager
    def waiting_for_step(self) -> Iterator[None]:
        """Let Ctrl-C wait for the end of a step; a second one does not wait.

        Raises:
            KeyboardInterrupt: At the end, where it came in the last step.
        """
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(before):
            yield  # it comes to others, or to nobody
            return

        def interrupt(number: int, frame: FrameType | None) -> None:
            if self._is_interrupted:
                before(number, frame)
            self._is_interrupted = True

        signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
        if self._is_interrupted:  # in the last step
            raise KeyboardInterrupt
