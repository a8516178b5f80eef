"""What a layer costs and what it sees: each a number, and the arithmetic that gives it. Nothing here knows torch."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.layers.cell import Shape
from cnnviz.layers.sliding import Places, Sliding

if TYPE_CHECKING:
    from cnnviz.layers.base import Layer, Node

BYTES = 4  # of a number, float32


@dataclass(frozen=True)
class Figure:
    """A number, and how it is worked out.

    Attributes:
        value: The number.
        text: The arithmetic: `16 filters × (3 × 3 × 3 weights + 1 bias) = 448`.
    """

    value: int
    text: str


@dataclass(frozen=True)
class Field:
    """The receptive field: how much of the image one output value sees at the most.

    Attributes:
        rows: Of the image, from the first that is seen to the last.
        columns: Likewise.
        jump: How many pixels of the image lie between what neighbours see; of rows.
        text: The arithmetic.
    """

    rows: int
    columns: int
    jump: float
    text: str


@dataclass(frozen=True)
class Account:
    """What a layer, or a network, gives, costs and sees, for one image.

    Attributes:
        shape: What it gives.
        shape_text: How that is worked out.
        parameters: The numbers that are learned.
        multiply_adds: Products that are summed.
        activation_bytes: Memory of what it gives, and of what its parts give, in float32.
        weight_bytes: Memory of what is learned and kept, in float32.
        field: The receptive field of what it gives.
    """

    shape: Shape
    shape_text: str
    parameters: Figure
    multiply_adds: Figure
    activation_bytes: Figure
    weight_bytes: Figure
    field: Field


@dataclass(frozen=True, eq=False)
class Look:
    """How the outputs along one side look at the inputs.

    Attributes:
        places: (n, k): the inputs that each output is made from, -1 for none.
        extent: From the first to the last of a window; 0 where it is all there is.
        stride: Inputs from one output to the next.
    """

    places: Places
    extent: int = 1
    stride: Fraction = Fraction(1)

    @classmethod
    def straight(cls, length: int) -> "Look":
        """Each at the one at its place."""
        return cls(np.arange(length)[:, None])

    @classmethod
    def whole(cls, length: int) -> "Look":
        """One output at all there is."""
        return cls(np.arange(length)[None, :], extent=0)

    @classmethod
    def sliding(cls, sliding: Sliding, length: int) -> "Look":
        """Each at its window."""
        return cls(sliding.places(length), sliding.extent, Fraction(sliding.stride))


@dataclass(frozen=True, eq=False)
class Side:
    """What the values along one side of a map see of the image's rows, or columns.

    Attributes:
        first: (n,): the first row that each sees; beyond the last where it sees none.
        last: (n,): the last row, likewise -1.
        size: How many each sees by the formula, where the image does not end before.
        jump: Rows of the image from one value to the next.
    """

    first: Places
    last: Places
    size: Fraction = Fraction(1)
    jump: Fraction = Fraction(1)

    @classmethod
    def of_image(cls, length: int) -> "Side":
        """Every pixel sees itself."""
        return cls(np.arange(length), np.arange(length))

    @property
    def most(self) -> int:
        """How many rows the value sees that sees most."""
        return max(0, int((self.last - self.first).max()) + 1)

    def through(self, look: Look) -> "Side":
        """What the outputs see that look at these."""
        is_there, nothing = look.places >= 0, np.iinfo(np.int64).max
        first = np.where(is_there, self.first[look.places], nothing).min(axis=1)
        last = np.where(is_there, self.last[look.places], -1).max(axis=1)
        if not look.extent:
            return Side(first, last, Fraction(max(0, int(last[0] - first[0]) + 1)), self.jump)
        return Side(first, last, self.size + (look.extent - 1) * self.jump, self.jump * look.stride)

    def joined(self, other: "Side") -> "Side":
        """What both see together."""
        first, last = np.minimum(self.first, other.first), np.maximum(self.last, other.last)
        return Side(first, last, max(self.size, other.size), max(self.jump, other.jump))


Sees = tuple[Side, Side]  # rows, columns


def sees_image(shape: Shape) -> Sees:
    """What the pixels of an image (C, H, W) see: themselves. The values of a row (F,) are of one pixel."""
    height, width = shape[1:] or (1, 1)
    return Side.of_image(height), Side.of_image(width)


def account_of(layer: "Layer", shape: Shape, sees: Sees) -> tuple[Account, Sees]:
    """The account of a layer, and what is seen after it.

    Args:
        layer: The layer.
        shape: What it is given.
        sees: What is seen before it.

    Raises:
        LayerError: If it cannot work on that.
    """
    nodes = layer.nodes("it", "input", shape)
    known = {"input": sees}
    for node in nodes:
        known[node.name] = _after(node, [known[one] for one in node.inputs])
    last = nodes[-1]
    after = known[last.name]
    is_one = len(nodes) == 1
    texts = [
        _field_text(before, then, last.layer.look(len(before.first)) if is_one else None)
        for before, then in zip(sees, after, strict=True)
    ]
    text = texts[0] if texts[0] == texts[1] else f"rows: {texts[0]}; columns: {texts[1]}"
    field = Field(after[0].most, after[1].most, float(after[0].jump), text)
    account = Account(
        shape=last.shape,
        shape_text=layer.shape_text(shape),
        parameters=_summed(nodes, lambda node: node.layer.parameters(node.input_shape)),
        multiply_adds=_summed(nodes, lambda node: node.layer.multiply_adds(node.input_shape)),
        activation_bytes=_summed(nodes, _activation_bytes),
        weight_bytes=_summed(nodes, _weight_bytes),
        field=field,
    )
    return account, after


def total(accounts: "dict[str, Account]") -> Account:
    """The account of a network by those of its layers, in order."""
    last = list(accounts.values())[-1]

    def of(which: Callable[[Account], Figure]) -> Figure:
        return added({name: which(one) for name, one in accounts.items()})

    return Account(
        shape=last.shape,
        shape_text=last.shape_text,
        parameters=of(lambda one: one.parameters),
        multiply_adds=of(lambda one: one.multiply_adds),
        activation_bytes=of(lambda one: one.activation_bytes),
        weight_bytes=of(lambda one: one.weight_bytes),
        field=last.field,
    )


def added(figures: dict[str, Figure]) -> Figure:
    """The sum of several, each under its name; what adds nothing is left out."""
    parts = {name: one for name, one in figures.items() if one.value}
    if len(parts) < 2:
        return next(iter(parts.values()), next(iter(figures.values())))
    value = sum(one.value for one in parts.values())
    return Figure(value, f"{' + '.join(f'{name} {one.value:,}' for name, one in parts.items())} = {value:,}")


def product(*factors: int, what: str = "") -> Figure:
    """A product of numbers: `64 × 10 = 640`."""
    value = math.prod(factors)
    return Figure(value, f"{' × '.join(f'{one:,}' for one in factors)}{what} = {value:,}")


def _after(node: "Node", given: list[Sees]) -> Sees:
    rows, columns = given[0]
    for other in given[1:]:
        rows, columns = rows.joined(other[0]), columns.joined(other[1])
    return rows.through(node.layer.look(len(rows.first))), columns.through(node.layer.look(len(columns.first)))


def _summed(nodes: "Sequence[Node]", figure: "Callable[[Node], Figure]") -> Figure:
    return added({_short(node): figure(node) for node in nodes})


def _short(node: "Node") -> str:
    return node.name.rpartition(".")[2]


def _activation_bytes(node: "Node") -> Figure:
    if not node.layer.makes_values:
        return Figure(0, "the same numbers in another order, without memory of their own")
    return product(*node.shape, BYTES, what=" bytes")


def _weight_bytes(node: "Node") -> Figure:
    learned, kept = node.layer.parameters(node.input_shape).value, node.layer.kept(node.input_shape)
    if not learned + kept:
        return Figure(0, "nothing to keep")
    count = f"({learned:,} learned + {kept:,} running figures)" if kept else f"{learned:,}"
    return Figure((learned + kept) * BYTES, f"{count} × {BYTES} bytes = {(learned + kept) * BYTES:,}")


def _field_text(before: Side, after: Side, look: Look | None) -> str:
    """The arithmetic of one side; of several nodes, where there is no one look, what they add."""
    if look is None:
        grown = after.size - before.size
        text = f"{_plain(before.size)} + {_plain(grown)} on the widest way through it = {_plain(after.size)}"
    elif not look.extent:
        return f"all places together: {after.most}"
    elif look.extent == 1:
        text = f"as before it: {_plain(after.size)}"
    else:
        text = f"{_plain(before.size)} + ({look.extent} − 1) × {_plain(before.jump)} = {_plain(after.size)}"
    text += _cut(after)
    return text if after.jump == before.jump else f"{text}; neighbours lie {_plain(after.jump)} apart"


def _cut(side: Side) -> str:
    """What the image itself makes of the formula."""
    if side.most == side.size:
        return ""
    if side.size.denominator > 1:
        return f", so up to {side.most}"
    if side.most > side.size:
        return f", and with the other edge {side.most}"
    return f", of which the image has {side.most}"


def _plain(number: Fraction) -> str:
    return f"{float(number):.4g}" if number.denominator > 1 else f"{number.numerator:,}"
