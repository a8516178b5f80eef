"""A network is a graph of operations: their names, inputs and shapes, and their cells, against PyTorch's own hooks."""

import json

import numpy as np
import pytest
import torch

from cnnviz.layers import (
    Flatten,
    FullyConnected,
    GlobalAveragePooling,
    InceptionBlock,
    LeakyReLU,
    ResidualBlock,
    Resize,
)
from cnnviz.networks import NETWORKS, NetworkSpec
from tests.layers.hooked import hooked, state_of, with_a_past
from tests.layers.test_cells import check_cells
from tests.networks.mixed import MIXED

OWN = NetworkSpec.stack(
    "mine",
    (2, 9, 7),
    [
        Resize(size=10),
        ResidualBlock(out_channels=4, stride=2, batch_norm=False),
        LeakyReLU(),
        ResidualBlock(out_channels=4),
        InceptionBlock(reduce=False, batch_norm=False),
        GlobalAveragePooling(),
        FullyConnected(out_features=3),
    ],
)
SPECS = {name: preset.spec((1, 8, 8), 10) for name, preset in NETWORKS.items()} | {"own": OWN, "mixed": MIXED}
every_network = pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))


@every_network
def test_every_node_is_a_module_at_its_path_that_gives_its_shape(spec):
    nodes = spec.nodes()
    image = np.random.default_rng(0).random(spec.input_shape, dtype=np.float32)
    seen = hooked(spec.build(0).eval(), nodes, image)
    assert list(seen) == ["input", *(node.name for node in nodes)], "in the order in which they ran"
    for node in nodes:
        assert seen[node.name].shape == node.shape
        assert tuple(seen[name].shape for name in node.inputs) == node.input_shapes


@every_network
def test_a_node_is_given_only_what_was_made_before(spec):
    known = {"input"}
    for node in spec.nodes():
        assert node.inputs
        assert set(node.inputs) <= known
        known.add(node.name)
    used = {name for node in spec.nodes() for name in node.inputs}
    assert known - used == {spec.nodes()[-1].name}, "all but the logits goes on"


@every_network
def test_the_value_of_a_cell_is_what_torch_gives_all_through_the_network(spec):
    torch.manual_seed(1)
    network = with_a_past(spec.build(1), spec.input_shape)
    image = np.random.default_rng(1).random(spec.input_shape, dtype=np.float32)
    nodes = spec.nodes()
    check_cells(nodes, state_of(network), hooked(network, nodes, image))


@every_network
def test_every_weight_belongs_to_one_node(spec):
    weights = state_of(spec.build(0))
    owned = [f"{node.name}.{name}" for node in spec.nodes() for name in node.own(weights)]
    assert sorted(owned) == sorted(weights)


def test_nodes_of_plain_layers_are_the_layers():
    spec = NETWORKS["digits_small"].spec((1, 8, 8), 10)
    assert [(node.name, node.layer) for node in spec.nodes()] == list(spec.layers)
    assert {node.name: node.shape for node in spec.nodes()} == spec.shapes()
    assert [node.inputs for node in spec.nodes()] == [("input",), *((name,) for name, _ in spec.layers[:-1])]


def test_what_follows_a_block_is_given_what_its_last_part_gives():
    inputs = {node.name: node.inputs for node in OWN.nodes()}
    assert inputs["block1.conv1"] == inputs["block1.shortcut"] == ("resize1",)
    assert inputs["leaky1"] == ("block1.relu2",)
    assert inputs["block2.add"] == ("block2.norm2", "leaky1")
    assert inputs["block3.conv3"] == inputs["block3.pool"] == ("block2.relu2",)
    assert inputs["pool1"] == ("block3.concatenate",)


def test_names_that_begin_alike_keep_their_own_weights():
    spec = NetworkSpec.stack("deep", (1, 4, 4), [Flatten(), *[FullyConnected(out_features=2)] * 11])
    weights = state_of(spec.build(0))
    for node in spec.nodes()[1:]:
        assert set(node.own(weights)) == {"weight", "bias"}
        assert node.own(weights)["weight"] is weights[f"{node.name}.weight"]


def test_a_stack_with_blocks_survives_json():
    again = NetworkSpec.from_record(json.loads(json.dumps(OWN.to_record())))
    assert again == OWN
    assert again.nodes() == OWN.nodes()
