"""The Inception block: against plain functions written out, and as a graph of named parts."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnviz.errors import LayerError
from cnnviz.layers import LAYERS, InceptionBlock
from cnnviz.layers.block import Concatenate
from tests.layers.hooked import alone, hooked, state_of

SHAPE = (3, 7, 6)
every_block = pytest.mark.parametrize(("reduce", "norm"), [(True, True), (True, False), (False, True), (False, False)])


def made(reduce: bool, norm: bool) -> InceptionBlock:
    return InceptionBlock(filters_1x1=2, filters_3x3=5, filters_5x5=1, filters_pool=4, reduce=reduce, batch_norm=norm)


def by_hand(weights: dict[str, np.ndarray], image: np.ndarray) -> np.ndarray:
    """Szegedy et al. (2014), Figure 2, with plain functions."""
    state = {name.removeprefix("it."): torch.tensor(values) for name, values in weights.items()}

    def convolved(values: torch.Tensor, name: str, padding: int = 0) -> torch.Tensor:
        if f"conv{name}.weight" not in state:
            return values  # it does not reduce first
        values = functional.conv2d(values, state[f"conv{name}.weight"], state[f"conv{name}.bias"], 1, padding)
        if f"norm{name}.weight" in state:
            figures = [state[f"norm{name}.{figure}"] for figure in ("running_mean", "running_var", "weight", "bias")]
            values = functional.batch_norm(values, *figures)
        return values.clamp(min=0)

    given = torch.tensor(image)[None]
    one = convolved(given, "1")
    three = convolved(convolved(given, "_reduce3"), "3", 1)
    five = convolved(convolved(given, "_reduce5"), "5", 2)
    pooled = convolved(functional.max_pool2d(given, 3, 1, 1), "_pool")
    return torch.cat([one, three, five, pooled], 1)[0].numpy()


@every_block
def test_it_is_four_branches_side_by_side(reduce, norm):
    block = made(reduce, norm)
    network, nodes = alone(block, SHAPE, seed=3)
    image = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    with torch.no_grad():
        output = network(torch.tensor(image)[None])[0].numpy()
    np.testing.assert_allclose(output, by_hand(state_of(network), image), atol=1e-5)
    assert output.shape == block.output_shape(SHAPE) == (12, 7, 6)
    assert (hooked(network, nodes, image)[nodes[-1].name] == output).all(), "its last part gives what it gives"


def test_its_graph_by_pen_and_paper():
    nodes = made(reduce=True, norm=False).nodes("block1", "relu1", SHAPE)
    assert {node.name.removeprefix("block1."): (node.inputs, node.shape[0]) for node in nodes} == {
        "conv1": (("relu1",), 2),
        "relu1": (("block1.conv1",), 2),
        "conv_reduce3": (("relu1",), 2),
        "relu_reduce3": (("block1.conv_reduce3",), 2),
        "conv3": (("block1.relu_reduce3",), 5),
        "relu3": (("block1.conv3",), 5),
        "conv_reduce5": (("relu1",), 1),
        "relu_reduce5": (("block1.conv_reduce5",), 1),
        "conv5": (("block1.relu_reduce5",), 1),
        "relu5": (("block1.conv5",), 1),
        "pool": (("relu1",), 3),
        "conv_pool": (("block1.pool",), 4),
        "relu_pool": (("block1.conv_pool",), 4),
        "concatenate": (("block1.relu1", "block1.relu3", "block1.relu5", "block1.relu_pool"), 12),
    }
    assert all(node.shape[1:] == SHAPE[1:] for node in nodes)
    assert [shape[0] for shape in nodes[-1].input_shapes] == [2, 5, 1, 4]


def test_a_map_of_the_joined_ones_comes_from_one_branch():
    joined = Concatenate(channels=(2, 5, 1, 4))
    found = [joined.unit({}, (2, 7, 6), unit).sources.tolist() for unit in (0, 1, 2, 6, 7, 8, 11)]
    assert found == [[[0, 0]], [[0, 1]], [[1, 0]], [[1, 4]], [[2, 0]], [[3, 0]], [[3, 3]]]


def test_what_joins_the_branches_is_no_layer_that_can_be_chosen():
    assert "concatenate" not in LAYERS


def test_flat_values_are_refused_with_the_place_it_belongs():
    with pytest.raises(LayerError, match=r"an Inception block needs maps with .* its input is 24 values; put it "):
        InceptionBlock().output_shape((24,))
