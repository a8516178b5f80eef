"""Residual block: two convolutions, and a shortcut around them that is added to what they give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers.base import Layer, Node, Pointwise, Shape, maps_of
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.cell import Unit, Values, same_place
from cnnviz.layers.convolution import Convolution
from cnnviz.layers.relu import ReLU
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import Tensor, nn

GIVEN = "input"  # what the block's parts call the block's own input
Part = tuple[str, Layer, tuple[str, ...]]  # name, what it does, the names of what it is given


@dataclass(frozen=True)
class ResidualBlock(Layer):
    """He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition" (2015): their basic block.

    conv1, norm1, relu1, conv2, norm2, then the shortcut is added, then relu2. The shortcut is the input itself, or
    where the number or size of the maps changes a convolution of 1x1 (`shortcut`, `shortcut_norm`). Unlike there, a
    convolution keeps its bias also before a norm, which makes it of no use.
    """

    kind = "residual_block"
    prefix = "block"

    out_channels: int = setting(16, "Filters", "How many filters each convolution has.", low=1, high=512)
    stride: int = setting(1, "Stride", "How far the first convolution moves; with 2 the maps halve.", low=1, high=2)
    batch_norm: bool = setting(True, "Batch norm", "Whether each convolution is followed by batch norm.")

    def output_shape(self, shape: Shape) -> Shape:
        """(out_channels, H / stride, W / stride), halves rounded up."""
        _, height, width = maps_of(shape, "a residual block")
        return (self.out_channels, -(-height // self.stride), -(-width // self.stride))

    def build(self, shape: Shape) -> "nn.Module":
        """A module whose children carry the names of the parts, in their order."""
        parts = {node.name: node.layer.build(node.input_shape) for node in self.nodes("", GIVEN, shape)}
        return _wired(parts, {name: inputs for name, _, inputs in self._parts(shape)})

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """The whole block; its nodes have lines of their own."""
        return f"{module}({inputs[0]})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> NoReturn:
        """Each of its parts has units, the block as a whole has none."""
        del weights, shape, unit
        raise LayerError("A residual block is made of several operations; ask its nodes for their units.")

    def nodes(self, name: str, source: str, shape: Shape) -> tuple[Node, ...]:
        """Its parts, named `block1.conv1`; without the block's name where that is empty."""
        start = f"{name}." if name else ""
        names, shapes, found = {GIVEN: source}, {GIVEN: shape}, []
        for part, layer, inputs in self._parts(shape):
            given = shapes[inputs[0]]
            names[part], shapes[part] = f"{start}{part}", layer.output_shape(given)
            found.append(Node(names[part], layer, tuple(names[one] for one in inputs), given, shapes[part]))
        return tuple(found)

    def _parts(self, shape: Shape) -> tuple[Part, ...]:
        """What it is made of, in order of execution."""
        first = Convolution(self.out_channels, kernel_size=3, stride=self.stride, padding=1)
        second = Convolution(self.out_channels, kernel_size=3, padding=1)
        main = [*self._convolved("conv1", "norm1", first, GIVEN)]
        main += [("relu1", ReLU(), (main[-1][0],))]
        main += self._convolved("conv2", "norm2", second, "relu1")
        aside: list[Part] = []
        if self.output_shape(shape) != shape:
            fitting = Convolution(self.out_channels, kernel_size=1, stride=self.stride)
            aside = self._convolved("shortcut", "shortcut_norm", fitting, GIVEN)
        added = (main[-1][0], aside[-1][0] if aside else GIVEN)
        return (*main, *aside, ("add", Add(), added), ("relu2", ReLU(), ("add",)))

    def _convolved(self, name: str, norm: str, convolution: Convolution, source: str) -> list[Part]:
        """A convolution, and its norm where the block has them."""
        parts: list[Part] = [(name, convolution, (source,))]
        return [*parts, (norm, BatchNorm(), (name,))] if self.batch_norm else parts


@dataclass(frozen=True)
class Add(Pointwise):
    """The sum of two inputs of one shape, value by value. A part of other layers, not offered by itself."""

    kind = "add"
    prefix = "add"

    def build(self, shape: Shape) -> "nn.Module":
        """A module that takes two inputs."""
        del shape
        from torch import nn

        class Add(nn.Module):
            def forward(self, first: "Tensor", second: "Tensor") -> "Tensor":
                return first + second

        return Add()

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """A sum."""
        del module
        return " + ".join(inputs)

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value at its place in both."""
        del weights
        place = same_place(unit, shape)
        sources = np.array([(0, unit), (1, unit)])
        return Unit(sources, place.window, np.ones((2, 1, 1), np.float32), 0.0, place.rows, place.columns)


def _wired(parts: "Mapping[str, nn.Module]", inputs: Mapping[str, tuple[str, ...]]) -> "nn.Module":
    """A module that calls its parts in order, each on what `inputs` names, and gives what the last gives."""
    from torch import nn

    class ResidualBlock(nn.Module):
        def forward(self, values: "Tensor") -> "Tensor":
            seen = {GIVEN: values}
            for name, part in self.named_children():
                values = seen[name] = part(*(seen[one] for one in inputs[name]))
            return values

    block = ResidualBlock()
    for name, part in parts.items():
        block.add_module(name, part)
    return block
