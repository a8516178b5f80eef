"""Flatten: all values of all maps in one row."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.errors import counted
from cnnviz.layers.base import Layer
from cnnviz.layers.cell import Shape, Unit, Values
from cnnviz.layers.made import Made


@dataclass(frozen=True)
class Flatten(Layer):
    """(C, H, W) becomes (C * H * W,), channel by channel, row by row."""

    kind = "flatten"
    prefix = "flatten"
    title = "Flatten"
    about = "Puts all values of all maps in one row, as fully connected layers take them."
    makes_picture = False  # the same numbers as before it, in a row
    makes_values = False

    def output_shape(self, shape: Shape) -> Shape:
        """(C * H * W,)."""
        return (math.prod(shape),)

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.Flatten`."""
        del shape
        return (Made("Flatten"),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.Tensor.flatten`."""
        del module
        return f"{inputs[0]}.flatten(1)"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """One value of one map."""
        del weights
        channel, row, column = np.unravel_index(unit, shape if len(shape) == 3 else (*shape, 1, 1))
        one = np.ones((1, 1, 1), np.float32)
        return Unit(np.array([[0, channel]]), (1, 1), one, 0.0, np.array([row]), np.array([column]))

    def shape_text(self, shape: Shape) -> str:
        """A product."""
        return (
            f"{' × '.join(map(str, shape))} = {counted(math.prod(shape), 'value')}"
            if len(shape) == 3
            else super().shape_text(shape)
        )
