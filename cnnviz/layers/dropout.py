"""Dropout: while training, values are zeroed at random."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Layer, Shape
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Dropout(Layer):
    """Srivastava et al., "Dropout" (2014): a share of all values is zeroed and the rest enlarged to the same mean."""

    kind = "dropout"
    prefix = "dropout"
    makes_picture = False  # when a network is looked at it passes everything on

    share: float = setting(0.5, "Share", "The share of values that is zeroed.", low=0, high=0.95)

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that came in."""
        return shape

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.Dropout`."""
        del shape
        from torch import nn

        return nn.Dropout(self.share)
