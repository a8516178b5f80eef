"""Convolution: every output value is the sum of a window times a filter, plus a bias."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnviz.errors import LayerError, SettingError, counted
from cnnviz.layers.account import Figure, Look
from cnnviz.layers.base import Layer, either, maps_of, sides_text
from cnnviz.layers.cell import Shape, Unit, Values, slid_unit
from cnnviz.layers.made import Made
from cnnviz.layers.sliding import Sliding
from cnnviz.settings import setting

Ways = dict[str, dict[str, Any]]  # what would do, in words, and the settings that it means
Problem = tuple[str, Ways]


@dataclass(frozen=True)
class Convolution(Layer):
    """Slides `out_channels` filters of kernel_size x kernel_size over the input (as torch: a cross-correlation)."""

    kind = "convolution"
    prefix = "conv"
    title = "Convolution"
    about = (
        "Slides small filters over the maps; each gives a map of where its pattern is found. The same weights serve at "
        "every place, so that a pattern is known wherever it lies."
    )

    out_channels: int = setting(16, "Filters", "How many filters, and so how many feature maps.", low=1, high=512)
    kernel_size: int = setting(3, "Kernel size", "Height and width of a filter.", low=1, high=11)
    stride: int = setting(1, "Stride", "How far the window moves.", low=1, high=8)
    padding: int = setting(0, "Padding", "Rows and columns around the input.", low=0, high=5, only={"same": (False,)})
    same: bool = setting(
        False, "Same size", "Pads as much as keeps height and width, in place of a number; with stride 1."
    )
    padding_mode: str = setting(
        "zeros",
        "Kind of padding",
        "What lies in the padding: zeros, the map mirrored, its outermost row again, or its other side.",
        options=("zeros", "reflect", "replicate", "circular"),
        names={"zeros": "Zeros", "reflect": "Mirrored", "replicate": "Edge repeated", "circular": "Other side"},
        is_advanced=True,
    )
    dilation: int = setting(
        1,
        "Dilation",
        "How far apart the values of a window lie; 1: side by side.",
        low=1,
        high=8,
        is_advanced=True,
    )
    groups: int = setting(
        1,
        "Groups",
        "Filters and maps in so many groups, each by itself; as many as maps: one map a filter.",
        low=1,
        high=512,
        is_advanced=True,
    )
    bias: bool = setting(
        True, "Bias", "Whether each filter adds a number of its own; of no use before batch norm.", is_advanced=True
    )

    @property
    def sliding(self) -> Sliding:
        """Its window."""
        before, after = self._pads
        mode: Any = self.padding_mode
        return Sliding(self.kernel_size, self.stride, before, after, self.dilation, mode)

    @property
    def _pads(self) -> tuple[int, int]:
        """Rows before the first and after the last; of an odd number torch puts one more after."""
        around = self.dilation * (self.kernel_size - 1)
        return (around // 2, around - around // 2) if self.same else (self.padding, self.padding)

    def output_shape(self, shape: Shape) -> Shape:
        """(out_channels, H', W')."""
        maps_of(shape, "kernel")
        problem = next(self._problems(shape), None)
        if problem:
            wrong, ways = problem
            raise LayerError(f"{wrong}; use {either(self._remedies(ways, shape))}.")
        return (self.out_channels, *(self.sliding.count(length) for length in shape[1:]))

    def _problems(self, shape: Shape) -> Iterator[Problem]:
        """What is wrong, first things first, and what may mend it."""
        least, size = min(shape[1:]), "x".join(map(str, shape[1:]))
        if self.same and self.stride > 1:
            number = {"same": False, "padding": self.kernel_size // 2}
            wrong = f"same size with stride {self.stride} is not possible in PyTorch, whatever its input {size}"
            yield wrong, {"stride 1": {"stride": 1}, "padding in numbers": number}
        most = math.gcd(shape[0], self.out_channels)
        if most % self.groups:
            divisors = [one for one in range(1, most + 1) if most % one == 0]
            both = (
                f"the {counted(shape[0], 'channel')} of its input {size} and the {counted(self.out_channels, 'filter')}"
            )
            wrong = f"groups {self.groups} does not divide both {both}"
            yield wrong, {f"groups {one}": {"groups": one} for one in divisors}
        yield from self._beyond_the_map(least, size)
        yield from self._too_large(least, size)

    def _beyond_the_map(self, least: int, size: str) -> Iterator[Problem]:
        """Where there is more padding than the map has rows to fill it with."""
        most = {"reflect": least - 1, "circular": least}.get(self.padding_mode, max(self._pads))
        if max(self._pads) > most:
            kernel = 2 * most // self.dilation + 1
            wrong = f"padding_mode {self.padding_mode} with padding {max(self._pads)} needs more than its input {size}"
            ways: Ways = {f"kernel of {kernel} or less": {"kernel_size": kernel}}
            ways |= {f"padding of {most} or less": {"padding": most}, "padding_mode zeros": {"padding_mode": "zeros"}}
            yield wrong, ways

    def _too_large(self, least: int, size: str) -> Iterator[Problem]:
        """Where the window is larger than the padded input."""
        extent, room = self.sliding.extent, least + sum(self._pads)
        if extent > room:
            kernel, padding = (room - 1) // self.dilation + 1, -(-(extent - least) // 2)
            dilation = (room - 1) // (self.kernel_size - 1)
            ways: Ways = {f"kernel of {kernel} or less": {"kernel_size": kernel}}
            ways |= {f"dilation of {dilation} or less": {"dilation": dilation}} if self.dilation > 1 else {}
            ways |= {f"padding {padding}": {"padding": padding}}
            reach = f" with dilation {self.dilation} reaches over {extent}x{extent} and" if self.dilation > 1 else ""
            yield f"kernel {self.kernel_size}x{self.kernel_size}{reach} is larger than its input {size}", ways

    def _remedies(self, ways: Ways, shape: Shape) -> list[str]:
        """Which of these ways mend all, or where none does this first problem, by trying them."""
        left: dict[str, str] = {}
        for words, change in ways.items():
            with suppress(SettingError):  # out of range
                other = next(replace(self, **change)._problems(shape), ("", {}))
                left[words] = other[0].partition(" ")[0]
        first = next(self._problems(shape))[0].partition(" ")[0]
        mending = [words for words, problem in left.items() if not problem]
        return mending or [words for words, problem in left.items() if problem != first]

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.Conv2d`."""
        options = {
            "stride": (self.stride, 1),
            "padding": ("same" if self.same else self.padding, 0),
            "dilation": (self.dilation, 1),
            "groups": (self.groups, 1),
            "bias": (self.bias, True),
            "padding_mode": (self.padding_mode, "zeros"),
        }
        told = {name: value for name, (value, usual) in options.items() if value != usual}
        return (Made("Conv2d", (shape[0], self.out_channels, self.kernel_size), told),)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.conv2d`; other padding than zeros is put around the input before."""
        given, padding = inputs[0], repr("same") if self.same else str(self.padding)
        if self.padding_mode != "zeros":
            around = self._pads * 2
            given, padding = f"F.pad({given}, {around}, mode={self.padding_mode!r})", "0"
        bias = f"{module}.bias" if self.bias else "None"
        more = f", dilation={self.dilation}" * (self.dilation > 1) + f", groups={self.groups}" * (self.groups > 1)
        return f"F.conv2d({given}, {module}.weight, {bias}, stride={self.stride}, padding={padding}{more})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """All maps of its group that come in, through a sliding window."""
        count = shape[0] // self.groups
        first = unit // (self.out_channels // self.groups) * count
        sources = np.array([(0, channel) for channel in range(first, first + count)])
        bias = float(weights["bias"][unit]) if self.bias else 0.0
        return slid_unit(sources, weights["weight"][unit], bias, self.sliding, shape)

    def filters(self, weights: Mapping[str, Values]) -> Values:
        """Its weight (out_channels, C_in / groups, kernel_size, kernel_size)."""
        return weights["weight"]

    def shape_text(self, shape: Shape) -> str:
        """A map a filter, height and width by where the window fits."""
        return f"{counted(self.out_channels, 'filter')}, a map each; {sides_text(self.sliding, shape)}"

    def parameters(self, shape: Shape) -> Figure:
        """The filters, and a bias each."""
        each = self._products(shape)
        value = self.out_channels * (math.prod(each) + self.bias)
        bias = " + 1 bias" if self.bias else ""
        return Figure(
            value, f"{counted(self.out_channels, 'filter')} × ({self._weights_text(shape)}{bias}) = {value:,}"
        )

    def multiply_adds(self, shape: Shape) -> Figure:
        """The weights of a filter, at every place of every map."""
        value = math.prod(self.output_shape(shape)) * math.prod(self._products(shape))
        _, height, width = self.output_shape(shape)
        places = f"{counted(self.out_channels, 'map')} × {height} × {width} places"
        return Figure(value, f"{places} × {self._weights_text(shape)} = {value:,}")

    def look(self, length: int) -> Look:
        """At its windows."""
        return Look.sliding(self.sliding, length)

    def _products(self, shape: Shape) -> tuple[int, int, int]:
        return shape[0] // self.groups, self.kernel_size, self.kernel_size

    def _weights_text(self, shape: Shape) -> str:
        return f"{' × '.join(map(str, self._products(shape)))} weights"
