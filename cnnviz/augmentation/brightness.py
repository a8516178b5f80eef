"""Brightness: the whole image lighter or darker."""

from typing import TYPE_CHECKING

from cnnviz.augmentation.base import Change

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Brightness(Change):
    """All values times one factor an image, 1 - strength to 1 + strength; black stays black."""

    draws = 1

    def changed(self, images: "Tensor", strength: float, drawn: "Tensor", _generator: "Generator") -> "Tensor":
        """Times its factor."""
        return images * (1 + strength * (2 * drawn - 1))[:, :, None, None]
