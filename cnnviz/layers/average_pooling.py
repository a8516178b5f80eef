"""Average pooling: every output value is the mean of its window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.layers.base import Pooling, Shape
from cnnviz.layers.cell import Values

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

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.avg_pool2d`."""
        del module
        return f"F.avg_pool2d({inputs[0]}, {self.kernel_size}, stride={self.stride})"

    def window_weight(self) -> Values:
        """All alike, 1 together."""
        return np.full((1, self.kernel_size, self.kernel_size), 1 / self.kernel_size**2, np.float32)
