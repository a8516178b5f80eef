import numpy as np
import pytest
import torch

from cnnviz.errors import RunError
from cnnviz.inspection import load_network
from cnnviz.runs import Snapshot
from tests.inspection.made import make_run, snapshot_of, weights_of
from tests.inspection.test_recording import EVERYTHING, modes, network_with_a_past


def test_a_network_is_loaded_as_it_was_at_the_snapshot(runs_folder):
    run = make_run(runs_folder, EVERYTHING, 5)
    network = network_with_a_past()
    loaded = load_network(run, Snapshot(3, weights_of(network), {}, 0))
    assert not any(modes(loaded))
    assert list(loaded.state_dict()) == list(network.state_dict())
    assert all(torch.equal(values, network.state_dict()[name]) for name, values in loaded.state_dict().items())


def test_changing_a_loaded_network_leaves_its_snapshot_alone(runs_folder):
    snapshot = snapshot_of(EVERYTHING)
    before = {name: values.copy() for name, values in snapshot.weights.items()}
    with torch.no_grad():
        for values in load_network(make_run(runs_folder, EVERYTHING, 5), snapshot).parameters():
            values.zero_()
    assert all((snapshot.weights[name] == values).all() for name, values in before.items())


@pytest.mark.parametrize("wrong", ["missing", "unknown", "other shape"])
def test_weights_that_do_not_fit_are_refused_with_the_step_the_run_and_the_reason(runs_folder, wrong):
    run = make_run(runs_folder, EVERYTHING, 5)
    weights = weights_of(EVERYTHING.build(0))
    if wrong == "missing":
        del weights["conv2.weight"]
    elif wrong == "unknown":
        weights["conv9.weight"] = weights["conv2.weight"]
    else:
        weights["conv2.weight"] = np.zeros((7, 7, 7, 7), np.float32)
    with pytest.raises(RunError) as caught:
        load_network(run, Snapshot(12, weights, {}, 0))
    sentence = str(caught.value)
    assert sentence.startswith(f"The weights of step 12 do not fit the network of {run.id}: ")
    assert ("conv9.weight" if wrong == "unknown" else "conv2.weight") in sentence
    assert "\n" not in sentence
