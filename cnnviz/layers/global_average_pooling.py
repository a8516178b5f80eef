"""Global average pooling: every map becomes one number, its mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.layers.base import Layer, Shape, maps_of
from cnnviz.layers.cell import Unit, Values, one_place

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class GlobalAveragePooling(Layer):
    """Lin, Chen and Yan, "Network In Network" (2013); flat, so that a fully connected layer can follow."""

    kind = "global_average_pooling"
    prefix = "pool"

    def output_shape(self, shape: Shape) -> Shape:
        """(C,)."""
        channels, _, _ = maps_of(shape, "global average pooling")
        return (channels,)

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.AdaptiveAvgPool2d(1)`, then `Flatten`, which are one layer to who looks at it."""
        del shape
        from torch import nn

        pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        vars(pool)["is_one_layer"] = True  # which goes with its copies
        return pool

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """A mean over height and width."""
        del module
        return f"{inputs[0]}.mean(dim=(2, 3))"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """All of its own map, every value weighed alike."""
        del weights
        _, height, width = shape
        weight = np.full((1, height, width), 1 / (height * width), np.float32)
        return Unit(np.array([[0, unit]]), (height, width), weight, 0.0, one_place(), one_place())
