"""TinyVGG, the network of CNN Explainer."""

from cnnviz.layers import Convolution, Flatten, FullyConnected, Layer, MaxPooling, ReLU
from cnnviz.networks.base import Preset
from cnnviz.recipe import Recipe


class TinyVGG(Preset):
    """Wang et al., "CNN Explainer" (2020): two blocks of two convolutions with ten filters each, without padding.

    Their input is 64x64, in colour; 28x28 does as well.
    """

    name = "tinyvgg"
    title = "TinyVGG"
    about = (
        "The network of CNN Explainer: two times two convolutions of 10 filters and a pooling, then one linear layer."
    )
    smallest_input = 28
    recipe = Recipe(optimizer="adam", learning_rate=0.01, schedule="one_cycle", batch_size=32, epochs=20)

    def layers(self, classes: int) -> list[Layer]:
        """One output a class."""
        block: list[Layer] = [
            Convolution(out_channels=10, kernel_size=3),
            ReLU(),
            Convolution(out_channels=10, kernel_size=3),
            ReLU(),
            MaxPooling(),
        ]
        return [*block, *block, Flatten(), FullyConnected(out_features=classes)]
