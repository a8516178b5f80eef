"""Leaky ReLU: what is negative is not cut but made small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnviz.layers.base import Pointwise
from cnnviz.layers.cell import Shape, Unit, Values, same_place
from cnnviz.layers.made import Made
from cnnviz.settings import setting


@dataclass(frozen=True)
class LeakyReLU(Pointwise):
    """Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models" (2013).

    The value where it is above 0, else the value times the slope: a unit that is never above 0 can still learn.
    """

    kind = "leaky_relu"
    prefix = "leaky"
    title = "Leaky ReLU"
    about = "As ReLU, but of what is below 0 a small part passes: a unit that is never above 0 can still learn."

    negative_slope: float = setting(
        0.01, "Negative slope", "What a value below 0 is multiplied by; with 0 it is a ReLU.", low=0, high=1
    )

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.LeakyReLU`, not in place: what came in must stay to be shown."""
        del shape
        return (Made("LeakyReLU", (self.negative_slope,)),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.leaky_relu`."""
        del module
        return f"F.leaky_relu({inputs[0]}, {self.negative_slope})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value where it is above 0, else its part."""
        del weights
        return same_place(unit, shape, function="leaky_relu", slope=self.negative_slope)
