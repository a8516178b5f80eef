"""Shift: the image moved by whole pixels."""

from typing import TYPE_CHECKING

from cnnviz.augmentation.base import Move, matrices

if TYPE_CHECKING:
    from torch import Tensor


class Shift(Move):
    """Up to `strength` pixels to any side: whole ones, which blur nothing."""

    draws = 2

    def sources(self, strength: float, drawn: "Tensor", _size: tuple[int, int]) -> "Tensor":
        """What comes out at a place was as many pixels before it as the image has moved."""
        moved = (drawn * (2 * strength + 1)).floor() - strength  # (B, 2), -strength to strength, all equally likely
        return matrices(drawn, ((1, 0, -moved[:, 0]), (0, 1, -moved[:, 1])))
