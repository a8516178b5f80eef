"""Whole networks drawn at random, from what every layer declares: as an editor may be left by a person."""

from typing import Any

from hypothesis import strategies as st

from cnnviz.layers import LAYERS
from cnnviz.networks import draft
from tests.layers.drawn import layers

MOST = 8  # for whole numbers, so that a network is small
COMMON = ("convolution", "relu", "max_pooling", "flatten", "fully_connected")


@st.composite
def records(draw: st.DrawFn, most: int = 7) -> dict[str, Any]:
    """A record of a network, most of them wrong somewhere."""
    kinds = st.one_of(st.sampled_from(COMMON), st.sampled_from(list(LAYERS)))
    count = draw(st.integers(1, most))
    entries = []
    for number in range(count):
        kind = draw(kinds)
        one = draw(layers(LAYERS[kind], MOST))
        entries.append({"name": f"layer{number}", "kind": kind, **one.to_record()})
    shape = [draw(st.integers(1, 4)), draw(st.integers(1, 16)), draw(st.integers(1, 16))]
    return {"name": "drawn", "input_shape": shape, "layers": entries}


@st.composite
def working_records(draw: st.DrawFn, most: int = 7) -> dict[str, Any]:
    """A record of a network that works: what was wrong with a drawn one is left out, and it ends in values."""
    record = draw(records(most))
    while (drafted := draft({**record, "layers": [*record["layers"], *_END]})).problems:
        wrong = next(number for number, one in enumerate(drafted.layers) if one.problem)
        wrong = min(wrong, len(record["layers"]) - 1)
        record["layers"] = [one for number, one in enumerate(record["layers"]) if number != wrong]
    return {**record, "layers": [*record["layers"], *_END]}


_END = (
    {"name": "flatten1", "kind": "flatten"},
    {"name": "fc1", "kind": "fully_connected", "out_features": 3},
)
