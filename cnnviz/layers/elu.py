"""ELU: what is negative bends smoothly towards a lowest value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnviz.layers.base import Pointwise
from cnnviz.layers.cell import Shape, Unit, Values, same_place
from cnnviz.layers.made import Made
from cnnviz.settings import setting


@dataclass(frozen=True)
class ELU(Pointwise):
    """Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by ELUs" (2015).

    The value where it is above 0, else alpha * (exp(value) - 1).
    """

    kind = "elu"
    prefix = "elu"
    title = "ELU"
    about = (
        "Lets pass what is above 0; below, it bends smoothly towards minus alpha. Its outputs lie around 0, not above "
        "it, and a unit that is below 0 can still learn."
    )

    alpha: float = setting(1.0, "Alpha", "How far below 0 its values can go; with 0 it is a ReLU.", low=0, high=4)

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.ELU`, not in place: what came in must stay to be shown."""
        del shape
        return (Made("ELU", (self.alpha,)),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.elu`."""
        del module
        return f"F.elu({inputs[0]}, {self.alpha})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value where it is above 0, else what its power of e leaves."""
        del weights
        return same_place(unit, shape, function="elu", slope=self.alpha)
