"""What a layer must provide: arithmetic of shapes and cells without torch, and the module that does its work."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers.cell import Unit, Values, window_places
from cnnviz.settings import Settings, setting

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]  # (C, H, W), or (F,) once flat


@dataclass(frozen=True)
class Layer(Settings):
    """One layer of a network: settings only, so that it can be stored, shown in a form and compared.

    Attributes:
        kind: The name it is stored and chosen by.
        prefix: What its name in a network begins with, as in `conv1`.
        makes_picture: Whether its output is worth a picture of its own; not where it only passes numbers on.
    """

    kind: ClassVar[str]
    prefix: ClassVar[str]
    makes_picture: ClassVar[bool] = True

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """The shape of what comes out where `shape` goes in.

        Raises:
            LayerError: If the layer cannot work on it: what is wrong and what would do.
        """

    @abstractmethod
    def build(self, shape: Shape) -> "nn.Module":
        """The torch module for inputs of (N, *shape)."""

    @abstractmethod
    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """How output map (or flat output value) number `unit` is made when the network is looked at.

        Args:
            weights: The module's own state, by its names there.
            shape: The shape of what goes in; of each where several do.
            unit: From 0 to the first number of the output's shape, minus 1; `Node.unit` checks it.
        """

    @abstractmethod
    def code(self, module: str, inputs: Sequence[str]) -> str:
        """The expression of PyTorch that does its work, in eval mode; `torch`, and its functional as `F`, are there.

        Args:
            module: How its module is written, as `network.conv1`.
            inputs: How what goes in is written.
        """

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
        return (Node(name, self, (source,), shape, self.output_shape(shape)),)


@dataclass(frozen=True)
class Node:
    """One operation of a network, which is a graph of them.

    Attributes:
        name: Unique in the network, and the path of its module in the built one: `conv1`, `block1.conv1`.
        layer: What it does.
        inputs: The names of the nodes it is given; the image is "input".
        input_shape: The shape of each of them.
        shape: The shape of what it gives.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    input_shape: Shape
    shape: Shape

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


@dataclass(frozen=True)
class Pooling(Layer):
    """What the poolings share: a window that slides over every channel by itself and gives one value each time."""

    prefix = "pool"

    kernel_size: int = setting(2, "Window", "Height and width of the window.", low=1, high=8)
    stride: int = setting(2, "Stride", "How far the window moves.", low=1, high=8)

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H', W')."""
        return (shape[0], *slid(shape, self.kernel_size, self.stride, None, "window"))

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """Its own map, through a sliding window."""
        del weights
        size = self.kernel_size
        rows, columns = (window_places(length, size, self.stride) for length in shape[1:])
        return Unit(np.array([[0, unit]]), (size, size), self.window_weight(), 0.0, rows, columns)

    @abstractmethod
    def window_weight(self) -> Values | None:
        """The weight of every value in the window (1, kh, kw), or None where the largest wins."""


def maps_of(shape: Shape, what: str) -> tuple[int, int, int]:
    """The shape as (C, H, W).

    Raises:
        LayerError: If it is flat.
    """
    if len(shape) != 3:
        raise LayerError(
            f"{what} needs maps with height and width, and its input is {text_of(shape)}; put it before flatten."
        )
    return shape[0], shape[1], shape[2]


def text_of(shape: Shape) -> str:
    """A shape for people: `16x8x8` or `128 values`."""
    return "x".join(map(str, shape)) if len(shape) == 3 else f"{shape[0]} values"


def slid(shape: Shape, window: int, stride: int, padding: int | None, what: str) -> tuple[int, int]:
    """Height and width of the result of sliding a square window; padding is None where the layer has none.

    Raises:
        LayerError: If the window is larger than the padded input.
    """
    _, height, width = maps_of(shape, what)
    around = 2 * (padding or 0)
    room = min(height, width) + around
    if window > room:
        needed = -(-(window - min(height, width)) // 2)
        remedy = "" if padding is None else f" or padding {needed}"
        raise LayerError(
            f"{what} {window}x{window} is larger than its input {height}x{width}; use {what} of {room} or less{remedy}."
        )
    return (height + around - window) // stride + 1, (width + around - window) // stride + 1
