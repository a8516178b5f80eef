"""Sigmoid: every value is pressed between 0 and 1."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Layer, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Sigmoid(Layer):
    """1 / (1 + exp(-value)), value by value."""

    kind = "sigmoid"
    prefix = "sig"

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that came in."""
        return shape

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.Sigmoid`."""
        del shape
        from torch import nn

        return nn.Sigmoid()
