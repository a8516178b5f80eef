"""Tanh: every value is pressed between -1 and 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnviz.layers.base import Pointwise
from cnnviz.layers.cell import Shape, Unit, Values, same_place
from cnnviz.layers.made import Made


@dataclass(frozen=True)
class Tanh(Pointwise):
    """The hyperbolic tangent, value by value: (e^v - e^-v) / (e^v + e^-v)."""

    kind = "tanh"
    prefix = "tanh"
    title = "Tanh"
    about = "Presses every value between -1 and 1; unlike after a sigmoid, its outputs lie around 0."

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.Tanh`."""
        del shape
        return (Made("Tanh"),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.tanh`."""
        del module
        return f"torch.tanh({inputs[0]})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The tanh of the value."""
        del weights
        return same_place(unit, shape, function="tanh")
