"""Convolution: every output value is the sum of a window times a filter, plus a bias."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.layers.base import Layer, Shape, slid
from cnnviz.layers.cell import Unit, Values, window_places
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Convolution(Layer):
    """Slides `out_channels` filters of kernel_size x kernel_size over the input (as torch: a cross-correlation)."""

    kind = "convolution"
    prefix = "conv"

    out_channels: int = setting(16, "Filters", "How many filters, and so how many feature maps.", low=1, high=512)
    kernel_size: int = setting(3, "Kernel size", "Height and width of a filter.", low=1, high=11)
    stride: int = setting(1, "Stride", "How far the window moves.", low=1, high=8)
    padding: int = setting(0, "Padding", "Rows and columns of zeros around the input.", low=0, high=5)

    def output_shape(self, shape: Shape) -> Shape:
        """(out_channels, H', W')."""
        return (self.out_channels, *slid(shape, self.kernel_size, self.stride, self.padding, "kernel"))

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.Conv2d`."""
        from torch import nn

        return nn.Conv2d(shape[0], self.out_channels, self.kernel_size, self.stride, self.padding)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.conv2d`."""
        return f"F.conv2d({inputs[0]}, {module}.weight, {module}.bias, stride={self.stride}, padding={self.padding})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """All maps that come in, through a sliding window; beyond the edge there are zeros."""
        size = self.kernel_size
        rows, columns = (window_places(length, size, self.stride, self.padding) for length in shape[1:])
        sources = np.array([(0, channel) for channel in range(shape[0])])
        return Unit(sources, (size, size), weights["weight"][unit], float(weights["bias"][unit]), rows, columns)

    def filters(self, weights: Mapping[str, Values]) -> Values:
        """Its weight (out_channels, C_in, kernel_size, kernel_size)."""
        return weights["weight"]
