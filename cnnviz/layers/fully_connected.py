"""Fully connected: every output value is a weighted sum of all inputs, plus a bias."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers.base import Layer, Shape, text_of
from cnnviz.layers.cell import Unit, Values, one_place
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class FullyConnected(Layer):
    """A linear layer, also called dense."""

    kind = "fully_connected"
    prefix = "fc"

    out_features: int = setting(10, "Units", "How many output values.", low=1, high=4096)

    def output_shape(self, shape: Shape) -> Shape:
        """(out_features,)."""
        if len(shape) != 1:
            raise LayerError(f"it takes a row of values, and its input is {text_of(shape)}; put flatten before it.")
        return (self.out_features,)

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.Linear`."""
        from torch import nn

        return nn.Linear(shape[0], self.out_features)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.linear`."""
        return f"F.linear({inputs[0]}, {module}.weight, {module}.bias)"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """All values, each with its weight."""
        sources = np.array([(0, value) for value in range(shape[0])])
        row = weights["weight"][unit].reshape(-1, 1, 1)
        return Unit(sources, (1, 1), row, float(weights["bias"][unit]), one_place(), one_place())
