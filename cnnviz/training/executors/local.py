"""Runs trained on this machine, a process each."""

import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from cnnviz.training.children import Child, Children
from cnnviz.training.control import Command
from cnnviz.training.executors.base import Executor
from cnnviz.training.messages import Gone, Heard, Train
from cnnviz.training.worker import work

_KILL = 9  # the signal that cannot be caught; Windows has no name for it


class Local(Executor):
    """A worker for every run, and one more that is warm: it has imported everything and taken a throw-away step."""

    name = "local"
    is_here = True

    def __init__(self, children: Children, places: int) -> None:
        super().__init__(children, places)
        self._workers: dict[Path, Child] = {}
        self._runs: dict[Connection, Path] = {}
        self._warm = children.begin(work)

    @classmethod
    def is_wanted(cls) -> bool:
        """Wherever no other is."""
        return True

    @property
    def capacity(self) -> int:
        """As many as there are cores to spare."""
        return self._places

    def start(self, wish: Train) -> None:
        """Give the run to the warm worker, and get another one warm."""
        worker, self._warm = self._warm, self._children.begin(work)
        self._workers[wish.run], self._runs[worker.connection] = worker, wish.run
        worker.send(wish)

    def steer(self, run: Path, command: Command) -> None:
        """Tell its worker."""
        if run in self._workers:
            self._workers[run].send(command)

    def connections(self) -> Sequence[Connection]:
        """Those of all workers."""
        return [self._warm.connection, *self._runs]

    def hear(self, connection: Connection) -> Sequence[Heard | Gone]:
        """A report, or the end of its process."""
        run = self._runs.get(connection)
        try:
            report = connection.recv()
        except (EOFError, OSError):  # an OSError where it was killed in the middle of a message
            return self._bury(run)
        return [Heard(run, report)] if run else []

    def _bury(self, run: Path | None) -> Sequence[Gone]:
        if run is None:
            self._children.bury(self._warm)
            self._warm = self._children.begin(work)
            return []
        worker = self._workers.pop(run)
        del self._runs[worker.connection]
        return [Gone(run, how_it_ended(self._children.bury(worker)))]


def how_it_ended(code: int) -> str | None:
    """The end of a process in words; None where it ended as it should."""
    if code == 0:
        return None
    if code == -_KILL:
        return "The process that trained it was killed without a word, most likely because memory ran out"
    if code < 0:
        return f"The process that trained it ended by signal {-code} ({_name(-code)}), which is a fault of a program"
    return "The process that trained it ended by an error it could not tell of"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
