"""What blocks share: layers that are made of several operations, with a shortcut or branches; and what joins those."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from cnnviz.errors import LayerError, counted
from cnnviz.layers.base import Layer, Node, Pointwise
from cnnviz.layers.cell import Shape, Unit, Values, same_place
from cnnviz.layers.made import Made

if TYPE_CHECKING:
    from torch import Tensor, nn

GIVEN = "input"  # what a block's parts call the block's own input
Part = tuple[str, Layer, tuple[str, ...]]  # name, what it does, the names of what it is given


@dataclass(frozen=True)
class Block(Layer):
    """A layer of several operations, each of which is a node and a module of its own."""

    prefix = "block"

    @abstractmethod
    def parts(self, shape: Shape) -> tuple[Part, ...]:
        """What it is made of, in order of execution."""

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """No module of torch's own."""
        del shape
        return ()

    def build(self, shape: Shape) -> "nn.Module":
        """A module whose children carry the names of the parts, in their order."""
        parts = {node.name: node.layer.build(node.input_shape) for node in self.nodes("", GIVEN, shape)}
        return _wired(parts, {name: inputs for name, _, inputs in self.parts(shape)})

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """The whole block; its nodes have lines of their own."""
        return f"{module}({inputs[0]})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> NoReturn:
        """Each of its parts has units, the block as a whole has none."""
        del weights, shape, unit
        raise LayerError(f"{self.title} is made of several operations; ask its nodes for their units.")

    def nodes(self, name: str, source: str, shape: Shape) -> tuple[Node, ...]:
        """Its parts, named `block1.conv1`; without the block's name where that is empty."""
        start = f"{name}." if name else ""
        names, shapes, found = {GIVEN: source}, {GIVEN: shape}, []
        for part, layer, inputs in self.parts(shape):
            given = tuple(shapes[one] for one in inputs)
            names[part], shapes[part] = f"{start}{part}", layer.output_shape(given[0])
            found.append(Node(names[part], layer, tuple(names[one] for one in inputs), given, shapes[part]))
        return tuple(found)


@dataclass(frozen=True)
class Add(Pointwise):
    """The sum of two inputs of one shape, value by value. A part of other layers, not offered by itself."""

    kind = "add"
    prefix = "add"
    title = "Add"
    about = "Adds two inputs, value by value."

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """No module of torch's own."""
        del shape
        return ()

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


@dataclass(frozen=True)
class Concatenate(Layer):
    """The maps of several inputs one after another. A part of other layers, not offered by itself.

    Attributes:
        channels: How many each input has.
    """

    kind = "concatenate"
    prefix = "concatenate"
    title = "Concatenate"
    about = "Puts the maps of several branches one after another."

    channels: tuple[int, ...] = ()

    def output_shape(self, shape: Shape) -> Shape:
        """(all channels, H, W)."""
        return (sum(self.channels), *shape[1:])

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """No module of torch's own."""
        del shape
        return ()

    def build(self, shape: Shape) -> "nn.Module":
        """A module that takes as many inputs."""
        del shape
        import torch
        from torch import nn

        class Concatenate(nn.Module):
            def forward(self, *inputs: "Tensor") -> "Tensor":
                return torch.cat(inputs, dim=1)

        return Concatenate()

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.cat`, by channels."""
        del module
        return f"torch.cat(({', '.join(inputs)}), dim=1)"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value at its place in the one input that the map is from."""
        del weights
        ends = np.cumsum(self.channels)
        number = int(np.searchsorted(ends, unit, side="right"))
        place = same_place(unit, shape)
        sources = np.array([(number, unit - int(ends[number]) + self.channels[number])])
        return Unit(sources, place.window, place.weight, 0.0, place.rows, place.columns)

    def shape_text(self, shape: Shape) -> str:
        """A sum."""
        return (
            f"{' + '.join(map(str, self.channels))} = {counted(sum(self.channels), 'map')}; {shape[1]}x{shape[2]} stays"
        )


def _wired(parts: "Mapping[str, nn.Module]", inputs: Mapping[str, tuple[str, ...]]) -> "nn.Module":
    """A module that calls its parts in order, each on what `inputs` names, and gives what the last gives."""
    from torch import nn

    class Block(nn.Module):
        def forward(self, values: "Tensor") -> "Tensor":
            seen = {GIVEN: values}
            for name, part in self.named_children():
                values = seen[name] = part(*(seen[one] for one in inputs[name]))
            return values

    block = Block()
    for name, part in parts.items():
        block.add_module(name, part)
    return block
