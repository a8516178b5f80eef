"""What every preset must hold; a new one is tested by being listed."""

import json
import random
import re

import numpy as np
import pytest
import torch

from cnnviz.datasets import DATASETS
from cnnviz.errors import NetworkError
from cnnviz.layers import Resize
from cnnviz.networks import NETWORKS, NetworkSpec, Preset, network

DIGITS = DATASETS["digits"].shape
INPUTS = [DIGITS, (1, 28, 28), (3, 32, 32), (1, 1, 1), (2, 5, 40), (1, 50, 50)]

every_preset = pytest.mark.parametrize("preset", NETWORKS.values(), ids=list(NETWORKS))
every_number_of_classes = pytest.mark.parametrize("classes", [2, 3, 10])


def weights_of(spec: NetworkSpec, seed: int) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = spec.build(seed).state_dict()
    return state


@every_preset
def test_it_is_found_by_its_name_and_tells_of_itself(preset):
    assert network(preset.name) is preset
    assert re.fullmatch(r"[a-z][a-z0-9_]*", preset.name), "a name for addresses and the command line"
    assert preset.title
    assert preset.about.endswith(".")
    assert preset.smallest_input >= 1


@every_preset
@every_number_of_classes
@pytest.mark.parametrize("shape", INPUTS, ids=str)
def test_it_builds_for_any_input_and_every_layer_gives_the_shape_it_says(preset, classes, shape):
    spec = preset.spec(shape, classes)
    values = torch.rand(2, *shape)
    module = spec.build(seed=0).eval()
    assert [name for name, _ in module.named_children()] == list(spec.shapes())
    with torch.no_grad():
        for (name, part), expected in zip(module.named_children(), spec.shapes().values(), strict=True):
            values = part(values)
            assert tuple(values.shape) == (2, *expected), name
    assert values.shape == (2, spec.outputs)
    assert spec.outputs == classes or (classes == 2 and spec.outputs == 1)


@every_preset
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(preset):
    spec = preset.spec(DIGITS, 3)
    first, again, other = weights_of(spec, 5), weights_of(spec, 5), weights_of(spec, 6)
    assert list(first) == list(again) == list(other)
    assert all(torch.equal(first[name], again[name]) for name in first)
    drawn = [name for name in first if first[name].unique().numel() > 1]  # not what begins as all 0 or 1
    assert drawn
    assert not any(torch.equal(first[name], other[name]) for name in drawn)


@every_preset
def test_building_leaves_every_random_state_of_the_caller_alone(preset, monkeypatch):
    touched = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", touched.append)  # also told where there is no such device
    torch.manual_seed(11)
    touched.clear()
    random.seed(11)
    np.random.seed(11)
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    preset.spec(DIGITS, 10).build(seed=3)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert (np.random.get_state()[1] == before[2]).all()
    assert touched == []


@every_preset
@every_number_of_classes
def test_its_record_makes_it_again(preset, classes):
    spec = preset.spec(DIGITS, classes)
    again = NetworkSpec.from_record(json.loads(json.dumps(spec.to_record())))
    assert again == spec


@every_preset
@every_number_of_classes
def test_a_small_image_is_enlarged_by_a_visible_first_layer_and_no_other_is(preset, classes):
    least = preset.smallest_input
    own = preset.layers(classes)
    assert not any(isinstance(layer, Resize) for layer in own)
    assert [layer for _, layer in preset.spec((1, least, least), classes).layers] == own
    if least > 1:
        spec = preset.spec((1, least - 1, least - 1), classes)
        assert [layer for _, layer in spec.layers] == [Resize(size=least), *own]
        assert spec.layers[0][1].makes_picture
        assert spec.shapes()[spec.layers[0][0]] == (1, least, least)


@every_preset
def test_its_weights_carry_the_names_of_its_layers(preset):
    spec = preset.spec(DIGITS, 10)
    names = {name for name, _ in spec.layers}
    assert {name.split(".")[0] for name in weights_of(spec, 0)} <= names


def test_an_unknown_network_is_answered_with_the_known_ones():
    with pytest.raises(NetworkError, match=f"Network 'alexnet' is unknown; choose from {', '.join(NETWORKS)}"):
        network("alexnet")


def test_listed_are_presets_under_their_own_names():
    assert list(NETWORKS) == [preset.name for preset in NETWORKS.values()]
    assert all(isinstance(preset, Preset) for preset in NETWORKS.values())
