"""Scale: the image made larger or smaller about its middle."""

from typing import TYPE_CHECKING

from cnnviz.augmentation.base import Move, matrices

if TYPE_CHECKING:
    from torch import Tensor


class Scale(Move):
    """By a factor from 1 / (1 + strength) to 1 + strength, larger as often as smaller."""

    draws = 1

    def sources(self, strength: float, drawn: "Tensor", _size: tuple[int, int]) -> "Tensor":
        """In an image twice as large, what comes out at a place was half as far from the middle."""
        shrunk = (1 + strength) ** (1 - 2 * drawn[:, 0])
        return matrices(drawn, ((shrunk, 0, 0), (0, shrunk, 0)))
