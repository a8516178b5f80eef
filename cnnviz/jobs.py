"""Work that takes long, in short steps: partial results, a fair share for everybody who asks, an end at any moment."""

import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from cnnviz.errors import CnnvizError

TELL_EVERY = 0.1  # s between two partial results of one job


@dataclass(frozen=True)
class Progress:
    """What a step of a job has brought.

    Attributes:
        share: How much of the job is done, 0 to 1; the last step says 1.
        value: The result so far; with the last step, the result.
    """

    share: float
    value: Any = None


class Job(Protocol):
    """Something to be worked out in steps, from files; it travels, so it holds plain values only."""

    def steps(self) -> Iterator[Progress]:
        """Work it out, in steps that last under a quarter of a second; closed early, it leaves nothing behind.

        Raises:
            CnnvizError: What the asker is told.
        """


@dataclass(frozen=True)
class News:
    """What there is to tell of a job.

    Attributes:
        number: Which job.
        share: How much is done, 0 to 1.
        seconds_left: By its speed so far; None while that is unknown.
        value: The result so far, or the result where it is over.
        over: Whether it has ended.
        error: Why it ended without a result.
    """

    number: int
    share: float = 0.0
    seconds_left: float | None = None
    value: Any = None
    over: bool = False
    error: CnnvizError | None = None


@dataclass
class _Turn:
    """A job on its way."""

    steps: Iterator[Progress]
    begun: float = field(default_factory=time.monotonic)
    told: float = float("-inf")  # when, by the same clock


class Turns:
    """Jobs of many owners: each owner in turn has one step done, of each of its jobs in turn.

    So who asks for one map waits no longer because another asked for twenty.
    """

    def __init__(self) -> None:
        self._owners: OrderedDict[str, OrderedDict[int, _Turn]] = OrderedDict()

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not self._owners

    def begin(self, number: int, owner: str, job: Job) -> None:
        """Take a job in; its first step is done when its turn comes."""
        self._owners.setdefault(owner, OrderedDict())[number] = _Turn(job.steps())

    def cancel(self, number: int) -> None:
        """End a job without a result; one that is over already is left alone."""
        for owner, jobs in self._owners.items():
            if number in jobs:
                _close(jobs[number].steps)
                self._drop(owner, number)
                return

    def step(self) -> News | None:
        """Do one step of the job whose turn it is; what there is to tell of it, if anything."""
        owner, jobs = next(iter(self._owners.items()))
        number, turn = next(iter(jobs.items()))
        self._owners.move_to_end(owner)
        jobs.move_to_end(number)
        try:
            progress = next(turn.steps)
        except StopIteration:
            self._drop(owner, number)
            error = CnnvizError("This ended without a result; try again.")
            return News(number, over=True, error=error)
        except Exception as error:
            self._drop(owner, number)
            told = error if isinstance(error, CnnvizError) else CnnvizError(f"{type(error).__name__}: {error}")
            return News(number, over=True, error=told)
        if progress.share >= 1:
            _close(turn.steps)
            self._drop(owner, number)
            return News(number, 1.0, 0.0, progress.value, over=True)
        return self._told(number, turn, progress)

    def _told(self, number: int, turn: _Turn, progress: Progress) -> News | None:
        now = time.monotonic()
        if now - turn.told < TELL_EVERY:
            return None
        turn.told = now
        left = (now - turn.begun) * (1 - progress.share) / progress.share if progress.share > 0 else None
        return News(number, progress.share, left, progress.value)

    def _drop(self, owner: str, number: int) -> None:
        del self._owners[owner][number]
        if not self._owners[owner]:
            del self._owners[owner]


def _close(steps: Iterator[Progress]) -> None:
    """Have a generator clean up now, not whenever it is collected."""
    close = getattr(steps, "close", None)
    if close:
        close()
