"""Resize: a small image is enlarged by repeating its pixels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.errors import LayerError
from cnnviz.layers.base import Layer, Shape, maps_of
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
