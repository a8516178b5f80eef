"""ResNet-8, and the plan that it shares with its deeper sisters."""

from cnnviz.layers import BatchNorm, Convolution, FullyConnected, GlobalAveragePooling, Layer, ReLU, ResidualBlock
from cnnviz.networks.base import Preset
from cnnviz.recipe import Recipe


class ResNet8(Preset):
    """He et al., "Deep Residual Learning for Image Recognition" (2015), section 4.2, with n = 1.

    6n + 2 layers: a convolution, three stages of n blocks with 16, 32 and 64 filters, and a dense layer. Where the
    filters change, the shortcut is a convolution of 1x1 (their option B); for small images they leave that out.
    """

    name = "resnet8"
    title = "ResNet-8"
    about = "The ResNet for small images of He et al. with one block a stage: seven convolutions and a dense layer."
    smallest_input = 8
    recipe = Recipe(optimizer="adam", learning_rate=0.003, schedule="one_cycle", batch_size=32, epochs=10)

    def layers(self, classes: int) -> list[Layer]:
        """One output a class."""
        return resnet(classes, blocks=1)


def resnet(classes: int, *, blocks: int) -> list[Layer]:
    """The layers, with so many blocks a stage."""
    layers: list[Layer] = [Convolution(out_channels=16, padding=1), BatchNorm(), ReLU()]
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        layers.append(ResidualBlock(out_channels=filters, stride=stride))
        layers += [ResidualBlock(out_channels=filters)] * (blocks - 1)
    return [*layers, GlobalAveragePooling(), FullyConnected(out_features=classes)]
