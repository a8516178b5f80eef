"""VGG-11's plan for small images, with batch norm."""

from cnnviz.layers import Layer
from cnnviz.networks.base import Preset
from cnnviz.networks.vgg11_small import vgg11
from cnnviz.recipe import Recipe


class VGG11NormSmall(Preset):
    """As VGG-11-like, each convolution followed by batch norm (Ioffe and Szegedy, 2015), which is younger than VGG.

    Side by side with the one without, it shows what batch norm does.
    """

    name = "vgg11_norm_small"
    title = "VGG-11-like, batch norm"
    about = "VGG-11-like with batch norm after each convolution: learns from the first step on."
    smallest_input = 32
    recipe = Recipe(optimizer="adam", learning_rate=0.002, schedule="one_cycle", batch_size=32, epochs=10)

    def layers(self, classes: int) -> list[Layer]:
        """One output a class."""
        return list(vgg11(classes, batch_norm=True))
