"""What the server and the host say to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cnnviz.jobs import Job, News
from cnnviz.training.control import Command, Report


class Question(Protocol):
    """Something to be worked out beside the server, from files; it travels, so it holds plain values only."""

    def answer(self) -> Any:
        """Work it out.

        Raises:
            CnnvizError: What the asker is told.
        """


@dataclass(frozen=True)
class Train:
    """Train this run, or go on with it: from the server to the host, and from there to whoever executes it.

    Attributes:
        run: The run's folder.
        pace: Steps per second, 0 for full speed.
        paused: Whether it is to wait for a command before its first step.
    """

    run: Path
    pace: float
    paused: bool = False


@dataclass(frozen=True)
class Steer:
    """Server to host: pass a command on to a run's worker."""

    run: Path
    command: Command


@dataclass(frozen=True)
class Ask:
    """Server to host: a question, answered under this number."""

    number: int
    question: Question


@dataclass(frozen=True)
class Begin:
    """Server to host: a job, told of under this number; those of one owner share their turns."""

    number: int
    owner: str
    job: Job


@dataclass(frozen=True)
class Cancel:
    """Server to host: nobody wants this job's result any more."""

    number: int


@dataclass(frozen=True)
class End:
    """Server to host: end all that trains and works, and yourself."""


@dataclass(frozen=True)
class Heard:
    """Host to server: what a worker reports."""

    run: Path
    report: Report


@dataclass(frozen=True)
class Queue:
    """Host to server: the runs that wait, the next one first.

    Attributes:
        runs: Their folders.
        seconds: When each is likely to begin, from now; None where nobody knows.
        note: Why none can begin now, where it is not for want of a place.
    """

    runs: Sequence[Path]
    seconds: Sequence[float | None] = ()
    note: str | None = None


@dataclass(frozen=True)
class Gone:
    """Host to server: nobody trains this run any more; its files say what became of it.

    Attributes:
        run: The run's folder.
        reason: Why, where it was none of its own ends: also where its files cannot say so, being gone or full.
    """

    run: Path
    reason: str | None = None


@dataclass(frozen=True)
class Able:
    """A process that has runs trained elsewhere, to the host: how many at once now, and why none, where it is none."""

    places: int
    trouble: str | None = None


@dataclass(frozen=True)
class Worked:
    """Host to server: how far a job is, or its end."""

    news: News


@dataclass(frozen=True)
class Answer:
    """Host to server: what a question gave, a value or an error."""

    number: int
    value: Any = None
    error: Exception | None = None
