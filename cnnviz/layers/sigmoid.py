"""Sigmoid: every value is pressed between 0 and 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Pointwise, Shape
from cnnviz.layers.cell import Unit, Values, same_place

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Sigmoid(Pointwise):
    """1 / (1 + exp(-value)), value by value."""

    kind = "sigmoid"
    prefix = "sig"

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.Sigmoid`."""
        del shape
        from torch import nn

        return nn.Sigmoid()

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.sigmoid`."""
        del module
        return f"torch.sigmoid({inputs[0]})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The sigmoid of the value."""
        del weights
        return same_place(unit, shape, function="sigmoid")
