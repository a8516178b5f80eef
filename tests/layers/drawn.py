"""Layers and inputs drawn from what a layer declares of itself, so that a new one is drawn from as well."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from cnnviz.layers import Flatten, Layer, Shape
from cnnviz.settings import Setting

ROUNDS = 4  # a layer may have several things wrong with it, told one after another
# The same draws every time: what fails here fails everywhere.
quick = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
shapes: st.SearchStrategy[Shape] = st.one_of(
    st.tuples(st.integers(1, 4), st.integers(1, 14), st.integers(1, 14)), st.tuples(st.integers(1, 40))
)


def _values(declared: Setting, default: Any, most: int | None) -> st.SearchStrategy[Any]:
    if declared.options:
        return st.sampled_from(declared.options)
    if isinstance(default, bool):
        return st.booleans()
    if isinstance(default, int):
        low = int(declared.low) if declared.low is not None else None
        highest = [int(bound) for bound in (declared.high, most) if bound is not None]
        return st.integers(low, max(low or 0, min(highest)) if highest else None)
    return st.floats(declared.low, declared.high, allow_nan=False, allow_infinity=False)


def layers(member: type[Layer], most: int | None = None) -> st.SearchStrategy[Layer]:
    """Any layer of this kind, its whole numbers `most` at the highest; what has no use keeps its default."""
    declared = member.declared()

    def made(**values: Any) -> Layer:
        return member(**{name: value for name, value in values.items() if declared[name].belongs_to(values)})

    return st.builds(made, **{name: _values(one, getattr(member(), name), most) for name, one in declared.items()})


def refusal(layer: Layer, shape: Shape) -> str | None:
    """The sentence in which the layer refuses an input, or None where it takes it."""
    try:
        layer.output_shape(shape)
    except LayerError as error:
        return str(error)
    return None


def accepts(layer: Layer, shape: Shape) -> bool:
    return refusal(layer, shape) is None


@st.composite
def working(draw: st.DrawFn, member: type[Layer], most: int | None = None) -> tuple[Layer, Shape]:
    """Any layer of this kind and an input it takes, mended as it says where it refused: few numbers fit by chance."""
    layer, shape = draw(layers(member, most)), draw(shapes)
    for _ in range(ROUNDS):
        sentence = refusal(layer, shape)
        if not sentence:
            return layer, shape
        layer, shape = draw(st.sampled_from(list(remedied(sentence, layer, shape))))
    return assume(False)


def remedied(sentence: str, one: Layer, shape: Shape) -> Iterator[tuple[Layer, Shape]]:
    """The layer and input after each remedy that the sentence names: `use kernel of 3 or less or padding 1`."""
    _, _, remedies = sentence.partition(";")
    subject = sentence.split(maxsplit=1)[0]  # what is wrong comes first, and a remedy may leave it out
    if re.search(r"put flatten before it", remedies):
        yield one, Flatten().output_shape(shape)
    if re.search(r"put it before flatten", remedies):
        yield type(one)(), some_input(type(one))  # whatever it takes there
    if re.search(r"padding in numbers", remedies):
        yield one.changed(same=False), shape
    if mode := re.search(r"padding_mode (\w+)", remedies):
        yield replace(one, padding_mode=mode[1]), shape
    for word, number in re.findall(r"(?:([a-z]+) (?:of )?|use )(\d+)", remedies):
        yield replace(one, **{setting_of(one, word if word not in ("", "use") else subject): int(number)}), shape


def setting_of(one: Layer, word: str) -> str:
    """The setting that a word of a sentence means, by its name or its label."""
    for name, declared in one.declared().items():
        if name.split("_")[0] == word or declared.label.lower().split()[0] == word:
            return name
    raise AssertionError(f"{type(one).__name__} has no setting {word!r}")


def some_input(member: type[Layer]) -> Shape:
    """An input that the layer takes as it is by default, not square where it has height and width."""
    return next(shape for shape in ((3, 6, 7), (3, 12, 14), (3, 40, 44), (5,), (1, 8, 8)) if accepts(member(), shape))


def apart(*shape: int, seed: int = 0) -> torch.Tensor:
    """Float64 values of both signs, no two alike and none near 0, so that no maximum and no kink is close to a tie."""
    count = int(torch.Size(shape).numel())
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed)).double()
    return ((order - count // 2 + 0.3) * (4 / count)).reshape(shape)
