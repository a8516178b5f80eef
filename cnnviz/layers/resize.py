"""Resize: a small image is enlarged by repeating its pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import LayerError
from cnnviz.layers.base import Layer, Shape, maps_of
from cnnviz.layers.cell import Unit, Values
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Resize(Layer):
    """Nearest neighbour: output pixel i shows input pixel floor(i * input size / output size); no new values appear.

    As torch rounds: where the quotient is whole, a few pairs of sizes (2 to 82) show the pixel before.
    """

    kind = "resize"
    prefix = "resize"

    size: int = setting(28, "Size", "Height and width of the result.", low=1, high=512)

    def output_shape(self, shape: Shape) -> Shape:
        """(C, size, size)."""
        channels, height, width = maps_of(shape, "resize")
        if self.size < max(height, width):
            raise LayerError(
                f"size {self.size} is smaller than its input {height}x{width}; use {max(height, width)} or more."
            )
        return (channels, self.size, self.size)

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.Upsample`, nearest."""
        del shape
        from torch import nn

        return nn.Upsample(size=(self.size, self.size), mode="nearest")

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.interpolate`, nearest."""
        del module
        return f"F.interpolate({inputs[0]}, size=({self.size}, {self.size}), mode='nearest')"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """One pixel of its own map."""
        del weights
        rows, columns = (_shown(length, self.size) for length in shape[1:])
        return Unit(np.array([[0, unit]]), (1, 1), np.ones((1, 1, 1), np.float32), 0.0, rows, columns)


def _shown(length: int, size: int) -> NDArray[np.int64]:
    """The input row that every output row shows, rounded in 32 bits as torch does it."""
    scale = np.float32(length) / np.float32(size)
    quotients = np.floor(np.arange(size, dtype=np.float32) * scale)
    shown: NDArray[np.int64] = np.minimum(quotients.astype(np.int64), length - 1)
    return shown
