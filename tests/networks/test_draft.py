"""A network while it is made: what it accepts trains, what it refuses names the layer."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.errors import CnnvizError
from cnnviz.layers import Convolution, Flatten, FullyConnected, MaxPooling, ReLU
from cnnviz.networks import NETWORKS, NetworkSpec, draft
from tests.layers.drawn import quick
from tests.networks.drawn import records, working_records


def record(*layers: dict[str, Any], shape: Any = (1, 8, 8), name: Any = "mine") -> dict[str, Any]:
    named = [{"name": f"layer{number}", **layer} for number, layer in enumerate(layers)]
    return {"name": name, "input_shape": shape, "layers": named}


END = ({"kind": "flatten"}, {"kind": "fully_connected", "out_features": 10})


def check(given_record: dict[str, Any]) -> None:
    """Accepted, it learns a step, with the shapes it said; refused, the layer is named, as by the network."""
    found = draft(given_record)
    assert [one.name for one in found.layers] == [entry["name"] for entry in given_record["layers"]]
    if not found.spec:
        assert found.problems
        assert all(one.problem is None or one.account is None or one.is_open for one in found.layers)
        for number, one in enumerate(found.layers, start=1):
            assert not one.problem or one.problem.startswith(f"Layer {number} ({one.name}): ")
        first = next(number for number, one in enumerate(found.layers) if one.account is None or one.is_open)
        assert found.layers[first].problem, "the first that has no account says why, and so does an open end"
        with pytest.raises(CnnvizError) as caught:
            NetworkSpec.from_record(given_record)
        assert str(caught.value) in found.problems
        return
    assert not found.problems
    assert found.spec == NetworkSpec.from_record(given_record)
    trains_a_step(found.spec, {one.name: one.account.shape for one in found.layers if one.account})


def trains_a_step(spec: NetworkSpec, shapes: dict[str, tuple[int, ...]]) -> None:
    network = spec.build(0).train()
    seen = {}
    for name, part in network.named_children():
        part.register_forward_hook(lambda _, __, output, name=name: seen.update({name: tuple(output.shape[1:])}))
    logits = network(torch.rand(2, *spec.input_shape))
    assert seen == shapes
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    if not weights:
        return
    before = [weight.clone() for weight in weights]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor([0, logits.shape[1] - 1]))
    loss.backward()
    torch.optim.SGD(weights, lr=0.1).step()
    assert all(torch.isfinite(weight).all() for weight in weights)
    moved = any(not torch.equal(one, other) for one, other in zip(before, weights, strict=True))
    assert moved or not any(weight.grad is not None and weight.grad.any() for weight in weights)


@quick
@given(st.one_of(records(), working_records()))
def test_what_is_accepted_learns_a_step_and_what_is_refused_names_the_layer(drawn):
    check(drawn)


@pytest.mark.slow
@settings(quick, max_examples=1500)
@given(st.one_of(records(9), working_records(12)))
def test_many_more(drawn):
    check(drawn)


@pytest.mark.parametrize("preset", NETWORKS.values(), ids=list(NETWORKS))
def test_every_preset_is_accepted_with_accounts(preset):
    spec = preset.spec((1, 8, 8), 10)
    found = draft(spec.to_record(), classes=10)
    assert found.spec == spec
    assert found.account == spec.account()
    assert {one.name: one.account for one in found.layers} == spec.accounts()


def test_all_that_is_wrong_is_told_at_its_layer_and_what_lies_behind_is_not_reached():
    found = draft(
        record(
            {"kind": "convolution", "out_channels": 4},
            {"kind": "max_pooling", "kernel_size": 8},
            {"kind": "relu"},
            {"kind": "convolution", "kernel_size": 99},
            {"kind": "swish"},
            *END,
        )
    )
    states = [(bool(one.account), bool(one.problem)) for one in found.layers]
    assert states == [(True, False), (False, True), (False, False), (False, True), (False, True), *[(False, False)] * 2]
    assert found.spec is None
    assert found.account is None
    assert found.problems[0] == (
        "Layer 2 (layer1): window 8x8 is larger than its input 6x6; use window of 6 or less or padding 1."
    )
    assert found.problems[1] == "Layer 4 (layer3): Kernel size: 99 is above 11; use 1 to 11."
    assert found.layers[3].field == "kernel_size"
    assert found.problems[2].startswith("Layer 5 (layer4): Layer 'swish' is unknown; choose from convolution, ")


@pytest.mark.parametrize(
    ("layers", "classes", "sentence"),
    [
        ([{"kind": "relu"}], None, "it gives 1x8x8, not one a class; end with flatten and a fully connected layer."),
        ([{"kind": "relu"}], 3, "it gives 1x8x8, not one a class; end with flatten and a fully connected layer of 3."),
        ([*END], 3, "it gives 10 values for 3 classes; use units of 3."),
        ([*END], 2, "it gives 10 values for 2 classes; use units of 2 or 1."),
        ([*END, {"kind": "relu"}], 3, "it gives 10 values for 3 classes; end with a fully connected layer of 3."),
    ],
)
def test_the_last_layer_gives_one_value_a_class(layers, classes, sentence):
    found = draft(record(*layers), classes)
    last = found.layers[-1]
    assert last.problem == f"Layer {len(layers)} (layer{len(layers) - 1}): {sentence}"
    assert last.account, "what it gives is known all the same"
    assert last.account.shape == ((1, 8, 8) if len(layers) == 1 else (10,))
    assert (found.spec, found.account) == (None, None)
    assert draft(record(*END), 10).spec


def test_two_classes_need_one_value_or_two():
    for units in (1, 2):
        assert draft(record(END[0], {"kind": "fully_connected", "out_features": units}), 2).spec


@pytest.mark.parametrize(
    ("given_record", "sentence"),
    [
        (record(*END, name=""), "cannot be the network's name"),
        (record(*END, name="a\nb"), "cannot be the network's name"),
        (record(*END, shape=(1, 8)), r"Images of \(1, 8\) cannot be taken"),
        (record(*END, shape="1x8x8"), "Images of '1x8x8' cannot be taken"),
        (record(), "The network has no layers"),
        ({"name": "mine", "input_shape": [1, 8, 8]}, "The network has no layers"),
        ({"name": "mine", "input_shape": [1, 8, 8], "layers": "conv"}, "The network has no layers"),
        (record(*[{"kind": "relu"}] * 301), "The network has 301 layers"),
    ],
)
def test_what_is_wrong_with_the_whole_is_told_and_nothing_is_reached(given_record, sentence):
    found = draft(given_record)
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(found.problem)
    assert not any(one.account or one.problem for one in found.layers)
    assert found.spec is None


def test_what_is_no_layer_is_told():
    found = draft(
        {"name": "mine", "input_shape": [1, 8, 8], "layers": [3, {"name": "a", "kind": "relu"}, {"name": "a"}]}
    )
    assert found.problems[0].startswith("Layer 1 (None): 3 is no layer; give its name, its kind")
    assert found.problems[1] == "Layer 3 (a): 'a' cannot be its name, as another layer has it; use another."
    assert draft({"name": "mine", "input_shape": [1, 8, 8], "layers": [{}]}).problems


def test_a_network_too_large_is_told_at_the_layer_that_makes_it_so():
    huge = {"kind": "fully_connected", "out_features": 4096}
    found = draft(record({"kind": "resize", "size": 256}, {"kind": "flatten"}, huge, END[1]))
    assert [bool(one.account) for one in found.layers] == [True, True, False, False]
    assert found.problems == (
        "Layer 3 (layer2): with it the network has 268,439,552 parameters, more than 100,000,000; "
        "use fewer filters or units, or make the maps smaller before it.",
    )


def test_settings_that_are_left_out_take_their_defaults():
    given_record = record({"kind": "convolution"}, {"kind": "relu"}, {"kind": "max_pooling"}, *END)
    spec = draft(given_record).spec
    assert spec
    assert [layer for _, layer in spec.layers][:3] == [Convolution(), ReLU(), MaxPooling()]
    assert [layer for _, layer in spec.layers][3:] == [Flatten(), FullyConnected()]
