"""A small network of Inception blocks."""

from cnnviz.layers import (
    BatchNorm,
    Convolution,
    Dropout,
    FullyConnected,
    GlobalAveragePooling,
    InceptionBlock,
    Layer,
    MaxPooling,
    ReLU,
)
from cnnviz.networks.base import Preset
from cnnviz.recipe import Recipe


class InceptionSmall(Preset):
    """The plan of Szegedy et al., "Going Deeper with Convolutions" (2014), with three blocks in place of nine.

    One convolution comes before the blocks, there are no side exits, and each convolution has batch norm.
    """

    name = "inception_small"
    title = "Inception-like"
    about = (
        "The plan of GoogLeNet (2014) with three blocks in place of nine, each with windows of 1x1, 3x3 and 5x5 and a "
        "pooling side by side, and with batch norm."
    )
    smallest_input = 8
    recipe = Recipe(optimizer="adam", learning_rate=0.003, schedule="one_cycle", batch_size=32, epochs=10)

    def layers(self, classes: int) -> list[Layer]:
        """One output a class."""
        pool = MaxPooling(kernel_size=3, stride=2, padding=1)
        return [
            *[Convolution(out_channels=16, padding=1), BatchNorm(), ReLU()],
            InceptionBlock(filters_1x1=8, filters_3x3=16, filters_5x5=4, filters_pool=4),
            pool,
            InceptionBlock(filters_1x1=16, filters_3x3=24, filters_5x5=8, filters_pool=8),
            pool,
            InceptionBlock(filters_1x1=24, filters_3x3=32, filters_5x5=8, filters_pool=8),
            *[GlobalAveragePooling(), Dropout(share=0.2), FullyConnected(out_features=classes)],
        ]
