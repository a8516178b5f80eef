"""What mends a layer: each way was tried, and does."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.layers import LAYERS
from cnnviz.networks import NETWORKS, NetworkSpec, draft
from cnnviz.networks.mending import free_name, mends

Entry = dict[str, Any]
FLATTEN: Entry = {"name": "flatten1", "kind": "flatten"}
LAST: Entry = {"name": "fc1", "kind": "fully_connected"}


def network(*layers: Entry, shape: tuple[int, ...] = (3, 8, 8)) -> dict[str, Any]:
    return {"name": "mine", "input_shape": list(shape), "layers": list(layers)}


def convolution(**changes: Any) -> Entry:
    return {"name": "conv1", "kind": "convolution", **changes}


@pytest.mark.parametrize(
    ("layers", "number", "offered"),
    [
        ([convolution(), LAST], 2, "Put flatten before it"),
        ([FLATTEN, convolution(), LAST], 2, "Move it before flatten1"),
        ([convolution(kernel_size=11), FLATTEN, LAST], 1, "Kernel size 8"),
        ([convolution(kernel_size=11), FLATTEN, LAST], 1, "Padding 2"),
        ([convolution(kernel_size=11), FLATTEN, LAST], 1, "Same size on"),
        ([convolution(kernel_size="abc"), FLATTEN, LAST], 1, "Kernel size 3"),
        ([convolution(out_channels=9000), FLATTEN, LAST], 1, "Filters 512"),
        ([convolution(out_channels=float("nan")), FLATTEN, LAST], 1, "Filters 16"),
        ([convolution(out_channels=0), FLATTEN, LAST], 1, "Filters 1"),
        ([convolution(padding_mode="lava"), FLATTEN, LAST], 1, "Kind of padding Zeros"),
        ([convolution(same=True, padding=2), FLATTEN, LAST], 1, "Padding 0"),
        ([convolution(colour=3), FLATTEN, LAST], 1, "Leave colour out"),
        ([convolution(out_channels=6, groups=2), FLATTEN, LAST], 1, "Groups 1"),
        ([convolution(same=True, stride=2), FLATTEN, LAST], 1, "Stride 1"),
        ([convolution(), FLATTEN, {**LAST, "out_features": 9}], 3, "Units 10"),
        ([convolution()], 1, "End with flatten and fully connected of 10"),
        ([convolution(), FLATTEN], 2, "End with fully connected of 10"),
        ([convolution(), {**FLATTEN, "name": "conv1"}, LAST], 2, "Name it flatten1"),
        ([convolution(name="for"), FLATTEN, LAST], 1, "Name it conv1"),
        ([{"name": "a", "kind": "magic"}, FLATTEN, LAST], 1, "Remove it"),
        ([{"name": "pool1", "kind": "max_pooling", "padding": 3}, FLATTEN, LAST], 1, "Padding 1"),
    ],
)
def test_a_way_is_offered_that_mends_the_network(layers: list[Entry], number: int, offered: str) -> None:
    record = network(*layers)
    before = draft(record, 10)
    assert before.layers[number - 1].problem
    found = {one.words: one for one in mends(record, number, 10)}
    assert offered in found, found
    mended = {**record, "layers": list(found[offered].layers)}
    assert draft(mended, 10).problems == ()
    assert NetworkSpec.from_record(mended).outputs == 10


def test_what_makes_the_network_too_large_is_halved_until_it_is_not() -> None:
    wide = convolution(out_channels=512, same=True)
    large = network(wide, FLATTEN, {**LAST, "out_features": 4096}, {**LAST, "name": "fc2"}, shape=(3, 32, 32))
    found = mends(large, 3, 10)
    assert [one.words for one in found] == ["Units 128"]
    assert draft({**large, "layers": list(found[0].layers)}, 10).problems == ()


def test_what_leaves_least_to_do_comes_first() -> None:
    """A kernel of 8 fits, but leaves nothing for the pooling after it."""
    pool = {"name": "pool1", "kind": "max_pooling"}
    words = [one.words for one in mends(network(convolution(kernel_size=11), pool, FLATTEN, LAST), 1, 10)]
    assert words.index("Padding 2") < words.index("Kernel size 8")


def test_the_last_layer_is_mended_before_the_end() -> None:
    """As a network is built up: its last layer gives no value a class, whatever else is wrong with it."""
    record = network(convolution(kernel_size=11))
    first = {one.words: one for one in mends(record, 1, 10)}
    assert {"Kernel size 8", "Padding 2"} <= set(first)
    record = {**record, "layers": list(first["Padding 2"].layers)}
    (second,) = mends(record, 1, 10)
    assert second.words == "End with flatten and fully connected of 10"


def test_what_has_two_mistakes_can_be_removed() -> None:
    (only,) = mends(network(convolution(same=True, stride=2, groups=5), FLATTEN, LAST), 1, 10)
    assert (only.words, only.layers) == ("Remove it", (FLATTEN, LAST))


def test_a_layer_that_works_needs_none() -> None:
    record = NETWORKS["resnet8"].spec((3, 32, 32), 10).to_record()
    assert [mends(record, number, 10) for number in (0, 1, len(record["layers"]), 99)] == [()] * 4


def test_the_network_itself_is_left_as_it_is() -> None:
    record = network(convolution(kernel_size=11), FLATTEN, LAST)
    before = repr(record)
    mends(record, 1, 10)
    assert repr(record) == before


def test_free_names() -> None:
    assert free_name("convolution", ["conv1", "conv3"]) == "conv2"
    assert free_name("magic", []) == "layer1"


values = st.one_of(st.integers(-3, 600), st.booleans(), st.sampled_from(["", "zeros", "x"]), st.floats())
entries = st.sampled_from(list(LAYERS)).flatmap(
    lambda kind: st.dictionaries(st.sampled_from([*LAYERS[kind].declared(), "odd"]), values, max_size=2).map(
        lambda told: {"kind": kind, **told}
    )
)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.lists(entries, min_size=1, max_size=5), st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)))
def test_every_way_leaves_less_wrong_than_before(stack: list[Entry], shape: tuple[int, int, int]) -> None:
    record = network(*({"name": f"layer{at}", **one} for at, one in enumerate(stack)), shape=shape)
    found = draft(record, 10)

    def left(one: Any) -> tuple[int, int, int]:
        wrong = sum(bool(layer.problem) and "it gives" not in layer.problem for layer in one.layers)
        unsound = sum(bool(layer.problem) or not layer.account for layer in one.layers)
        return unsound, len(one.problems), wrong

    for number, layer in enumerate(found.layers, start=1):
        for mend in mends(record, number, 10):
            assert layer.problem
            assert mend.words
            assert left(draft({**record, "layers": list(mend.layers)}, 10)) < left(found)
