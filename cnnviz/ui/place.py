"""Where a run stands in the queue, in words."""

from dataclasses import dataclass

from cnnviz.training.messages import Queue

_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True)
class Place:
    """A place in the queue; two are the same where their words are, so that who waits is told only what is new.

    Attributes:
        words: "3rd of 5, starts in about 40 s"; "" until the host has said.
    """

    words: str = ""

    @classmethod
    def of(cls, queue: Queue, index: int) -> "Place":
        """That of one of those who wait, counted from 0."""
        place = f"{ordinal(index + 1)} of {len(queue.runs)}"
        if queue.note:
            return cls(f"{place}. {queue.note}")
        seconds = queue.seconds[index] if index < len(queue.seconds) else None
        return cls(place if seconds is None else f"{place}, starts {soon(seconds)}")


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    return f"{number}{'th' if number // 10 % 10 == 1 else _ENDINGS.get(number % 10, 'th')}"


def soon(seconds: float) -> str:
    """A time that is only estimated, no finer than it is known: "in about 40 s"."""
    if seconds < 5:
        return "at any moment"
    if seconds < 60:
        return f"in about {round(seconds / 5) * 5} s"
    if seconds < 5_400:
        return f"in about {round(seconds / 60)} min"
    return f"in about {round(seconds / 3_600)} h"


def lasting(seconds: float) -> str:
    """How long something will take, no finer than it is known: "It takes about 40 s"."""
    return "It takes a few seconds" if seconds < 5 else f"It takes {soon(seconds).removeprefix('in ')}"
