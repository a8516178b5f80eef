"""AlexNet's plan for small images."""

from cnnviz.layers import Convolution, Dropout, Flatten, FullyConnected, Layer, MaxPooling, ReLU
from cnnviz.networks.base import Preset
from cnnviz.recipe import Recipe


class AlexNetSmall(Preset):
    """Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks" (2012).

    Their five convolutions, three overlapping poolings and three dense layers with dropout, for images of 32x32 in
    place of 224x224: the first convolution is 5x5 with stride 1, not 11x11 with stride 4, filters and units are a
    quarter to a sixteenth of theirs, and there is no response normalization.
    """

    name = "alexnet_small"
    title = "AlexNet-like"
    about = (
        "The plan of AlexNet (2012) for 32x32: five convolutions, three overlapping poolings, three dense layers with "
        "dropout; a quarter of its filters, 256 units in place of 4,096."
    )
    smallest_input = 32
    recipe = Recipe(optimizer="adam", learning_rate=0.001, schedule="one_cycle", batch_size=32, epochs=15)

    def layers(self, classes: int) -> list[Layer]:
        """One output a class."""
        pool = MaxPooling(kernel_size=3, stride=2)
        dense: list[Layer] = [Dropout(share=0.5), FullyConnected(out_features=256), ReLU()]
        return [
            *[Convolution(out_channels=24, kernel_size=5, padding=2), ReLU(), pool],
            *[Convolution(out_channels=64, kernel_size=5, padding=2), ReLU(), pool],
            *[Convolution(out_channels=96, padding=1), ReLU()],
            *[Convolution(out_channels=96, padding=1), ReLU()],
            *[Convolution(out_channels=64, padding=1), ReLU(), pool],
            *[Flatten(), *dense, *dense],
            FullyConnected(out_features=classes),
        ]
