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
    """Server to host: train this run, or go on with it, as soon as there is a free place."""

    run: Path
    pace: float


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
class Heard:
    """Host to server: what a worker reports."""

    run: Path
    report: Report


@dataclass(frozen=True)
class Queue:
    """Host to server: the runs that wait, the next one first."""

    runs: Sequence[Path]


@dataclass(frozen=True)
class Gone:
    """Host to server: a worker's process has ended, by itself or killed; the run's files say what became of it."""

    run: Path


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
