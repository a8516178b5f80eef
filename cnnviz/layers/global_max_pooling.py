"""Global max pooling: every map becomes one number, its largest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.layers.cell import Shape, Unit, Values, one_place
from cnnviz.layers.made import Made
from cnnviz.layers.pooling import WholeMap


@dataclass(frozen=True)
class GlobalMaxPooling(WholeMap):
    """Oquab et al., "Is Object Localization for Free?" (2015): the strongest place speaks for the map."""

    kind = "global_max_pooling"
    title = "Global max pooling"
    about = "Makes one number of every map, its largest: whether its pattern is there at all, wherever it lies."

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.AdaptiveMaxPool2d(1)`, then `Flatten`."""
        del shape
        return Made("AdaptiveMaxPool2d", (1,)), Made("Flatten")

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """The largest over height and width."""
        del module
        return f"{inputs[0]}.amax(dim=(2, 3))"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The largest of all of its own map."""
        del weights
        return Unit(np.array([[0, unit]]), (shape[1], shape[2]), None, 0.0, one_place(), one_place())
