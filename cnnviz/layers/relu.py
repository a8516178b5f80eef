"""ReLU: what is negative becomes zero."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnviz.layers.base import Pointwise
from cnnviz.layers.cell import Shape, Unit, Values, same_place
from cnnviz.layers.made import Made


@dataclass(frozen=True)
class ReLU(Pointwise):
    """max(0, value), value by value."""

    kind = "relu"
    prefix = "relu"
    title = "ReLU"
    about = (
        "Lets pass what is above 0 and makes the rest 0. Without such a bend between them, two layers would do no more "
        "than one."
    )

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.ReLU`, not in place: what came in must stay to be shown."""
        del shape
        return (Made("ReLU"),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.relu`."""
        del module
        return f"F.relu({inputs[0]})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value where it is above 0, else 0."""
        del weights
        return same_place(unit, shape, function="relu")
