"""Rotate: the image turned about its middle."""

import math
from typing import TYPE_CHECKING

from cnnviz.augmentation.base import Move, matrices

if TYPE_CHECKING:
    from torch import Tensor


class Rotate(Move):
    """Up to `strength` degrees, to the left or right."""

    draws = 1

    def sources(self, strength: float, drawn: "Tensor", _size: tuple[int, int]) -> "Tensor":
        """Turned back by the angle by which the image is turned (clockwise where it is positive)."""
        angle = (2 * drawn[:, 0] - 1) * math.radians(strength)
        cosine, sine = angle.cos(), angle.sin()
        return matrices(drawn, ((cosine, sine, 0), (-sine, cosine, 0)))
