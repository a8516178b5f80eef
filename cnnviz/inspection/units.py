"""One map opened: what feeds it, how its numbers are made, and what they are for one image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers import Cell, Node, Unit
from cnnviz.networks import NetworkSpec

Values = NDArray[np.float32]
_CHOOSES = {"relu", "leaky_relu"}  # their weight is told by the value


@dataclass(frozen=True, eq=False)
class OpenedUnit:
    """A unit of a network, with the numbers of one image.

    Attributes:
        node: The operation that it is a map, or a value, of.
        number: Which of them.
        unit: How its values are made.
        values: (n, H, W) float32, the input maps that feed it, in the order of the unit's sources; (n, 1, 1) where
            the input is flat.
        output: (H', W') float32, what PyTorch gave; (1, 1) where the output is flat.
        after: The activation that its output goes into, that one's unit, and its output; None where another follows.
        scales: The largest magnitudes of all maps of the inputs, of the output, and of the layer's weights, by "input",
            "output" and "weight": what colours are measured by.
    """

    node: Node
    number: int
    unit: Unit
    values: Values
    output: Values
    after: tuple[Node, Unit, Values] | None
    scales: dict[str, float]

    def results(self) -> Values:
        """(n, H', W') float32, what each input map adds: the products of its windows, summed."""
        weight, (high, wide) = self.unit.weight, self.unit.window
        if weight is None or self.unit.function in _CHOOSES:
            return self.output[None]  # of one input, the value chosen
        rows, columns = (self.unit.seen(axis, length) for axis, length in enumerate(self.values.shape[1:]))
        padded = np.pad(self.values.astype(np.float64), ((0, 0), (0, 1), (0, 1)))  # the place -1, which is none, is 0
        total = np.zeros((len(self.values), len(rows), len(columns)))
        for y in range(high):
            for x in range(wide):
                seen = padded[:, rows[:, y, None], columns[:, x]]
                total += weight[:, y, x, None, None] * seen
        return total.astype(np.float32)

    def cell(self, row: int, column: int) -> Cell:
        """One value of it, with the numbers in its window.

        Raises:
            LayerError: If there is no such row or column.
        """
        own = replace(self.unit, sources=np.array([(0, place) for place in range(len(self.values))]))
        return own.cell([self.values], row, column)


def open_unit(
    spec: NetworkSpec, weights: Mapping[str, Values], activations: Mapping[str, Values], name: str, number: int
) -> OpenedUnit:
    """Open a unit.

    Args:
        spec: The network.
        weights: Its parameters and buffers, by torch's names.
        activations: What its nodes gave for the image, with the image as "input".
        name: The node's name.
        number: Which of its maps or values.

    Raises:
        LayerError: If there is no such node, or it has no such unit.
    """
    node = spec.node(name)
    unit = node.unit(weights, number)
    inputs = [_as_maps(activations[source]) for source in node.inputs]
    own = node.own(weights).get("weight")
    return OpenedUnit(
        node=node,
        number=number,
        unit=unit,
        values=np.stack([inputs[source][channel] for source, channel in unit.sources]),
        output=_as_maps(activations[name])[number],
        after=_activation_after(spec.nodes(), node, weights, activations, number),
        scales={
            "input": max(_largest(maps) for maps in inputs),
            "output": _largest(activations[name]),
            "weight": _largest(own if own is not None else unit.weight),
        },
    )


def _activation_after(
    nodes: Sequence[Node], node: Node, weights: Mapping[str, Values], activations: Mapping[str, Values], number: int
) -> tuple[Node, Unit, Values] | None:
    """What bends the output of a node, if nothing else follows."""
    followers = [other for other in nodes if node.name in other.inputs]
    if len(followers) != 1 or followers[0].inputs != (node.name,):
        return None
    unit = followers[0].unit(weights, number) if followers[0].shape == node.shape else None
    if unit is None or unit.function == "identity":
        return None
    return followers[0], unit, _as_maps(activations[followers[0].name])[number]


def _as_maps(values: Values) -> Values:
    """(C, H, W); a flat (F,) as F maps of 1x1."""
    return values if values.ndim == 3 else values[:, None, None]


def _largest(values: Values | None) -> float:
    if values is None:
        return 1.0
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
