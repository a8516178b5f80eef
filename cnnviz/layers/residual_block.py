"""Residual block: two convolutions, and a shortcut around them that is added to what they give."""

from dataclasses import dataclass

from cnnviz.layers.base import maps_of
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.block import GIVEN, Add, Block, Part
from cnnviz.layers.cell import Shape
from cnnviz.layers.convolution import Convolution
from cnnviz.layers.relu import ReLU
from cnnviz.settings import setting


@dataclass(frozen=True)
class ResidualBlock(Block):
    """He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition" (2015): their basic block.

    conv1, norm1, relu1, conv2, norm2, then the shortcut is added, then relu2. The shortcut is the input itself, or
    where the number or size of the maps changes a convolution of 1x1 (`shortcut`, `shortcut_norm`). Unlike there, a
    convolution keeps its bias also before a norm, which makes it of no use.
    """

    kind = "residual_block"
    title = "Residual block"
    about = (
        "Two convolutions, and a shortcut around them: they learn only what is to be added to their input. So also "
        "very deep networks can be trained."
    )

    out_channels: int = setting(16, "Filters", "How many filters each convolution has.", low=1, high=512)
    stride: int = setting(1, "Stride", "How far the first convolution moves; with 2 the maps halve.", low=1, high=2)
    batch_norm: bool = setting(True, "Batch norm", "Whether each convolution is followed by batch norm.")

    def output_shape(self, shape: Shape) -> Shape:
        """(out_channels, H / stride, W / stride), halves rounded up."""
        _, height, width = maps_of(shape, "a residual block")
        return (self.out_channels, -(-height // self.stride), -(-width // self.stride))

    def parts(self, shape: Shape) -> tuple[Part, ...]:
        """Two convolutions, what becomes of the shortcut, and their sum."""
        second = Convolution(self.out_channels, kernel_size=3, padding=1)
        main = [*self._convolved("conv1", "norm1", self._first, GIVEN)]
        main += [("relu1", ReLU(), (main[-1][0],))]
        main += self._convolved("conv2", "norm2", second, "relu1")
        aside: list[Part] = []
        if self.output_shape(shape) != shape:
            fitting = Convolution(self.out_channels, kernel_size=1, stride=self.stride)
            aside = self._convolved("shortcut", "shortcut_norm", fitting, GIVEN)
        added = (main[-1][0], aside[-1][0] if aside else GIVEN)
        return (*main, *aside, ("add", Add(), added), ("relu2", ReLU(), ("add",)))

    def shape_text(self, shape: Shape) -> str:
        """As its first convolution makes it."""
        return self._first.shape_text(shape)

    @property
    def _first(self) -> Convolution:
        return Convolution(self.out_channels, kernel_size=3, stride=self.stride, padding=1)

    def _convolved(self, name: str, norm: str, convolution: Convolution, source: str) -> list[Part]:
        """A convolution, and its norm where the block has them."""
        parts: list[Part] = [(name, convolution, (source,))]
        return [*parts, (norm, BatchNorm(), (name,))] if self.batch_norm else parts
