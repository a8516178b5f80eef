"""Sigmoid: every value is pressed between 0 and 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnviz.layers.base import Pointwise
from cnnviz.layers.cell import Shape, Unit, Values, same_place
from cnnviz.layers.made import Made


@dataclass(frozen=True)
class Sigmoid(Pointwise):
    """1 / (1 + exp(-value)), value by value."""

    kind = "sigmoid"
    prefix = "sig"
    title = "Sigmoid"
    about = (
        "Presses every value between 0 and 1, as a share or a probability. Far from 0 it is all but flat, and there "
        "little is learned."
    )

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.Sigmoid`."""
        del shape
        return (Made("Sigmoid"),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.sigmoid`."""
        del module
        return f"torch.sigmoid({inputs[0]})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The sigmoid of the value."""
        del weights
        return same_place(unit, shape, function="sigmoid")
