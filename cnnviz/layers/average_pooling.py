"""Average pooling: every output value is the mean of its window."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Pooling, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class AveragePooling(Pooling):
    """Keeps the mean of every window, channel by channel."""

    kind = "average_pooling"

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.AvgPool2d`."""
        del shape
        from torch import nn

        return nn.AvgPool2d(self.kernel_size, self.stride)
