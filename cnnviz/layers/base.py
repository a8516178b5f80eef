"""What a layer must provide: the arithmetic of its shapes without torch, and the torch module that does its work."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import LayerError
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

    def filters(self, weights: dict[str, NDArray[np.float32]]) -> NDArray[np.float32] | None:
        """The filters (C_out, C_in, kh, kw) among the module's weights, or None where the layer has none."""
        del weights
        return None


@dataclass(frozen=True)
class Pooling(Layer):
    """What the poolings share: a window that slides over every channel by itself and gives one value each time."""

    prefix = "pool"

    kernel_size: int = setting(2, "Window", "Height and width of the window.", low=1, high=8)
    stride: int = setting(2, "Stride", "How far the window moves.", low=1, high=8)

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H', W')."""
        return (shape[0], *slid(shape, self.kernel_size, self.stride, None, "window"))


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
