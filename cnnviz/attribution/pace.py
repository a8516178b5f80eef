"""How much of a long explanation is worked out at once: so little that it can be watched, and ended at any moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

LASTS = 0.12  # s that a batch is to last: half of what may pass until a cancelled one ends
MEMORY = 256 * 1024**2  # bytes that what a batch gives on its way through the network may take


class Pace:
    """Sizes batches by what one image took when it was first looked at, and by how long the batches before lasted.

    A small network's explanation is one batch, whatever else the machine does, so that the same comes out every time.

    Args:
        seconds: What one image takes, forward.
        bytes: What the network's parts give for it.
    """

    def __init__(self, seconds: float, bytes: int) -> None:  # noqa: A002 - the word for it
        self._seconds = max(seconds, 1e-7)
        self._most = max(1, MEMORY // max(1, bytes))

    def size(self, left: int, passes: float = 1.0) -> int:
        """How many images the next batch has, of those left; `passes` says how many times forward one counts."""
        return max(1, min(left, self._most, int(LASTS / (self._seconds * passes))))

    @contextmanager
    def timed(self, count: int, passes: float = 1.0) -> Iterator[None]:
        """Learn from a batch of so many images; only a slow one teaches."""
        begun = perf_counter()
        yield
        took = perf_counter() - begun
        if took > LASTS:
            self._seconds = max(self._seconds, took / (count * passes))
