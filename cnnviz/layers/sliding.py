"""A window that slides: where it stands, and which of the input's rows it finds there, also beyond the edge."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Beyond = Literal["zeros", "nothing", "reflect", "replicate", "circular"]


@dataclass(frozen=True)
class Sliding:
    """A window that slides along one side of a map; rows and columns alike.

    Attributes:
        window: How many values it holds.
        stride: How far it moves.
        before: Rows of padding before the first.
        after: Rows of padding after the last.
        dilation: How far apart its values lie.
        beyond: What is found in the padding; see `Unit`.
    """

    window: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    beyond: Beyond = "zeros"

    @property
    def extent(self) -> int:
        """How many rows it reaches over, from its first to its last."""
        return self.dilation * (self.window - 1) + 1

    def count(self, length: int) -> int:
        """How many windows there are over so many rows; 0 or less where none fits."""
        return (length + self.before + self.after - self.extent) // self.stride + 1

    def starts(self, length: int) -> Places:
        """(n,): the first row of every window, counted from the input's first; negative in the padding."""
        return np.arange(self.count(length)) * self.stride - self.before

    def places(self, length: int) -> Places:
        """(n, window): which row of the input is at every place of every window; -1 for none."""
        return seen_places(self.starts(length), self.window, length, dilation=self.dilation, beyond=self.beyond)

    def arithmetic(self, length: int) -> str:
        """How many windows there are, worked out: `(28 + 2·1 − 3)/1 + 1 = 28`."""
        around = self.before + self.after
        padded = f" + 2·{self.before}" if self.before == self.after else f" + {around}"
        window = str(self.window) if self.dilation == 1 else f"({self.dilation}·({self.window} − 1) + 1)"
        top = f"({length}{padded if around else ''} − {window})/{self.stride}"
        is_whole = (length + around - self.extent) % self.stride == 0
        return f"{top if is_whole else f'⌊{top}⌋'} + 1 = {self.count(length)}"


def seen_places(starts: Places, window: int, length: int, *, dilation: int = 1, beyond: Beyond = "zeros") -> Places:
    """(n, window): which of so many rows is at every place of the windows that start there; -1 for none."""
    at = starts[:, None] + dilation * np.arange(window)
    if beyond == "reflect":
        at = np.abs(at)
        at = np.where(at < length, at, 2 * (length - 1) - at)
    elif beyond == "replicate":
        at = np.clip(at, 0, length - 1)
    elif beyond == "circular":
        at = at % length
    return np.where((at >= 0) & (at < length), at, -1)
