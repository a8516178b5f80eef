"""A small network for the 8x8 digits, quick enough to learn them in a blink."""

from cnnviz.layers import Convolution, Flatten, FullyConnected, Layer, MaxPooling, ReLU
from cnnviz.networks.base import Preset
from cnnviz.recipe import Recipe


class DigitsSmall(Preset):
    """Two convolutions that keep the size, one pooling, one linear layer."""

    name = "digits_small"
    title = "Small, for digits"
    about = "Two convolutions of 16 and 32 filters, one pooling, one linear layer: learns the digits in under a second."
    smallest_input = 8
    recipe = Recipe(optimizer="adam", learning_rate=0.015, schedule="one_cycle", batch_size=64, epochs=10)

    def layers(self, classes: int) -> list[Layer]:
        """One output a class."""
        return [
            Convolution(out_channels=16, padding=1),
            ReLU(),
            Convolution(out_channels=32, padding=1),
            ReLU(),
            MaxPooling(),
            Flatten(),
            FullyConnected(out_features=classes),
        ]
