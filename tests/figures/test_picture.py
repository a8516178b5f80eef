"""The picture of a step: `cnnviz.figures.frames.picture`, read as the browser reads it."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnviz.figures.frames import Look, picture
from cnnviz.layers import (
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalAveragePooling,
    MaxPooling,
    ReLU,
    ResidualBlock,
)
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.runs import Snapshot
from tests.figures.reader import read
from tests.inspection.made import image_for, make_run, snapshot_of, weights_of
from tests.layers.hooked import hooked

every_network = pytest.mark.parametrize("preset", NETWORKS.values(), ids=list(NETWORKS))


def look_at(spec: NetworkSpec, **changes: Any) -> Look:
    snapshot = snapshot_of(spec, step=3)
    return replace(Look(snapshot, snapshot.activations, "validation-7", 1, None), **changes)


@every_network
@pytest.mark.parametrize("classes", [2, 10])
def test_a_picture_tells_of_every_node_and_holds_the_maps_of_those_that_have_any(preset, classes, runs_folder):
    spec = preset.spec((1, 8, 8), classes)
    look = look_at(spec)
    header, arrays = read(picture(make_run(runs_folder, spec, classes), look))
    nodes = {node.name: node for node in spec.nodes()}
    shown_ones = [node.name for node in spec.nodes()[:-1] if node.layer.makes_picture]
    expected = [name for name in shown_ones if name in look.activations]
    assert expected
    assert [entry["name"] for entry in header["layers"]] == list(nodes)
    for entry in header["layers"]:
        name, node = entry["name"], nodes[entry["name"]]
        assert (entry["kind"], entry["inputs"]) == (node.layer.kind, list(node.inputs))
        assert tuple(entry["shape"]) == node.shape
        if len(node.shape) == 3:
            assert (len(entry["rows"]), len(entry["columns"])) == node.shape[1:]
        if name not in expected:
            continue
        values = look.activations[name]
        assert arrays[f"map/{name}"].shape == node.shape
        assert entry["scale"] == pytest.approx(np.abs(values).max(), rel=1e-6)
        shown = arrays[f"map/{name}"] / 127 * entry["scale"]
        np.testing.assert_allclose(shown, values, atol=entry["scale"] / 253, err_msg=name)
        rows = values.reshape(len(values), -1)
        np.testing.assert_array_equal(
            arrays[f"extremes/{name}"], np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1)
        )
    assert {name for name in arrays if name.startswith("map/")} == {f"map/{name}" for name in expected}


@every_network
def test_a_picture_holds_the_filters_of_every_convolution(preset, runs_folder):
    spec = preset.spec((1, 8, 8), 10)
    look = look_at(spec)
    header, arrays = read(picture(make_run(runs_folder, spec, 10), look))
    shapes = {name: values.shape for name, values in look.snapshot.weights.items()}
    expected = [name.removesuffix(".weight") for name, shape in shapes.items() if len(shape) == 4]
    assert expected
    assert [entry["name"] for entry in header["filters"]] == expected
    for entry in header["filters"]:
        weight = look.snapshot.weights[f"{entry['name']}.weight"]
        assert tuple(entry["shape"]) == weight.shape
        shown = arrays[f"filter/{entry['name']}"] / 127 * entry["scale"]
        np.testing.assert_allclose(shown, weight, atol=entry["scale"] / 253)


def test_weights_of_rows_are_kernels_over_the_maps_that_were_put_in_a_row(runs_folder):
    layers = [Convolution(out_channels=4), Flatten(), Dropout(), FullyConnected(out_features=6), ReLU()]
    spec = NetworkSpec.stack("mine", (1, 6, 5), [*layers, FullyConnected(out_features=3)])
    look = look_at(spec)
    header, arrays = read(picture(make_run(runs_folder, spec, 3), look))
    assert [(entry["name"], entry["shape"]) for entry in header["weights"]] == [
        ("fc1", [6, 4, 4, 3]),
        ("fc2", [3, 6, 1, 1]),
    ]
    first, scale = look.snapshot.weights["fc1.weight"], header["weights"][0]["scale"]
    shown = arrays["filter/fc1"] / 127 * scale
    assert shown[5, 2, 3, 1] == pytest.approx(first[5, 2 * 12 + 3 * 3 + 1], abs=scale / 253)
    np.testing.assert_allclose(shown.reshape(6, 48), first, atol=scale / 253)


def test_too_many_weights_of_a_row_are_told_but_not_sent(runs_folder):
    spec = NetworkSpec.stack("mine", (1, 20, 20), [Flatten(), FullyConnected(out_features=164)])
    header, arrays = read(picture(make_run(runs_folder, spec, 3), look_at(spec)))
    assert header["weights"] == [{"name": "fc1", "shape": [164, 1, 20, 20], "scale": 0.0}]
    assert "filter/fc1" not in arrays


@pytest.mark.parametrize("classes", [2, 10])
def test_the_probabilities_are_those_of_the_logits(classes, runs_folder):
    spec = NETWORKS["keras_example"].spec((1, 8, 8), classes)
    look = look_at(spec)
    header, arrays = read(picture(make_run(runs_folder, spec, classes), look))
    logits = [float(value) for value in look.activations[spec.layers[-1][0]]]
    powers = [math.exp(logit) for logit in ([0.0, *logits] if len(logits) == 1 else logits)]
    np.testing.assert_array_equal(arrays["logits"], look.activations[spec.layers[-1][0]])
    assert arrays["probabilities"] == pytest.approx([power / sum(powers) for power in powers], rel=1e-5)
    assert header["prediction"] == powers.index(max(powers))
    assert header["classes"] == [f"class {index}" for index in range(classes)]


def test_a_picture_says_of_which_run_step_and_image_it_is(runs_folder):
    spec = NETWORKS["digits_small"].spec((1, 8, 8), 10)
    run = make_run(runs_folder, spec, 10)
    header, arrays = read(picture(run, look_at(spec)))
    said = {name: header[name] for name in ("kind", "run", "step", "image", "saved", "label", "validation")}
    assert said == {
        "kind": "picture",
        "run": run.id,
        "step": 3,
        "image": "validation-7",
        "saved": True,
        "label": 1,
        "validation": None,
    }
    assert not {"confusion", "precision", "recall"} & set(arrays)
    expected = [round(float(value) * 255) for value in image_for(spec).flat]
    assert arrays["input"].ravel().tolist() == expected
    assert arrays["input"].shape == (1, 8, 8)
    header, _ = read(picture(run, look_at(spec, label=None, saved=False)))
    assert (header["label"], header["saved"]) == (None, False)


def test_a_picture_holds_the_mistakes_where_there_was_a_validation(runs_folder):
    spec = NETWORKS["digits_small"].spec((1, 8, 8), 3)
    confusion = np.array([[5, 1, 0], [0, 7, 2], [0, 0, 0]], np.int32)
    run = make_run(runs_folder, spec, 3)
    header, arrays = read(picture(run, look_at(spec, validation=(2, 0.75, confusion))))
    assert header["validation"] == {"step": 2, "loss": 0.75, "accuracy": 12 / 15, "count": 15, "errors": 3}
    assert (arrays["confusion"] == confusion).all()
    np.testing.assert_allclose(arrays["precision"], np.array([1, 7 / 8, 0], np.float32))
    np.testing.assert_allclose(arrays["recall"], np.array([5 / 6, 7 / 9, np.nan], np.float32))
    header, _ = read(picture(run, look_at(spec, validation=(2, math.nan, confusion))))
    assert header["validation"]["loss"] is None


def test_a_network_of_ones_own_makes_a_picture_too(runs_folder):
    layers = [Convolution(out_channels=4), Dropout(), ReLU(), MaxPooling(), Flatten(), FullyConnected(out_features=6)]
    spec = NetworkSpec.stack("mine", (3, 9, 7), [*layers, ReLU(), FullyConnected(out_features=3)])
    _, arrays = read(picture(make_run(runs_folder, spec, 3), look_at(spec)))
    maps = {name for name in arrays if name.startswith("map/")}
    assert maps == {f"map/{name}" for name in ("conv1", "relu1", "pool1", "fc1", "relu2")}
    assert arrays["map/fc1"].shape == (6,)
    assert arrays["input"].shape == (3, 9, 7)
    assert arrays["filter/conv1"].shape == (4, 3, 3, 3)


def test_a_residual_block_is_shown_part_by_part(runs_folder):
    layers = [ReLU(), ResidualBlock(out_channels=3, batch_norm=False), GlobalAveragePooling()]
    spec = NetworkSpec.stack("mine", (2, 6, 6), [*layers, FullyConnected(out_features=3)])
    network = spec.build(0)
    seen = hooked(network, spec.nodes(), image_for(spec))
    look = Look(Snapshot(0, weights_of(network), seen, label=1), seen, "validation-7", 1, None)
    header, arrays = read(picture(make_run(runs_folder, spec, 3), look))
    inputs = {entry["name"]: entry["inputs"] for entry in header["layers"]}
    assert inputs == {
        "relu1": ["input"],
        "block1.conv1": ["relu1"],
        "block1.relu1": ["block1.conv1"],
        "block1.conv2": ["block1.relu1"],
        "block1.shortcut": ["relu1"],
        "block1.add": ["block1.conv2", "block1.shortcut"],
        "block1.relu2": ["block1.add"],
        "pool1": ["block1.relu2"],
        "fc1": ["pool1"],
    }
    for entry in header["layers"][:-1]:
        shown = arrays[f"map/{entry['name']}"] / 127 * entry["scale"]
        np.testing.assert_allclose(shown, seen[entry["name"]], atol=entry["scale"] / 253)
    filters = {entry["name"]: entry["shape"] for entry in header["filters"]}
    assert filters == {"block1.conv1": [3, 2, 3, 3], "block1.conv2": [3, 3, 3, 3], "block1.shortcut": [3, 2, 1, 1]}


def test_an_operation_that_was_not_recorded_has_no_map(runs_folder):
    spec = NETWORKS["digits_small"].spec((1, 8, 8), 10)
    look = look_at(spec)
    some = {name: values for name, values in look.activations.items() if name != "relu1"}
    header, arrays = read(picture(make_run(runs_folder, spec, 10), replace(look, activations=some)))
    assert "relu1" in [entry["name"] for entry in header["layers"]]
    assert {name for name in arrays if name.startswith("map/")} == {"map/conv1", "map/conv2", "map/relu2", "map/pool1"}


def test_layers_with_names_that_begin_alike_keep_their_own_weights(runs_folder):
    # conv1 must not take the weights of conv10.
    spec = NetworkSpec.stack("deep", (1, 4, 4), [*[Convolution(out_channels=1, padding=1)] * 11, Flatten()])
    look = look_at(spec)
    header, arrays = read(picture(make_run(runs_folder, spec, 16), look))
    assert len(header["filters"]) == 11
    for entry in header["filters"]:
        weight = look.snapshot.weights[f"{entry['name']}.weight"]
        assert entry["scale"] == pytest.approx(np.abs(weight).max(), rel=1e-6)
        np.testing.assert_allclose(
            arrays[f"filter/{entry['name']}"] / 127 * entry["scale"], weight, atol=entry["scale"]
        )
