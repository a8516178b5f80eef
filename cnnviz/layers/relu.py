"""ReLU: what is negative becomes zero."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Layer, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ReLU(Layer):
    """max(0, value), value by value."""

    kind = "relu"
    prefix = "relu"

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that came in."""
        return shape

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.ReLU`, not in place: what came in must stay to be shown."""
        del shape
        from torch import nn

        return nn.ReLU()
