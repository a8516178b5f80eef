"""The picture of a step: `cnnviz.figures.frames.picture`, read as the browser reads it."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnviz.figures.frames import Look, picture
from cnnviz.layers import Convolution, Dropout, Flatten, FullyConnected, MaxPooling, ReLU
from cnnviz.networks import NETWORKS, NetworkSpec
from tests.figures.reader import read
from tests.inspection.made import image_for, make_run, snapshot_of

every_network = pytest.mark.parametrize("preset", NETWORKS.values(), ids=list(NETWORKS))


def look_at(spec: NetworkSpec, **changes: Any) -> Look:
    snapshot = snapshot_of(spec, step=3)
    return replace(Look(snapshot, snapshot.activations, "validation-7", 1, None), **changes)


@every_network
@pytest.mark.parametrize("classes", [2, 10])
def test_a_picture_holds_every_layer_that_makes_one_but_the_logits(preset, classes, runs_folder):
    spec = preset.spec((1, 8, 8), classes)
    look = look_at(spec)
    header, arrays = read(picture(make_run(runs_folder, spec, classes), look))
    expected = [name for name, layer in spec.layers[:-1] if layer.makes_picture]
    assert expected
    assert [entry["name"] for entry in header["layers"]] == expected
    kinds = {name: layer.kind for name, layer in spec.layers}
    for entry in header["layers"]:
        name, values = entry["name"], look.activations[entry["name"]]
        assert entry["kind"] == kinds[name]
        assert tuple(entry["shape"]) == spec.shapes()[name] == arrays[f"map/{name}"].shape
        assert entry["scale"] == pytest.approx(np.abs(values).max(), rel=1e-6)
        shown = arrays[f"map/{name}"] / 127 * entry["scale"]
        np.testing.assert_allclose(shown, values, atol=entry["scale"] / 253, err_msg=name)
    assert {name for name in arrays if name.startswith("map/")} == {f"map/{name}" for name in expected}


@every_network
def test_a_picture_holds_the_filters_of_every_convolution(preset, runs_folder):
    spec = preset.spec((1, 8, 8), 10)
    look = look_at(spec)
    header, arrays = read(picture(make_run(runs_folder, spec, 10), look))
    expected = [name for name, layer in spec.layers if layer.filters({"weight": np.zeros(1, np.float32)}) is not None]
    assert expected
    assert [entry["name"] for entry in header["filters"]] == expected
    for entry in header["filters"]:
        weight = look.snapshot.weights[f"{entry['name']}.weight"]
        assert tuple(entry["shape"]) == weight.shape
        shown = arrays[f"filter/{entry['name']}"] / 127 * entry["scale"]
        np.testing.assert_allclose(shown, weight, atol=entry["scale"] / 253)


@pytest.mark.parametrize("classes", [2, 10])
def test_the_probabilities_are_those_of_the_logits(classes, runs_folder):
    spec = NETWORKS["keras_example"].spec((1, 8, 8), classes)
    look = look_at(spec)
    header, arrays = read(picture(make_run(runs_folder, spec, classes), look))
    logits = [float(value) for value in look.activations[spec.layers[-1][0]]]
    powers = [math.exp(logit) for logit in ([0.0, *logits] if len(logits) == 1 else logits)]
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
    header, arrays = read(picture(make_run(runs_folder, spec, 3), look_at(spec)))
    assert [entry["name"] for entry in header["layers"]] == ["conv1", "relu1", "pool1", "fc1", "relu2"]
    assert arrays["map/fc1"].shape == (6,)
    assert arrays["input"].shape == (3, 9, 7)
    assert arrays["filter/conv1"].shape == (4, 3, 3, 3)


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
