"""Guided backpropagation: the gradient without what speaks against."""

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.attribution.base import Method, Partial, Stream, Subject, as_values

if TYPE_CHECKING:
    from torch import nn

_SAID = re.compile("Setting backward hooks on ReLU activations", re.IGNORECASE)


@dataclass(frozen=True)
class GuidedBackprop(Method):
    """The gradient, where every ReLU on the way back lets only what is positive pass."""

    name = "guided_backprop"
    title = "Guided backpropagation"
    about = "The gradient, but each ReLU on the way back passes only what is positive."
    paper = "J. T. Springenberg, A. Dosovitskiy, T. Brox, M. Riedmiller: Striving for Simplicity, 2014"
    formula = "∂z/∂x, with max(0, ·) of the gradient at every ReLU"
    how_to_read = "Sharp lines show the edges that the network has found on the way to the class."
    cannot_show = (
        "It shows much of the same for any class, and even for a network of random weights (J. Adebayo and others: "
        "Sanity Checks for Saliency Maps, 2018): it draws the image more than the reason."
    )
    needs_rewrite = True

    def code(self, channels: int, layer: str) -> list[str]:
        """Captum's `GuidedBackprop`: right here, as each ReLU of our networks is a module of its own."""
        del channels, layer
        return [
            "from captum.attr import GuidedBackprop",
            "values = GuidedBackprop(network).attribute(image, target)[0]",
        ]

    def stream(self, subject: Subject) -> Stream:
        """In one step."""
        from captum.attr import GuidedBackprop as Captum

        _say_nothing_of_hooks()
        yield Partial(as_values(Captum(subject.network).attribute(subject.image, subject.target)))

    def notes(self, parts: "Iterable[nn.Module]") -> tuple[str, ...]:
        """Where there is no ReLU to guide by."""
        from torch import nn

        if any(isinstance(part, nn.ReLU) for part in parts):
            return ()
        return ("This network has no ReLU, so this is the plain gradient.",)


def _say_nothing_of_hooks() -> None:
    """Captum warns that it hooks ReLUs: here those of our copy, which is for that."""
    if not any(entry[1] == _SAID for entry in warnings.filters):
        warnings.filterwarnings("ignore", _SAID.pattern)
