"""Who trains next: the runs of all owners take turns, and everybody is told when theirs is likely to begin."""

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnviz.training.messages import Train


@dataclass(frozen=True)
class Waiting:
    """A run that waits.

    Attributes:
        wish: What was asked for.
        owner: Whose it is: the hash of a key, or None for those from a shell.
        images: How many it has still to be shown, one counted as often as it is.
        steps: How many steps it has still to take.
        kind: What its speed depends on: runs of the same kind are as quick as each other.
    """

    wish: Train
    owner: str | None = None
    images: int = 0
    steps: int = 0
    kind: str = ""

    def lasts(self, speeds: dict[str, float]) -> float:
        """The seconds it will take, by the images per second of each kind; infinite where they are not known."""
        paced = self.steps / self.wish.pace if self.wish.pace else 0.0
        speed = speeds.get(self.kind)
        return max(paced, self.images / speed) if speed else paced or math.inf


class Line:
    """Those who wait. Who has fewer runs training goes first; among equals, who has waited longer."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def __contains__(self, run: Path) -> bool:
        return any(waiting.wish.run == run for waiting in self._waiting)

    def join(self, waiting: Waiting) -> None:
        """Wait from now on."""
        self._waiting.append(waiting)

    def leave(self, run: Path) -> None:
        """Wait no longer."""
        self._waiting = [waiting for waiting in self._waiting if waiting.wish.run != run]

    def order(self, training: Sequence[str | None]) -> list[Waiting]:
        """Who is next, and who after them, given the owners of the runs that train now."""
        has, left, found = Counter(training), list(self._waiting), []
        while left:
            chosen = min(left, key=lambda waiting: has[waiting.owner])  # the first of equals
            left.remove(chosen)
            has[chosen.owner] += 1
            found.append(chosen)
        return found


def seconds_until(
    order: Sequence[Waiting], places: Sequence[float], speeds: dict[str, float]
) -> tuple[float | None, ...]:
    """When each of those who wait is likely to begin.

    Args:
        order: Who waits, the next one first.
        places: The seconds until each place is free; infinite where that is not known.
        speeds: Images per second, by kind of run.
    """
    free, found = list(places), []
    heapq.heapify(free)
    for waiting in order:
        begins = heapq.heappop(free) if free else math.inf
        found.append(begins if math.isfinite(begins) else None)
        heapq.heappush(free, begins + waiting.lasts(speeds))
    return tuple(found)
