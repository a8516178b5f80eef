"""What a layer must provide: arithmetic of shapes, costs and cells without torch, and the module that does its work."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from cnnviz.errors import LayerError, counted
from cnnviz.layers.account import Account, Figure, Look, Sees, account_of, sees_image
from cnnviz.layers.cell import Shape, Unit, Values
from cnnviz.layers.made import Made
from cnnviz.layers.sliding import Sliding
from cnnviz.settings import Settings

if TYPE_CHECKING:
    from torch import nn

NOTHING_LEARNED = Figure(0, "nothing to learn")
NO_PRODUCTS = Figure(0, "no products are summed")


@dataclass(frozen=True)
class Layer(Settings):
    """One layer of a network: settings only, so that it can be stored, shown in a form and compared.

    Attributes:
        kind: The name it is stored and chosen by.
        prefix: What its name in a network begins with, as in `conv1`.
        title: What a person calls it.
        about: What it does and what for, in a sentence or two.
        makes_picture: Whether its output is worth a picture of its own; not where it only passes numbers on.
        makes_values: Whether what it gives takes memory of its own.
    """

    kind: ClassVar[str]
    prefix: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    makes_picture: ClassVar[bool] = True
    makes_values: ClassVar[bool] = True

    @property
    def dropped(self) -> float | None:
        """The share of values that it zeroes by chance while it learns; None for a layer that does not do so."""
        return None

    def dropping(self, share: float) -> "Layer":
        """The same with another share of values zeroed by chance; itself where it does not do so."""
        del share
        return self

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """The shape of what comes out where `shape` goes in.

        Raises:
            LayerError: If the layer cannot work on it: what is wrong and what would do.
        """

    @abstractmethod
    def made(self, shape: Shape) -> tuple[Made, ...]:
        """The module of torch that it is for inputs of (N, *shape), or several in a row.

        Empty where it is none of torch's own: then its nodes, or `code`, say in plain PyTorch what it does.
        """

    def build(self, shape: Shape) -> "nn.Module":
        """The torch module for inputs of (N, *shape). Several in a row are one layer to who looks at it."""
        modules = [one.build() for one in self.made(shape)]
        if len(modules) == 1:
            return modules[0]
        from torch import nn

        row = nn.Sequential(*modules)
        vars(row)["is_one_layer"] = True  # which goes with its copies
        return row

    @abstractmethod
    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """How output map (or flat output value) number `unit` is made when the network is looked at.

        Args:
            weights: The module's own state, by its names there.
            shape: The shape of what goes in; of the first where several do.
            unit: From 0 to the first number of the output's shape, minus 1; `Node.unit` checks it.
        """

    @abstractmethod
    def code(self, module: str, inputs: Sequence[str]) -> str:
        """The expression of PyTorch that does its work, in eval mode; `torch`, and its functional as `F`, are there.

        Args:
            module: How its module is written, as `network.conv1`.
            inputs: How what goes in is written.
        """

    @property
    def summary(self) -> str:
        """Its settings in words, `filters 16, kernel size 3, stride 1`; what few change only where it is."""
        words = []
        for name, declared in self.declared().items():
            value, usual = getattr(self, name), type(self).__dataclass_fields__[name].default
            if not self.belongs(name) or (value == usual and (declared.is_advanced or value is False)):
                continue
            label = declared.label.lower()
            if isinstance(value, bool):
                words.append(label if value else f"no {label}")
            else:
                words.append(f"{label} {declared.name_of(value).lower()}")
        return ", ".join(words)

    def filters(self, weights: Mapping[str, Values]) -> Values | None:
        """The filters (C_out, C_in, kh, kw) among the module's weights, or None where the layer has none."""
        del weights
        return None

    def nodes(self, name: str, source: str, shape: Shape) -> "tuple[Node, ...]":
        """The operations it is made of, in order of execution, the last of which gives what it gives: itself alone.

        Args:
            name: Its name in the network.
            source: The name of the node that it is given.
            shape: The shape of that.
        """
        return (Node(name, self, (source,), (shape,), self.output_shape(shape)),)

    def account(self, shape: Shape, sees: Sees | None = None) -> Account:
        """What it gives, costs and sees, worked out.

        Args:
            shape: What goes in.
            sees: What is seen before it; where None, it is given the image itself.

        Raises:
            LayerError: If it cannot work on that.
        """
        return account_of(self, shape, sees or sees_image(shape))[0]

    def shape_text(self, shape: Shape) -> str:
        """How the shape of what it gives is worked out."""
        return f"stays {text_of(shape)}"

    def parameters(self, shape: Shape) -> Figure:
        """How many numbers it learns."""
        del shape
        return NOTHING_LEARNED

    def kept(self, shape: Shape) -> int:
        """How many numbers it keeps beside those it learns."""
        del shape
        return 0

    def multiply_adds(self, shape: Shape) -> Figure:
        """How many products it adds up for one image."""
        del shape
        return NO_PRODUCTS

    def look(self, length: int) -> Look:
        """How its outputs along one side look at so many inputs; rows and columns alike."""
        return Look.straight(length)


@dataclass(frozen=True)
class Node:
    """One operation of a network, which is a graph of them.

    Attributes:
        name: Unique in the network, and the path of its module in the built one: `conv1`, `block1.conv1`.
        layer: What it does.
        inputs: The names of the nodes it is given; the image is "input".
        input_shapes: The shape of each of them; they differ in channels at the most.
        shape: The shape of what it gives.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape

    @property
    def input_shape(self) -> Shape:
        """The shape of the first of what it is given, mostly all there is."""
        return self.input_shapes[0]

    def own(self, weights: Mapping[str, Values]) -> dict[str, Values]:
        """Of a network's weights those of this node, by their names inside it."""
        start = f"{self.name}."
        return {key.removeprefix(start): values for key, values in weights.items() if key.startswith(start)}

    def unit(self, weights: Mapping[str, Values], unit: int) -> Unit:
        """How one of its output maps, or flat output values, is made, by the network's weights.

        Raises:
            LayerError: If there is no such unit.
        """
        if not 0 <= unit < self.shape[0]:
            raise LayerError(f"{self.name} has no unit {unit}; choose from 0 to {self.shape[0] - 1}.")
        return self.layer.unit(self.own(weights), self.input_shape, unit)


@dataclass(frozen=True)
class Pointwise(Layer):
    """What layers share whose every output value is made from the one at its place."""

    def output_shape(self, shape: Shape) -> Shape:
        """The shape that came in."""
        return shape


def maps_of(shape: Shape, what: str) -> tuple[int, int, int]:
    """The shape as (C, H, W).

    Raises:
        LayerError: If it is flat.
    """
    if len(shape) != 3:
        raise LayerError(
            f"{what} needs maps with height and width, and its input is {text_of(shape)}; "
            "put it before flatten or global pooling."
        )
    return shape[0], shape[1], shape[2]


def text_of(shape: Shape) -> str:
    """A shape for people: `16x8x8` or `128 values`."""
    return "x".join(map(str, shape)) if len(shape) == 3 else counted(shape[0], "value")


def sides_text(sliding: Sliding, shape: Shape) -> str:
    """How height and width come about where a window slides over maps (C, H, W)."""
    height, width = (sliding.arithmetic(length) for length in shape[1:])
    return f"height and width {height}" if height == width else f"height {height}, width {width}"


def either(ways: Sequence[str]) -> str:
    """Several ways in words: `kernel of 3 or less, dilation 1, or padding 1`."""
    return " or ".join(ways) if len(ways) < 3 else f"{', '.join(ways[:-1])}, or {ways[-1]}"
