"""Dropout: while training, values are zeroed at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Pointwise, Shape
from cnnviz.layers.cell import Unit, Values, same_place
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Dropout(Pointwise):
    """Srivastava et al., "Dropout" (2014): a share of all values is zeroed and the rest enlarged to the same mean."""

    kind = "dropout"
    prefix = "dropout"
    makes_picture = False  # when a network is looked at it passes everything on

    share: float = setting(0.5, "Share", "The share of values that is zeroed.", low=0, high=0.95)

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.Dropout`."""
        del shape
        from torch import nn

        return nn.Dropout(self.share)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """Nothing: in eval mode nothing is dropped."""
        del module
        return inputs[0]

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value itself: nothing is dropped when a network is looked at."""
        del weights
        return same_place(unit, shape)
