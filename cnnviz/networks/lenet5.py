"""LeNet-5, the network that read cheques."""

from cnnviz.layers import AveragePooling, Convolution, Flatten, FullyConnected, Layer, Sigmoid
from cnnviz.networks.base import Preset
from cnnviz.recipe import Recipe


class LeNet5(Preset):
    """LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998).

    As it is taught today: plain average pooling, all maps connected, sigmoid, and a softmax instead of radial units.
    """

    name = "lenet5"
    title = "LeNet-5"
    about = "LeCun's network of 1998: two convolutions with average pooling, three dense layers, sigmoid between."
    smallest_input = 32
    recipe = Recipe(optimizer="adam", learning_rate=0.01, schedule="one_cycle", batch_size=32, epochs=20)

    def layers(self, classes: int) -> list[Layer]:
        """6 and 16 feature maps, 120 and 84 units, one output a class."""
        return [
            Convolution(out_channels=6, kernel_size=5),
            Sigmoid(),
            AveragePooling(),
            Convolution(out_channels=16, kernel_size=5),
            Sigmoid(),
            AveragePooling(),
            Flatten(),
            FullyConnected(out_features=120),
            Sigmoid(),
            FullyConnected(out_features=84),
            Sigmoid(),
            FullyConnected(out_features=classes),
        ]
