"""The residual block: against plain functions written out, and as a graph of named parts."""

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnviz.errors import LayerError
from cnnviz.layers import LAYERS, Flatten, ResidualBlock
from tests.layers.hooked import alone, hooked, state_of

EVERY = [(3, 1, True), (3, 1, False), (5, 1, True), (3, 2, True), (5, 2, False)]
every_block = pytest.mark.parametrize(("channels", "stride", "norm"), EVERY)
SHAPE = (3, 7, 6)


def by_hand(weights: dict[str, np.ndarray], image: np.ndarray, stride: int) -> np.ndarray:
    """He et al. (2015), Figure 2, with plain functions."""
    state = {name.removeprefix("it."): torch.tensor(values) for name, values in weights.items()}

    def convolved(values: torch.Tensor, name: str, norm: str, stride: int, padding: int) -> torch.Tensor:
        values = functional.conv2d(values, state[f"{name}.weight"], state[f"{name}.bias"], stride, padding)
        if f"{norm}.weight" in state:
            figures = [state[f"{norm}.{figure}"] for figure in ("running_mean", "running_var", "weight", "bias")]
            values = functional.batch_norm(values, *figures)
        return values

    given = torch.tensor(image)[None]
    values = convolved(given, "conv1", "norm1", stride, 1).clamp(min=0)
    values = convolved(values, "conv2", "norm2", 1, 1)
    shortcut = convolved(given, "shortcut", "shortcut_norm", stride, 0) if "shortcut.weight" in state else given
    return (values + shortcut).clamp(min=0)[0].numpy()


@every_block
def test_it_is_two_convolutions_and_a_shortcut_added(channels, stride, norm):
    block = ResidualBlock(out_channels=channels, stride=stride, batch_norm=norm)
    network, nodes = alone(block, SHAPE, seed=3)
    image = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    with torch.no_grad():
        output = network(torch.tensor(image)[None])[0].numpy()
    np.testing.assert_allclose(output, by_hand(state_of(network), image, stride), atol=1e-5)
    assert output.shape == block.output_shape(SHAPE) == (channels, -(-7 // stride), 6 // stride)
    assert (hooked(network, nodes, image)[nodes[-1].name] == output).all(), "its last part gives what it gives"


@every_block
def test_its_parts_are_named_and_in_the_order_in_which_they_run(channels, stride, norm):
    network, nodes = alone(ResidualBlock(out_channels=channels, stride=stride, batch_norm=norm), SHAPE)
    fits = (channels, stride) == (3, 1)
    norms = ["norm1", "norm2", "shortcut_norm"]
    aside = [] if fits else ["shortcut", "shortcut_norm"]
    names = ["conv1", "norm1", "relu1", "conv2", "norm2", *aside, "add", "relu2"]
    expected = [name for name in names if norm or name not in norms]
    assert [name for name, _ in network.it.named_children()] == expected
    assert [node.name for node in nodes] == [f"it.{name}" for name in expected]
    ran = []
    for name, part in network.it.named_children():
        part.register_forward_hook(lambda *_, name=name: ran.append(name))
    network(torch.zeros(1, *SHAPE))
    assert ran == expected


def test_its_graph_by_pen_and_paper():
    nodes = ResidualBlock(out_channels=5, stride=2).nodes("block1", "relu1", (3, 7, 6))
    assert {node.name.removeprefix("block1."): (node.inputs, node.shape) for node in nodes} == {
        "conv1": (("relu1",), (5, 4, 3)),
        "norm1": (("block1.conv1",), (5, 4, 3)),
        "relu1": (("block1.norm1",), (5, 4, 3)),
        "conv2": (("block1.relu1",), (5, 4, 3)),
        "norm2": (("block1.conv2",), (5, 4, 3)),
        "shortcut": (("relu1",), (5, 4, 3)),
        "shortcut_norm": (("block1.shortcut",), (5, 4, 3)),
        "add": (("block1.norm2", "block1.shortcut_norm"), (5, 4, 3)),
        "relu2": (("block1.add",), (5, 4, 3)),
    }
    assert [node.layer.kind for node in nodes][-2:] == ["add", "relu"]
    assert nodes[0].input_shape == nodes[5].input_shape == (3, 7, 6)
    identity = {
        node.name: node for node in ResidualBlock(out_channels=3, batch_norm=False).nodes("b", "pool1", (3, 7, 6))
    }
    assert identity["b.add"].inputs == ("b.conv2", "pool1")


def test_its_weights_carry_the_names_of_its_parts():
    network, _ = alone(ResidualBlock(out_channels=4, batch_norm=False), (3, 8, 8))
    assert {name: values.shape for name, values in state_of(network).items()} == {
        "it.conv1.weight": (4, 3, 3, 3),
        "it.conv1.bias": (4,),
        "it.conv2.weight": (4, 4, 3, 3),
        "it.conv2.bias": (4,),
        "it.shortcut.weight": (4, 3, 1, 1),
        "it.shortcut.bias": (4,),
    }


@every_block
def test_it_can_be_copied_and_traced(channels, stride, norm):
    network, nodes = alone(ResidualBlock(out_channels=channels, stride=stride, batch_norm=norm), SHAPE)
    values = torch.randn(2, *SHAPE)
    expected = network(values)
    copied, traced = copy.deepcopy(network), torch.fx.symbolic_trace(network)
    assert torch.equal(copied(values), expected)
    assert torch.equal(traced(values), expected)
    called = [node.target for node in traced.graph.nodes if node.op == "call_module"]
    assert called == [node.name for node in nodes if node.layer.kind != "add"]
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert torch.equal(copied(values), expected), "a copy of its own"


def test_the_sum_is_no_layer_that_can_be_chosen():
    assert "add" not in LAYERS


def test_flat_values_are_refused_with_the_place_it_belongs():
    with pytest.raises(
        LayerError, match=r"a residual block needs maps with .* its input is 24 values; put it before fl"
    ):
        ResidualBlock().output_shape(Flatten().output_shape((2, 3, 4)))
