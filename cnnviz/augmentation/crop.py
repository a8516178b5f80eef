"""Crop: a part of the image, enlarged to the whole."""

from typing import TYPE_CHECKING

from cnnviz.augmentation.base import Move, matrices

if TYPE_CHECKING:
    from torch import Tensor


class Crop(Move):
    """Of width and height up to a share `strength` is cut away, anywhere at the sides."""

    draws = 3

    def sources(self, strength: float, drawn: "Tensor", size: tuple[int, int]) -> "Tensor":
        """The part that stays lies inside the image, its middle anywhere it can."""
        height, width = size
        cut = drawn[:, 0] * strength
        right, down = ((drawn[:, 1:] - 0.5) * cut[:, None]).unbind(1)  # of the middle, as shares of the sides
        return matrices(drawn, ((1 - cut, 0, right * width), (0, 1 - cut, down * height)))
