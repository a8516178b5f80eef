"""A small residual network."""

from cnnviz.layers import BatchNorm, Convolution, FullyConnected, GlobalAveragePooling, Layer, ReLU, ResidualBlock
from cnnviz.networks.base import Preset
from cnnviz.recipe import Recipe


class SmallResNet(Preset):
    """The plan of He et al., "Deep Residual Learning for Image Recognition" (2015), with two blocks."""

    name = "small_resnet"
    title = "Small ResNet"
    about = (
        "A convolution of 16 filters, two residual blocks of 16 and 32, and the mean of every map: takes 8x8 images."
    )
    smallest_input = 8
    recipe = Recipe(optimizer="adam", learning_rate=0.003, schedule="one_cycle", batch_size=16, epochs=10)

    def layers(self, classes: int) -> list[Layer]:
        """One output a class."""
        return [
            Convolution(out_channels=16, padding=1),
            BatchNorm(),
            ReLU(),
            ResidualBlock(out_channels=16),
            ResidualBlock(out_channels=32, stride=2),
            GlobalAveragePooling(),
            FullyConnected(out_features=classes),
        ]
