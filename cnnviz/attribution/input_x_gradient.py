"""Input x gradient: what each pixel gives to a linear answer."""

from dataclasses import dataclass

from cnnviz.attribution.base import Method, Partial, Stream, Subject, as_values


@dataclass(frozen=True)
class InputXGradient(Method):
    """The gradient times the image."""

    name = "input_x_gradient"
    title = "Input × gradient"
    about = "Each pixel's value times the slope there: its share, if the network were linear."
    paper = (
        "A. Shrikumar, P. Greenside, A. Shcherbina, A. Kundaje: Not Just a Black Box: Learning Important Features "
        "Through Propagating Activation Differences, 2016"
    )
    formula = "x · ∂z/∂x"
    how_to_read = "Positive pixels speak for the class, negative ones against it, by the slope at this image."
    cannot_show = (
        "A pixel of value 0 never counts, however much it matters that it is dark. The network is not linear, so the "
        "shares need not add up to the logit."
    )

    def code(self, channels: int, layer: str) -> list[str]:
        """Captum's `InputXGradient`."""
        del channels, layer
        return [
            "from captum.attr import InputXGradient",
            "values = InputXGradient(network).attribute(image, target)[0]",
        ]

    def stream(self, subject: Subject) -> Stream:
        """In one step."""
        from captum.attr import InputXGradient as Captum

        yield Partial(as_values(Captum(subject.network).attribute(subject.image, subject.target)))
