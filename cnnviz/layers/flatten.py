"""Flatten: all values of all maps in one row."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Layer, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Flatten(Layer):
    """(C, H, W) becomes (C * H * W,), channel by channel, row by row."""

    kind = "flatten"
    prefix = "flatten"
    makes_picture = False  # the same numbers as before it, in a row

    def output_shape(self, shape: Shape) -> Shape:
        """(C * H * W,)."""
        return (math.prod(shape),)

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.Flatten`."""
        del shape
        from torch import nn

        return nn.Flatten()
