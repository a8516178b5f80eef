"""Tanh: every value is pressed between -1 and 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Pointwise, Shape
from cnnviz.layers.cell import Unit, Values, same_place

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Tanh(Pointwise):
    """The hyperbolic tangent, value by value: (e^v - e^-v) / (e^v + e^-v)."""

    kind = "tanh"
    prefix = "tanh"

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.Tanh`."""
        del shape
        from torch import nn

        return nn.Tanh()

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.tanh`."""
        del module
        return f"torch.tanh({inputs[0]})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The hyperbolic tangent of the value."""
        del weights
        return same_place(unit, shape, function="tanh")
