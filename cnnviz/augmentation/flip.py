"""Flip: left and right exchanged."""

from typing import TYPE_CHECKING

from cnnviz.augmentation.base import Move, matrices

if TYPE_CHECKING:
    from torch import Tensor


class Flip(Move):
    """Of so many of the images, as a share."""

    draws = 1

    def sources(self, strength: float, drawn: "Tensor", _size: tuple[int, int]) -> "Tensor":
        """A mirrored image takes its pixels from the other side."""
        side = 1 - 2 * (drawn[:, 0] < strength).to(drawn.dtype)
        return matrices(drawn, ((side, 0, 0), (0, 1, 0)))
