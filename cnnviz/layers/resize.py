"""Resize: a small image is enlarged by repeating its pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from cnnviz.errors import LayerError, counted
from cnnviz.layers.account import Look
from cnnviz.layers.base import Layer, maps_of
from cnnviz.layers.cell import Shape, Unit, Values
from cnnviz.layers.made import Made
from cnnviz.layers.sliding import Places
from cnnviz.settings import setting


@dataclass(frozen=True)
class Resize(Layer):
    """Nearest neighbour: output pixel i shows input pixel floor(i * input size / output size); no new values appear.

    As torch rounds: where the quotient is whole, a few pairs of sizes (2 to 82) show the pixel before.
    """

    kind = "resize"
    prefix = "resize"
    title = "Resize"
    about = "Enlarges small images by repeating their pixels, for networks that need larger ones."

    size: int = setting(28, "Size", "Height and width of the result.", low=1, high=512)

    def output_shape(self, shape: Shape) -> Shape:
        """(C, size, size)."""
        channels, height, width = maps_of(shape, "resize")
        if self.size < max(height, width):
            raise LayerError(
                f"size {self.size} is smaller than its input {height}x{width}; use {max(height, width)} or more."
            )
        return (channels, self.size, self.size)

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.Upsample`, nearest."""
        del shape
        return (Made("Upsample", (), {"size": (self.size, self.size), "mode": "nearest"}),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.interpolate`, nearest."""
        del module
        return f"F.interpolate({inputs[0]}, size=({self.size}, {self.size}), mode='nearest')"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """One pixel of its own map."""
        del weights
        rows, columns = (_shown(length, self.size) for length in shape[1:])
        return Unit(np.array([[0, unit]]), (1, 1), np.ones((1, 1, 1), np.float32), 0.0, rows, columns)

    def shape_text(self, shape: Shape) -> str:
        """As it is set."""
        return f"{counted(shape[0], 'map')} as before; {shape[1]}x{shape[2]} becomes {self.size}x{self.size}"

    def look(self, length: int) -> Look:
        """Each at the pixel it shows."""
        return Look(_shown(length, self.size)[:, None], stride=Fraction(length, self.size))


def _shown(length: int, size: int) -> Places:
    """The input row that every output row shows, rounded in 32 bits as torch does it."""
    scale = np.float32(length) / np.float32(size)
    quotients = np.floor(np.arange(size, dtype=np.float32) * scale)
    shown: Places = np.minimum(quotients.astype(np.int64), length - 1)
    return shown
