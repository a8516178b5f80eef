"""How one value of a layer's output is made: one record for every kind of layer, in plain arrays and numbers.

A `Unit` is one output map, or one value of a flat output: which input maps feed it, where its window stands, and the
weights. A `Cell` is one value of that map, with the numbers that are in the window for one image.

The rule for all kinds of layer: a cell's value is `function(sum of patch * weight + bias)`. Where a layer chooses by
its input, the choice becomes the weight: max pooling weighs the winner 1 and the rest 0, ReLU weighs 1 or 0, leaky
ReLU 1 or its slope. So a cell's function is "identity", "sigmoid", "tanh", "elu" or "gelu", and no other.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import LayerError
from cnnviz.layers.sliding import Beyond, Places, Sliding, seen_places

Values = NDArray[np.float32]
Shape = tuple[int, ...]  # (C, H, W), or (F,) once flat
Function = Literal["identity", "relu", "leaky_relu", "sigmoid", "tanh", "elu", "gelu"]


@dataclass(frozen=True, eq=False)
class Cell:
    """One value of an output map and everything it is made of.

    Attributes:
        patch: (n, kh, kw) float32, the numbers in the window, one plane for each source of the unit; beyond the edge
            what the unit says is there, minus infinity where that is nothing.
        weight: (n, kh, kw) float32, what each is multiplied by.
        bias: What is added to the sum of the products.
        function: What is done to that: "identity", "sigmoid", "tanh", "elu" or "gelu".
        top: The window's first row in the input; negative where it begins in the padding.
        left: The window's first column, likewise.
        slope: How far below 0 "elu" can go.
    """

    patch: Values
    weight: Values
    bias: float
    function: Function
    top: int
    left: int
    slope: float = 0.0

    @property
    def products(self) -> NDArray[np.float64]:
        """(n, kh, kw), value times weight; 0 where the weight is 0, whatever the value: it was not chosen."""
        return np.multiply(self.patch, self.weight, out=np.zeros(self.patch.shape), where=self.weight != 0)

    @property
    def sum(self) -> float:
        """The sum of the products and the bias, before the function."""
        return float(self.products.sum()) + self.bias

    @property
    def value(self) -> float:
        """What the layer gives here."""
        if self.function == "elu":
            return self.sum if self.sum > 0 else self.slope * math.expm1(self.sum)
        return _APPLIED[self.function](self.sum)


@dataclass(frozen=True, eq=False)
class Unit:
    """How one output map, or one value of a flat output, is made from the layer's inputs.

    Attributes:
        sources: (n, 2) int, (number of the input, channel) of each map that feeds it. A flat input (F,) counts as F
            maps of 1x1.
        window: (kh, kw) of the window.
        weight: (n, kh, kw) float32, or None where the largest value of the window wins (max pooling).
        bias: What is added to the sum of the products.
        rows: (H_out,) int, the window's first row for every output row; with padding it may be negative, or so large
            that the window reaches beyond the input. A flat output has one row and one column.
        columns: (W_out,) int, likewise.
        function: What is done to the sum.
        slope: What "relu" and "leaky_relu" multiply by where the input is not above 0; how far below 0 "elu" can go.
        origin: The learned numbers that weight and bias were worked out from, by name; empty where they are themselves
            learned, or fixed.
        dilation: How far apart the values of a window lie.
        beyond: What a window finds beyond the edge: "zeros", "nothing", which never wins, or the map's own values,
            mirrored at the outermost row ("reflect"), that row again ("replicate"), the other side ("circular").
    """

    sources: NDArray[np.int64]
    window: tuple[int, int]
    weight: Values | None
    bias: float
    rows: Places
    columns: Places
    function: Function = "identity"
    slope: float = 0.0
    origin: Mapping[str, float] = field(default_factory=dict)
    dilation: int = 1
    beyond: Beyond = "zeros"

    def cell(self, inputs: Sequence[Values], row: int = 0, column: int = 0) -> Cell:
        """The cell at an output row and column, for what the layer is given: (C, H, W) or (F,) an input.

        Raises:
            LayerError: If there is no such row or column.
        """
        for what, place, places in (("row", row, self.rows), ("column", column, self.columns)):
            if not 0 <= place < len(places):
                raise LayerError(f"There is no {what} {place}; choose from 0 to {len(places) - 1}.")
        top, left = int(self.rows[row]), int(self.columns[column])
        patch = self._patch(inputs, row, column)
        function = _LEFT_OVER.get(self.function, self.function)
        return Cell(patch, self._weight_for(patch), self.bias, function, top, left, self.slope)

    def seen(self, axis: int, length: int) -> Places:
        """(H_out, kh), or of columns (W_out, kw): the row of the input at every place of every window, or -1 beyond it.

        Args:
            axis: 0 for rows, 1 for columns.
            length: How many the input has.
        """
        starts = (self.rows, self.columns)[axis]
        return seen_places(starts, self.window[axis], length, dilation=self.dilation, beyond=self.beyond)

    def header(self) -> dict[str, Any]:
        """What of it is no array, as plain values for JSON."""
        plain = {"window": self.window, "bias": self.bias, "function": self.function, "slope": self.slope}
        return plain | {"dilation": self.dilation, "beyond": self.beyond, "origin": dict(self.origin)}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Its arrays by name, whole numbers as int32; no "weight" where the largest value wins."""
        places = {"sources": self.sources, "rows": self.rows, "columns": self.columns}
        whole: dict[str, NDArray[Any]] = {name: values.astype(np.int32) for name, values in places.items()}
        return whole if self.weight is None else {**whole, "weight": self.weight}

    def _patch(self, inputs: Sequence[Values], row: int, column: int) -> Values:
        nothing = -np.inf if self.beyond == "nothing" else 0.0
        patch = np.full((len(self.sources), *self.window), nothing, np.float32)
        for number, values in enumerate(inputs):
            maps = values.reshape(-1, 1, 1) if values.ndim == 1 else values
            down, across = self.seen(0, maps.shape[1])[row], self.seen(1, maps.shape[2])[column]
            fed = self.sources[:, 0] == number
            seen = maps[self.sources[fed, 1][:, None, None], down[:, None], across]
            patch[fed] = np.where((down[:, None] >= 0) & (across >= 0), seen, patch[fed])
        return patch

    def _weight_for(self, patch: Values) -> Values:
        if self.weight is None:
            winner = np.zeros(patch.shape, np.float32)
            winner.flat[np.argmax(patch)] = 1  # the first of equals, row by row, as in torch
            return winner
        if self.function in _LEFT_OVER:
            return np.where(patch <= 0, self.slope, 1).astype(np.float32)  # what is not a number passes through
        return self.weight


def same_place(
    unit: int,
    shape: Shape,
    *,
    weight: float = 1.0,
    bias: float = 0.0,
    function: Function = "identity",
    slope: float = 0.0,
) -> Unit:
    """The unit of a layer that works value by value: each is made from the one at its place."""
    rows, columns = (np.arange(length) for length in (shape[1:] or (1, 1)))
    times = np.full((1, 1, 1), weight, np.float32)
    return Unit(np.array([[0, unit]]), (1, 1), times, bias, rows, columns, function, slope)


def slid_unit(sources: NDArray[np.int64], weight: Values | None, bias: float, sliding: Sliding, shape: Shape) -> Unit:
    """The unit of a layer that slides one square window over maps (C, H, W)."""
    rows, columns = (sliding.starts(length) for length in shape[1:])
    size = (sliding.window, sliding.window)
    return Unit(sources, size, weight, bias, rows, columns, dilation=sliding.dilation, beyond=sliding.beyond)


def one_place() -> Places:
    """The rows, or columns, of a flat output whose window begins at the input's corner."""
    return np.zeros(1, np.int64)


def _sigmoid(value: float) -> float:
    power = math.exp(-abs(value))  # never overflows
    return (1 if value >= 0 else power) / (1 + power)


def _gelu(value: float) -> float:
    return value * (1 + math.erf(value / math.sqrt(2))) / 2


_LEFT_OVER: dict[Function, Function] = {
    "relu": "identity",
    "leaky_relu": "identity",
}  # once the weight holds the choice
_APPLIED: dict[Function, Callable[[float], float]] = {
    "identity": float,
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "gelu": _gelu,
}
