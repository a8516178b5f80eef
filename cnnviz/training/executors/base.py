"""What a place where runs are trained must provide."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import ClassVar

from cnnviz.training.children import Children
from cnnviz.training.control import Command
from cnnviz.training.messages import Gone, Heard, Train


class Executor(ABC):
    """Trains the runs it is given, passes commands on to them, and tells what they say; the host keeps the queue.

    It lives in the host's one thread: nothing here waits, and what takes time is done in processes of its own.

    Args:
        children: Where it gets its processes.
        places: How many runs may train at once on this machine.
    """

    name: ClassVar[str]
    is_here: ClassVar[bool]  # whether runs are trained on this machine, with its devices

    def __init__(self, children: Children, places: int) -> None:
        self._children = children
        self._places = places

    @classmethod
    @abstractmethod
    def is_wanted(cls) -> bool:
        """Whether the surroundings of this process ask for it."""

    @property
    @abstractmethod
    def capacity(self) -> int:
        """How many runs it trains at once; a paused one takes no place."""

    @property
    def trouble(self) -> str | None:
        """A sentence that says why it can train nothing now; None where it can."""
        return None

    @abstractmethod
    def start(self, wish: Train) -> None:
        """Train a run, or go on with it, from the last step that is saved in its folder.

        What it saves comes to that folder, each file whole or not at all, before the report that tells of it.
        """

    @abstractmethod
    def steer(self, run: Path, command: Command) -> None:
        """Pass a command on to a run that was started and is not gone; otherwise nothing happens."""

    @abstractmethod
    def connections(self) -> Sequence[Connection]:
        """What to wait for: when one of these can be read, there is something to hear."""

    @abstractmethod
    def hear(self, connection: Connection) -> Sequence[Heard | Gone]:
        """What has come through a connection.

        Every run that was started ends with a `Gone`, in whichever way it ended; that one has a reason where the run
        ended by neither its own nor a person's will.
        """
