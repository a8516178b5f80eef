"""Layers as they are by default, and set so that every way of padding, dilation and grouping is there."""

from cnnviz.layers import (
    ELU,
    LAYERS,
    AveragePooling,
    Convolution,
    InceptionBlock,
    Layer,
    LeakyReLU,
    MaxPooling,
    ResidualBlock,
    Shape,
)
from tests.layers.drawn import some_input

MODES = ("zeros", "reflect", "replicate", "circular")
SAME = Convolution(out_channels=2, kernel_size=4, same=True, dilation=2)
KINDS: dict[str, tuple[Layer, Shape]] = {
    **{kind: (member(), some_input(member)) for kind, member in LAYERS.items()},
    **{mode: (Convolution(out_channels=2, padding=3, padding_mode=mode), (2, 6, 7)) for mode in MODES},
    **{
        f"same, {mode}": (
            Convolution(out_channels=2, kernel_size=4, same=True, padding_mode=mode, dilation=2),
            (1, 7, 9),
        )
        for mode in MODES
    },
    "padded": (Convolution(out_channels=2, kernel_size=4, stride=3, padding=2), (3, 8, 7)),
    "all in the padding": (Convolution(out_channels=2, kernel_size=1, padding=3), (1, 3, 2)),
    "dilated": (Convolution(out_channels=2, dilation=3, padding=2, stride=2), (2, 9, 8)),
    "grouped": (Convolution(out_channels=6, groups=2, padding=1), (4, 5, 6)),
    "depthwise": (Convolution(out_channels=4, groups=4, bias=False, padding=1, padding_mode="replicate"), (4, 5, 6)),
    "max, padded": (MaxPooling(kernel_size=3, stride=2, padding=1), (2, 6, 7)),
    "average, padded": (AveragePooling(kernel_size=4, stride=3, padding=2), (2, 6, 7)),
    "elu, alpha": (ELU(alpha=0.3), (2, 5, 5)),
    "leaky, slope": (LeakyReLU(negative_slope=0.3), (2, 5, 5)),
    "residual, strided": (ResidualBlock(out_channels=4, stride=2, batch_norm=False), (2, 7, 6)),
    "inception, plain": (InceptionBlock(reduce=False, batch_norm=False), (2, 6, 5)),
}
