"""Dropout: while training, values are zeroed at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnviz.layers.base import Pointwise
from cnnviz.layers.cell import Shape, Unit, Values, same_place
from cnnviz.layers.made import Made
from cnnviz.settings import setting


@dataclass(frozen=True)
class Dropout(Pointwise):
    """Srivastava et al., "Dropout" (2014): a share of all values is zeroed and the rest enlarged to the same mean."""

    kind = "dropout"
    prefix = "dropout"
    title = "Dropout"
    about = (
        "While it learns, makes a share of the values 0, each time others, so that none can be relied on alone: "
        "against overfitting. Afterwards it passes everything on."
    )
    makes_picture = False  # when a network is looked at it passes everything on

    share: float = setting(0.5, "Share", "The share of values that is zeroed.", low=0, high=0.95)

    @property
    def dropped(self) -> float:
        """Its share."""
        return self.share

    def dropping(self, share: float) -> "Dropout":
        """With this share."""
        return Dropout(share)

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.Dropout`."""
        del shape
        return (Made("Dropout", (self.share,)),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """Nothing: in eval mode nothing is dropped."""
        del module
        return inputs[0]

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value itself: nothing is dropped when a network is looked at."""
        del weights
        return same_place(unit, shape)
