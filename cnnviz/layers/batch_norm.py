"""Batch norm: every channel is brought to mean 0 and variance 1, then scaled and shifted by learned numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Layer, Shape
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Ioffe and Szegedy, "Batch Normalization" (2015); for maps channel by channel, for flat inputs value by value."""

    kind = "batch_norm"
    prefix = "norm"

    momentum: float = setting(0.1, "Momentum", "How fast the running mean and variance follow.", low=0.001, high=1)

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that came in."""
        return shape

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.BatchNorm2d`, or `BatchNorm1d` for a flat input."""
        from torch import nn

        kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        return kind(shape[0], momentum=self.momentum)
