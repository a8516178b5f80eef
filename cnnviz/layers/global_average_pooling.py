"""Global average pooling: every map becomes one number, its mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.layers.cell import Shape, Unit, Values, one_place
from cnnviz.layers.made import Made
from cnnviz.layers.pooling import WholeMap


@dataclass(frozen=True)
class GlobalAveragePooling(WholeMap):
    """Lin, Chen and Yan, "Network In Network" (2013)."""

    kind = "global_average_pooling"
    title = "Global average pooling"
    about = "Makes one number of every map, its mean: how much of its pattern there is in all, wherever it lies."

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.AdaptiveAvgPool2d(1)`, then `Flatten`."""
        del shape
        return Made("AdaptiveAvgPool2d", (1,)), Made("Flatten")

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """A mean over height and width."""
        del module
        return f"{inputs[0]}.mean(dim=(2, 3))"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """All of its own map, every value weighed alike."""
        del weights
        _, height, width = shape
        weight = np.full((1, height, width), 1 / (height * width), np.float32)
        return Unit(np.array([[0, unit]]), (height, width), weight, 0.0, one_place(), one_place())
