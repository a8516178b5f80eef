"""Inception block: windows of several sizes side by side, their maps one after another."""

from dataclasses import dataclass

from cnnviz.layers.base import Layer, maps_of
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.block import GIVEN, Block, Concatenate, Part
from cnnviz.layers.cell import Shape
from cnnviz.layers.convolution import Convolution
from cnnviz.layers.max_pooling import MaxPooling
from cnnviz.layers.relu import ReLU
from cnnviz.settings import setting


@dataclass(frozen=True)
class InceptionBlock(Block):
    """Szegedy et al., "Going Deeper with Convolutions" (2014): four branches, each of which keeps height and width.

    1x1; 1x1 then 3x3; 1x1 then 5x5; max pooling of 3x3 then 1x1; then `concatenate`. A ReLU follows each convolution.
    Where they choose the filters of the 1x1 before a larger window (`conv_reduce3`, `conv_reduce5`), here they are half
    of that one's; the batch norm is of a later paper (Ioffe and Szegedy, 2015).
    """

    kind = "inception_block"
    title = "Inception block"
    about = (
        "Windows of 1x1, 3x3 and 5x5 and a pooling side by side, their maps one after another: the network chooses at "
        "which size it looks. A 1x1 convolution before the larger ones saves weights."
    )

    filters_1x1: int = setting(8, "Filters 1x1", "Maps of the branch that looks at single places.", low=1, high=256)
    filters_3x3: int = setting(16, "Filters 3x3", "Maps of the branch with windows of 3x3.", low=1, high=256)
    filters_5x5: int = setting(4, "Filters 5x5", "Maps of the branch with windows of 5x5.", low=1, high=256)
    filters_pool: int = setting(4, "Filters after pooling", "Maps of the branch with max pooling.", low=1, high=256)
    reduce: bool = setting(True, "Reduce first", "Whether a convolution of 1x1 comes before the 3x3 and the 5x5.")
    batch_norm: bool = setting(True, "Batch norm", "Whether each convolution is followed by batch norm.")

    @property
    def channels(self) -> tuple[int, int, int, int]:
        """How many maps each branch gives."""
        return self.filters_1x1, self.filters_3x3, self.filters_5x5, self.filters_pool

    def output_shape(self, shape: Shape) -> Shape:
        """(all filters, H, W)."""
        _, height, width = maps_of(shape, "an Inception block")
        return (sum(self.channels), height, width)

    def parts(self, shape: Shape) -> tuple[Part, ...]:
        """The branches one after another, and what joins them."""
        del shape
        one, three, five, pooled = self.channels
        pool: list[Part] = [("pool", MaxPooling(kernel_size=3, stride=1, padding=1), (GIVEN,))]
        branches = [
            self._convolved("1", one, 1, GIVEN),
            self._reduced("3", three, 3),
            self._reduced("5", five, 5),
            [*pool, *self._convolved("_pool", pooled, 1, "pool")],
        ]
        ends = tuple(branch[-1][0] for branch in branches)
        joined: Part = ("concatenate", Concatenate(channels=self.channels), ends)
        return (*(part for branch in branches for part in branch), joined)

    def shape_text(self, shape: Shape) -> str:
        """The maps of all branches."""
        return Concatenate(channels=self.channels).shape_text(shape)

    def _reduced(self, size: str, filters: int, window: int) -> list[Part]:
        """A convolution with a larger window, and the 1x1 before it where the block has them."""
        if not self.reduce:
            return self._convolved(size, filters, window, GIVEN)
        before = self._convolved(f"_reduce{size}", max(1, filters // 2), 1, GIVEN)
        return [*before, *self._convolved(size, filters, window, before[-1][0])]

    def _convolved(self, name: str, filters: int, window: int, source: str) -> list[Part]:
        """A convolution that keeps height and width, perhaps its norm, and a ReLU."""
        steps: list[tuple[str, Layer]] = [
            ("conv", Convolution(filters, kernel_size=window, padding=window // 2)),
            *([("norm", BatchNorm())] if self.batch_norm else []),
            ("relu", ReLU()),
        ]
        names = [source, *(f"{step}{name}" for step, _ in steps)]
        return [(names[n + 1], layer, (names[n],)) for n, (_, layer) in enumerate(steps)]
