"""Grad-CAM: the maps of a late layer, weighed by how much the class depends on each."""

from dataclasses import dataclass

from cnnviz.attribution.base import Method, Partial, Stream, Subject, as_values
from cnnviz.settings import setting


@dataclass(frozen=True)
class GradCAM(Method):
    """The sum of a layer's maps, each times the mean of its gradient, enlarged to the image.

    Unlike in the paper its negative part is kept, unless a setting says otherwise, and it is not scaled to 0 to 1.
    """

    name = "grad_cam"
    title = "Grad-CAM"
    about = "Where a late layer has found something that speaks for the class."
    paper = (
        "R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh, D. Batra: Grad-CAM: Visual Explanations from "
        "Deep Networks via Gradient-Based Localization, 2017"
    )
    formula = "Σₖ mean(∂z/∂Aₖ) · Aₖ, over the maps Aₖ of one layer"
    how_to_read = (
        "Positive places hold what speaks for the class, as the layer sees it; negative ones what speaks against."
    )
    cannot_show = (
        "It is no finer than the layer's maps: a place stands for all that it can see of the image. One weight a map "
        "hides that a map may speak for the class here and against it there."
    )
    kind = "cam"

    relu: bool = setting(False, "Only what is for", "Whether negative values become 0, as in the paper.")
    enlarge: str = setting(
        "nearest",
        "Enlarging",
        "Nearest shows the layer's own places, bilinear a smooth picture.",
        options=("nearest", "bilinear"),
    )

    def code(self, channels: int, layer: str) -> list[str]:
        """Captum's `LayerGradCam`, enlarged."""
        del channels
        return [
            "from captum.attr import LayerAttribution, LayerGradCam",
            f"method = LayerGradCam(network, network.get_submodule({layer!r}))",
            f"small = method.attribute(image, target, relu_attributions={self.relu})",
            f"values = LayerAttribution.interpolate(small, image.shape[2:], {self.enlarge!r})[0]",
        ]

    def stream(self, subject: Subject) -> Stream:
        """In one step."""
        from captum.attr import LayerAttribution, LayerGradCam

        method = LayerGradCam(subject.network, subject.layer)
        small = method.attribute(subject.image, subject.target, relu_attributions=self.relu)  # (1, 1, h, w)
        size = (subject.image.shape[2], subject.image.shape[3])
        yield Partial(as_values(LayerAttribution.interpolate(small, size, self.enlarge)))
