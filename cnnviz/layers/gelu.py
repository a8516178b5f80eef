"""GELU: every value times the share of a bell curve below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnviz.layers.base import Pointwise
from cnnviz.layers.cell import Shape, Unit, Values, same_place
from cnnviz.layers.made import Made


@dataclass(frozen=True)
class GELU(Pointwise):
    """Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)" (2016).

    value * (1 + erf(value / sqrt(2))) / 2: times the probability that a standard normal number is smaller.
    """

    kind = "gelu"
    prefix = "gelu"
    title = "GELU"
    about = (
        "A ReLU with a soft bend: every value times the share of a bell curve that lies below it. Far above 0 all "
        "passes, far below nothing, and near 0 a part, a little below 0 too."
    )

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.GELU`, the exact one."""
        del shape
        return (Made("GELU"),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.gelu`."""
        del module
        return f"F.gelu({inputs[0]})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value times the share of a bell curve that lies below it."""
        del weights
        return same_place(unit, shape, function="gelu")
