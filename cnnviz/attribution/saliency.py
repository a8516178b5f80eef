"""Saliency: the gradient."""

from dataclasses import dataclass

from cnnviz.attribution.base import Method, Partial, Stream, Subject, as_values


@dataclass(frozen=True)
class Saliency(Method):
    """The gradient of the target's logit at the image. Unlike in the paper it keeps its sign, and its channels."""

    name = "saliency"
    title = "Saliency"
    about = "How much the logit would change if a pixel did, by a very little."
    paper = (
        "K. Simonyan, A. Vedaldi, A. Zisserman: Deep Inside Convolutional Networks: Visualising Image Classification "
        "Models and Saliency Maps, 2013"
    )
    formula = "∂z/∂x"
    how_to_read = "Where the map is positive, a brighter pixel would raise the logit; where it is negative, lower it."
    cannot_show = (
        "It says what a small change would do, not what made the logit as large as it is: a pixel that matters much "
        "may have no slope here. It is noisy, as the slope changes from one image to the next."
    )

    def code(self, channels: int, layer: str) -> list[str]:
        """Captum's `Saliency`."""
        del channels, layer
        return [
            "from captum.attr import Saliency",
            "values = Saliency(network).attribute(image, target, abs=False)[0]",
        ]

    def stream(self, subject: Subject) -> Stream:
        """In one step."""
        from captum.attr import Saliency as Captum

        yield Partial(as_values(Captum(subject.network).attribute(subject.image, subject.target, abs=False)))
