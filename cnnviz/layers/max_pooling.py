"""Max pooling: every output value is the largest of its window."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.layers.base import Layer, Shape, slid
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class MaxPooling(Layer):
    """Keeps the largest value of every window, channel by channel."""

    kind = "max_pooling"
    prefix = "pool"

    kernel_size: int = setting(2, "Window", "Height and width of the window.", low=1, high=8)
    stride: int = setting(2, "Stride", "How far the window moves.", low=1, high=8)

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H', W')."""
        return (shape[0], *slid(shape, self.kernel_size, self.stride, None, "window"))

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.MaxPool2d`."""
        del shape
        from torch import nn

        return nn.MaxPool2d(self.kernel_size, self.stride)
