"""A dispatch to try, with an executor that trains nothing and only writes down what it is told."""

from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from cnnviz.runs import Run
from cnnviz.training.children import Children
from cnnviz.training.control import Command, Report
from cnnviz.training.dispatch import Dispatch
from cnnviz.training.executors import Executor
from cnnviz.training.messages import Gone, Heard, Queue, Train


class Noting(Executor):
    """Trains nothing."""

    name = "noting"
    is_here = True

    def __init__(self, places: int = 1) -> None:
        super().__init__(Children(), places)
        self.told: list[Train | tuple[Path, str]] = []
        self.broken: str | None = None

    @classmethod
    def is_wanted(cls) -> bool:
        return False

    @property
    def capacity(self) -> int:
        return 0 if self.broken else self._places

    @property
    def trouble(self) -> str | None:
        return self.broken

    def start(self, wish: Train) -> None:
        self.told.append(wish)

    def steer(self, run: Path, command: Command) -> None:
        self.told.append((run, command.verb))

    def connections(self) -> Sequence[Connection]:
        return []

    def hear(self, connection: Connection) -> Sequence[Heard | Gone]:
        return []


class Floor:
    """A dispatch, what it told the server, and what it told the executor."""

    def __init__(self, places: int = 1) -> None:
        self.executor = Noting(places)
        self.told: list[Heard | Queue | Gone] = []
        self.dispatch = Dispatch(self.executor, self.told.append)

    def train(self, run: Run, pace: float = 0) -> None:
        self.dispatch.line_up(Train(run.path, pace))

    def steer(self, run: Run, verb: str) -> None:
        self.dispatch.steer(run.path, Command(verb))  # type: ignore[arg-type]

    def say(self, run: Run, report: Report) -> None:
        self.dispatch.heard([Heard(run.path, report)])

    def gone(self, run: Run, reason: str | None = None) -> None:
        self.dispatch.heard([Gone(run.path, reason)])

    @property
    def started(self) -> list[str]:
        return [told.run.name for told in self.executor.told if isinstance(told, Train)]

    @property
    def queue(self) -> Queue:
        return next(told for told in reversed(self.told) if isinstance(told, Queue))

    @property
    def waits(self) -> list[str]:
        return [path.name for path in self.queue.runs]
