"""What the poolings share: one number of a window, or of a whole map."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cnnviz.errors import LayerError, counted
from cnnviz.layers.account import Look
from cnnviz.layers.base import Layer, either, maps_of, sides_text
from cnnviz.layers.cell import Shape, Unit, Values, slid_unit
from cnnviz.layers.sliding import Beyond, Sliding
from cnnviz.settings import setting


@dataclass(frozen=True)
class WholeMap(Layer):
    """What layers share that make one number of every map; flat, so that a fully connected layer can follow."""

    prefix = "pool"

    def output_shape(self, shape: Shape) -> Shape:
        """(C,)."""
        channels, _, _ = maps_of(shape, self.title.lower())
        return (channels,)

    def shape_text(self, shape: Shape) -> str:
        """One a map."""
        return f"{counted(shape[0], 'map')} of {shape[1]}x{shape[2]}, one value a map"

    def look(self, length: int) -> Look:
        """At all there is."""
        return Look.whole(length)


@dataclass(frozen=True)
class Pooling(Layer):
    """What the poolings share: a window that slides over every channel by itself and gives one value each time."""

    prefix = "pool"
    beyond: ClassVar[Beyond]

    kernel_size: int = setting(2, "Window", "Height and width of the window.", low=1, high=8)
    stride: int = setting(2, "Stride", "How far the window moves.", low=1, high=8)
    padding: int = setting(0, "Padding", "Rows and columns around the input, half a window at the most.", low=0, high=4)

    @property
    def sliding(self) -> Sliding:
        """Its window."""
        return Sliding(self.kernel_size, self.stride, self.padding, self.padding, beyond=self.beyond)

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H', W')."""
        channels, height, width = maps_of(shape, "window")
        size, most = self.kernel_size, self.kernel_size // 2
        if self.padding > most:
            raise LayerError(
                f"padding {self.padding} around its input {height}x{width} is more than half the window {size}x{size}; "
                f"use padding of {most} or less."
            )
        room = min(height, width) + 2 * self.padding
        if size > room:
            ways = [f"window of {room} or less", f"padding {-(-(size - min(height, width)) // 2)}"]
            raise LayerError(f"window {size}x{size} is larger than its input {height}x{width}; use {either(ways)}.")
        return (channels, self.sliding.count(height), self.sliding.count(width))

    def shape_text(self, shape: Shape) -> str:
        """The channels stay, height and width by where the window fits."""
        return f"{counted(shape[0], 'map')} as before; {sides_text(self.sliding, shape)}"

    def look(self, length: int) -> Look:
        """At its windows."""
        return Look.sliding(self.sliding, length)

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """Its own map, through a sliding window."""
        del weights
        return slid_unit(np.array([[0, unit]]), self.window_weight(), 0.0, self.sliding, shape)

    def options(self) -> dict[str, int]:
        """What torch is told of it beside the window."""
        return {"stride": self.stride} | ({"padding": self.padding} if self.padding else {})

    def options_text(self) -> str:
        """The same as it is written."""
        return ", ".join(f"{name}={value}" for name, value in self.options().items())

    @abstractmethod
    def window_weight(self) -> Values | None:
        """The weight of every value in the window (1, kh, kw), or None where the largest wins."""
