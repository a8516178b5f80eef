"""The Keras example network of many textbooks."""

from cnnviz.layers import Convolution, Flatten, FullyConnected, Layer, MaxPooling, ReLU
from cnnviz.networks.base import Preset
from cnnviz.recipe import Recipe


class KerasExample(Preset):
    """Two convolutions with pooling, a dense layer, and one sigmoid output for two classes or a softmax for more."""

    name = "keras_example"
    title = "Keras example"
    about = "The Keras example of many textbooks: conv 32, pool, conv 64, pool, dense 128, output."
    smallest_input = 28
    recipe = Recipe(optimizer="adam", learning_rate=0.003, schedule="one_cycle", batch_size=64, epochs=10)

    def layers(self, classes: int) -> list[Layer]:
        """One output, the logit of the second class, for two classes; else one a class."""
        return [
            Convolution(out_channels=32, kernel_size=3),
            ReLU(),
            MaxPooling(),
            Convolution(out_channels=64, kernel_size=3),
            ReLU(),
            MaxPooling(),
            Flatten(),
            FullyConnected(out_features=128),
            ReLU(),
            FullyConnected(out_features=1 if classes == 2 else classes),
        ]
