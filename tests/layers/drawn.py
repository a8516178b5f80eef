"""Layers and inputs drawn from what a layer declares of itself, so that a new one is drawn from as well."""

from typing import Any

import torch
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from cnnviz.layers import Layer, Shape
from cnnviz.settings import Setting

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
    """Any layer of this kind, its whole numbers `most` at the highest."""
    declared = member.declared().items()
    return st.builds(member, **{name: _values(one, getattr(member(), name), most) for name, one in declared})


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
    """Any layer of this kind and an input it takes."""
    layer, shape = draw(layers(member, most)), draw(shapes)
    assume(accepts(layer, shape))
    return layer, shape


def some_input(member: type[Layer]) -> Shape:
    """An input that the layer takes as it is by default, not square where it has height and width."""
    return next(shape for shape in ((3, 6, 7), (3, 12, 14), (3, 40, 44), (5,), (1, 8, 8)) if accepts(member(), shape))


def apart(*shape: int, seed: int = 0) -> torch.Tensor:
    """Float64 values of both signs, no two alike and none near 0, so that no maximum and no kink is close to a tie."""
    count = int(torch.Size(shape).numel())
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed)).double()
    return ((order - count // 2 + 0.3) * (4 / count)).reshape(shape)
