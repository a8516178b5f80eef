"""Average pooling: every output value is the mean of its window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.layers.cell import Shape, Values
from cnnviz.layers.made import Made
from cnnviz.layers.pooling import Pooling


@dataclass(frozen=True)
class AveragePooling(Pooling):
    """Keeps the mean of every window, channel by channel; what lies in the padding counts as 0, as in torch."""

    kind = "average_pooling"
    title = "Average pooling"
    about = "Keeps the mean of every window: maps get smaller and smoother."
    beyond = "zeros"

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.AvgPool2d`."""
        del shape
        return (Made("AvgPool2d", (self.kernel_size,), self.options()),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.avg_pool2d`."""
        del module
        return f"F.avg_pool2d({inputs[0]}, {self.kernel_size}, {self.options_text()})"

    def window_weight(self) -> Values:
        """All alike, 1 together."""
        return np.full((1, self.kernel_size, self.kernel_size), 1 / self.kernel_size**2, np.float32)
