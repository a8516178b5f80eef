"""What a way to vary training images must provide."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Move(ABC):
    """Says from which places of an image the new one takes its pixels; all moves together cost one resampling."""

    draws: ClassVar[int]  # random numbers it takes for each image

    @abstractmethod
    def sources(self, strength: float, drawn: "Tensor", size: tuple[int, int]) -> "Tensor":
        """Matrices (B, 3, 3) from a place (x, y, 1) in what comes out to the place it is taken from.

        Places are in pixels from the middle of the image, x to the right and y down.

        Args:
            strength: Above 0, in the unit that the setting says.
            drawn: (B, draws) random numbers, even in [0, 1).
            size: Height and width of the images, in pixels.
        """


class Change(ABC):
    """Changes the values of pixels where they are."""

    draws: ClassVar[int]  # random numbers it takes for each image

    @abstractmethod
    def changed(self, images: "Tensor", strength: float, drawn: "Tensor", generator: "Generator") -> "Tensor":
        """The images (B, C, H, W) changed; those given stay as they are, and the result may be beyond [0, 1].

        Args:
            images: float, in [0, 1].
            strength: Above 0, in the unit that the setting says.
            drawn: (B, draws) random numbers, even in [0, 1).
            generator: For who needs a random number for every pixel.
        """


def matrices(like: "Tensor", rows: "tuple[tuple[Tensor | float, ...], ...]") -> "Tensor":
    """Matrices (B, 3, 3) from their first two rows, each entry a number or one for every image (B,)."""
    import torch

    made = torch.zeros(len(like), 3, 3, dtype=like.dtype)
    made[:, 2, 2] = 1
    for row, entries in enumerate(rows):
        for column, entry in enumerate(entries):
            made[:, row, column] = entry
    return made
