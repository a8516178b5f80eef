"""A network with all that layers can be set to, small enough to be asked often."""

from cnnviz.layers import (
    ELU,
    GELU,
    AveragePooling,
    Convolution,
    FullyConnected,
    GlobalMaxPooling,
    InceptionBlock,
    MaxPooling,
)
from cnnviz.networks import NetworkSpec

MIXED = NetworkSpec.stack(
    "mixed",
    (2, 9, 8),
    [
        Convolution(out_channels=4, padding=2, padding_mode="reflect"),
        ELU(alpha=0.5),
        Convolution(out_channels=6, kernel_size=4, same=True, padding_mode="circular", groups=2, bias=False),
        GELU(),
        MaxPooling(kernel_size=3, stride=2, padding=1),
        Convolution(out_channels=6, groups=6, dilation=2, padding=2, padding_mode="replicate"),
        AveragePooling(kernel_size=2, stride=1, padding=1),
        InceptionBlock(filters_1x1=2, filters_3x3=3, filters_5x5=2, filters_pool=1, batch_norm=False),
        GlobalMaxPooling(),
        FullyConnected(out_features=3),
    ],
)
