"""How fast a training is."""

from collections import deque

OVER = 2.0  # s over which speed is measured


class Speed:
    """Steps and images a second, over the last seconds."""

    def __init__(self) -> None:
        self._taken: deque[tuple[float, int]] = deque()

    def __len__(self) -> int:
        return len(self._taken)

    def add(self, now: float, images: int) -> None:
        """A step was taken."""
        self._taken.append((now, images))
        while len(self._taken) > 2 and now - self._taken[0][0] > OVER:
            self._taken.popleft()

    def clear(self) -> None:
        """Begin anew: what was before says nothing of what comes."""
        self._taken.clear()

    def per_second(self) -> tuple[float, float] | None:
        """Steps and images a second, or None where it is too early to say."""
        seconds = self._taken[-1][0] - self._taken[0][0] if self._taken else 0
        if seconds <= 0:
            return None
        taken = list(self._taken)[1:]
        return len(taken) / seconds, sum(images for _, images in taken) / seconds
