"""ReLU: what is negative becomes zero."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Pointwise, Shape
from cnnviz.layers.cell import Unit, Values, same_place

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ReLU(Pointwise):
    """max(0, value), value by value."""

    kind = "relu"
    prefix = "relu"

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.ReLU`, not in place: what came in must stay to be shown."""
        del shape
        from torch import nn

        return nn.ReLU()

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.relu`."""
        del module
        return f"F.relu({inputs[0]})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value where it is above 0, else 0."""
        del weights
        return same_place(unit, shape, function="relu")
