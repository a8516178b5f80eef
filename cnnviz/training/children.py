"""The processes that the host keeps, each with a pipe to it."""

import multiprocessing
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any


@dataclass(eq=False)
class Child:
    """A process of ours, and our end of the pipe to it.

    Attributes:
        asked: The numbers of what it has still to answer.
    """

    process: BaseProcess
    connection: Connection
    asked: set[int] = field(default_factory=set)

    def send(self, message: Any) -> None:
        """Tell it something; where it is ending, that is seen when it is heard next."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send(message)


class Children:
    """All of them; what a fork copies of the others' pipes, each lets go of.

    Args:
        inherited: Connections of the host itself.
    """

    def __init__(self, *inherited: Connection) -> None:
        self._inherited = inherited
        self._context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._alive: list[Child] = []

    def begin(self, target: Callable[..., None], *arguments: Any) -> Child:
        """Start a process that runs `target(connection, inherited, *arguments)`."""
        ours, theirs = self._context.Pipe()
        forks = self._context.get_start_method() == "fork"
        known = [*self._inherited, ours, *(child.connection for child in self._alive)] if forks else []
        process = self._context.Process(target=target, args=(theirs, known, *arguments), daemon=True)
        process.start()
        theirs.close()
        child = Child(process, ours)
        self._alive.append(child)
        return child

    def bury(self, child: Child) -> int:
        """Let go of one that has ended; how it ended, as `multiprocessing` says it: a signal is below zero."""
        child.connection.close()
        child.process.join()
        self._alive.remove(child)
        return child.process.exitcode or 0

    def end(self) -> None:
        """End them all at once; every file of a run is whole at any instant."""
        for child in self._alive:
            child.process.kill()
        for child in self._alive:
            child.process.join()
