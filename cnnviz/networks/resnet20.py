"""ResNet-20."""

from cnnviz.layers import Layer
from cnnviz.networks.base import Preset
from cnnviz.networks.resnet8 import resnet
from cnnviz.recipe import Recipe


class ResNet20(Preset):
    """He et al., "Deep Residual Learning for Image Recognition" (2015), section 4.2, with n = 3; else as ResNet-8."""

    name = "resnet20"
    title = "ResNet-20"
    about = (
        "The ResNet for small images of He et al. with three blocks a stage: 19 convolutions and a dense layer. Slow "
        "without a GPU on images larger than the digits."
    )
    smallest_input = 8
    recipe = Recipe(optimizer="adam", learning_rate=0.003, schedule="one_cycle", batch_size=32, epochs=10)

    def layers(self, classes: int) -> list[Layer]:
        """One output a class."""
        return resnet(classes, blocks=3)
