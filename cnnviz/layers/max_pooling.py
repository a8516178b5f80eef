"""Max pooling: every output value is the largest of its window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Pooling, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class MaxPooling(Pooling):
    """Keeps the largest value of every window, channel by channel."""

    kind = "max_pooling"

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.MaxPool2d`."""
        del shape
        from torch import nn

        return nn.MaxPool2d(self.kernel_size, self.stride)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.max_pool2d`."""
        del module
        return f"F.max_pool2d({inputs[0]}, {self.kernel_size}, stride={self.stride})"

    def window_weight(self) -> None:
        """The largest value wins."""
