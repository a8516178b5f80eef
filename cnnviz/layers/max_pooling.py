"""Max pooling: every output value is the largest of its window."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.layers.cell import Shape
from cnnviz.layers.made import Made
from cnnviz.layers.pooling import Pooling


@dataclass(frozen=True)
class MaxPooling(Pooling):
    """Keeps the largest value of every window, channel by channel; what lies in the padding never wins."""

    kind = "max_pooling"
    title = "Max pooling"
    about = (
        "Keeps the largest value of every window: maps get smaller, and it counts less where exactly something lies."
    )
    beyond = "nothing"

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.MaxPool2d`."""
        del shape
        return (Made("MaxPool2d", (self.kernel_size,), self.options()),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.max_pool2d`."""
        del module
        return f"F.max_pool2d({inputs[0]}, {self.kernel_size}, {self.options_text()})"

    def window_weight(self) -> None:
        """The largest value wins."""
