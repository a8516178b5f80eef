"""VGG-11's plan for small images."""

from collections.abc import Iterator

from cnnviz.layers import BatchNorm, Convolution, Dropout, Flatten, FullyConnected, Layer, MaxPooling, ReLU
from cnnviz.networks.base import Preset
from cnnviz.recipe import Recipe

STAGES = ((16,), (32,), (64, 64), (128, 128), (128, 128))  # filters by stage; a pooling follows each


class VGG11Small(Preset):
    """Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (2014).

    Their configuration A: eight convolutions of 3x3, five poolings, three dense layers; for images of 32x32 in place of
    224x224, with a quarter of the filters and 128 units in place of 4,096.
    """

    name = "vgg11_small"
    title = "VGG-11-like"
    about = (
        "The plan of VGG-11 (2014) for 32x32: eight convolutions of 3x3, five poolings, three dense layers; a quarter "
        "of its filters. Without batch norm it takes a while before it begins to learn."
    )
    smallest_input = 32
    recipe = Recipe(optimizer="adam", learning_rate=0.001, schedule="one_cycle", batch_size=32, epochs=15)

    def layers(self, classes: int) -> list[Layer]:
        """One output a class."""
        return list(vgg11(classes, batch_norm=False))


def vgg11(classes: int, *, batch_norm: bool) -> Iterator[Layer]:
    """The layers, each convolution followed by batch norm or not."""
    for filters in STAGES:
        for count in filters:
            yield Convolution(out_channels=count, padding=1)
            if batch_norm:
                yield BatchNorm()
            yield ReLU()
        yield MaxPooling()
    yield Flatten()
    for _ in range(2):
        yield from (FullyConnected(out_features=128), ReLU(), Dropout(share=0.5))
    yield FullyConnected(out_features=classes)
