"""Fully connected: every output value is a weighted sum of all inputs, plus a bias."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.errors import LayerError, counted
from cnnviz.layers.account import Figure, Look, product
from cnnviz.layers.base import Layer, text_of
from cnnviz.layers.cell import Shape, Unit, Values, one_place
from cnnviz.layers.made import Made
from cnnviz.settings import setting


@dataclass(frozen=True)
class FullyConnected(Layer):
    """A linear layer, also called dense."""

    kind = "fully_connected"
    prefix = "fc"
    title = "Fully connected"
    about = (
        "Every output value is a weighted sum of all inputs, plus a bias; the last one gives a value for every class."
    )

    out_features: int = setting(10, "Units", "How many output values.", low=1, high=4096)

    def output_shape(self, shape: Shape) -> Shape:
        """(out_features,)."""
        if len(shape) != 1:
            raise LayerError(f"it takes a row of values, and its input is {text_of(shape)}; put flatten before it.")
        return (self.out_features,)

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.Linear`."""
        return (Made("Linear", (shape[0], self.out_features)),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.linear`."""
        return f"F.linear({inputs[0]}, {module}.weight, {module}.bias)"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """All values, each with its weight."""
        sources = np.array([(0, value) for value in range(shape[0])])
        row = weights["weight"][unit].reshape(-1, 1, 1)
        return Unit(sources, (1, 1), row, float(weights["bias"][unit]), one_place(), one_place())

    def shape_text(self, shape: Shape) -> str:
        """A value a unit."""
        del shape
        return f"{counted(self.out_features, 'unit')}, a value each"

    def parameters(self, shape: Shape) -> Figure:
        """A weight for every input and a bias, of every unit."""
        value = self.out_features * (shape[0] + 1)
        return Figure(
            value, f"{counted(self.out_features, 'unit')} × ({counted(shape[0], 'weight')} + 1 bias) = {value:,}"
        )

    def multiply_adds(self, shape: Shape) -> Figure:
        """Every input for every unit."""
        return product(self.out_features, shape[0])

    def look(self, length: int) -> Look:
        """At all there is."""
        return Look.whole(length)
