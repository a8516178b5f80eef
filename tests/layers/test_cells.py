"""One record for every kind of layer: a cell's value is what PyTorch gives at its place."""

import itertools
import json
import math
import statistics

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import LayerError
from cnnviz.layers import (
    ELU,
    GELU,
    LAYERS,
    AveragePooling,
    BatchNorm,
    Convolution,
    Flatten,
    FullyConnected,
    GlobalAveragePooling,
    Layer,
    LeakyReLU,
    MaxPooling,
    Node,
    ReLU,
    ResidualBlock,
    Resize,
    Shape,
    Sigmoid,
    Tanh,
)
from tests.layers.drawn import quick, some_input, working
from tests.layers.hooked import alone, hooked, state_of

every_layer = pytest.mark.parametrize("member", LAYERS.values(), ids=list(LAYERS))


def places(shape: Shape, rng: np.random.Generator) -> set[tuple[int, int]]:
    """Rows and columns of an output: all four corners, and some between."""
    height, width = shape[1:] or (1, 1)
    between = {(int(rng.integers(height)), int(rng.integers(width))) for _ in range(4)}
    return {*itertools.product((0, height - 1), (0, width - 1)), *between}


def check_cells(nodes: tuple[Node, ...], weights: dict[str, np.ndarray], seen: dict[str, np.ndarray]) -> None:
    """Every operation, some of its units at some places: the value is what was seen there."""
    rng = np.random.default_rng(0)
    for node in nodes:
        inputs, output = [seen[name] for name in node.inputs], seen[node.name]
        assert output.shape == node.shape
        for number in {0, node.shape[0] - 1, int(rng.integers(node.shape[0]))}:
            unit = node.unit(weights, number)
            assert (len(unit.rows), len(unit.columns)) == (node.shape[1:] or (1, 1))
            for row, column in places(node.shape, rng):
                value = unit.cell(inputs, row, column).value
                expected = output[number, row, column] if output.ndim == 3 else output[number]
                assert value == pytest.approx(expected, rel=1e-5, abs=1e-6), (node.name, number, row, column)


@every_layer
def test_the_value_of_a_cell_is_what_torch_gives(member):
    @quick
    @given(working(member, most=48), st.integers(0, 1000))
    def holds(drawn: tuple[Layer, Shape], seed: int) -> None:
        one, shape = drawn
        network, nodes = alone(one, shape, seed)
        image = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
        check_cells(nodes, state_of(network), hooked(network, nodes, image))

    holds()


@every_layer
def test_a_cell_is_a_weighted_sum_and_at_most_a_bend_of_it(member):
    # What the inspector draws for every kind: window, weights, products, their sum.
    network, nodes = alone(member(), shape := some_input(member))
    seen = hooked(network, nodes, np.random.default_rng(1).normal(size=shape).astype(np.float32))
    final = {
        "identity": float,
        "sigmoid": lambda total: 1 / (1 + math.exp(-total)),
        "tanh": math.tanh,
        "elu": lambda total: max(total, math.exp(min(total, 0)) - 1),
        "gelu": lambda total: total * statistics.NormalDist().cdf(total),
    }
    for node in nodes:
        unit = node.unit(state_of(network), 0)
        cell = unit.cell([seen[name] for name in node.inputs])
        assert cell.patch.shape == cell.weight.shape == (len(unit.sources), *unit.window)
        assert cell.patch.dtype == cell.weight.dtype == np.float32
        both = zip(cell.patch.flat, cell.weight.flat, strict=True)
        total = cell.bias + sum(float(v) * float(w) for v, w in both if w)  # nothing, minus infinity, is never chosen
        assert cell.products.sum() + cell.bias == pytest.approx(cell.sum) == pytest.approx(total)
        assert cell.value == pytest.approx(final[cell.function](total))


@every_layer
def test_a_cell_changes_nothing_of_what_it_is_made_of(member):
    network, nodes = alone(member(), shape := some_input(member))
    weights = state_of(network)
    seen = hooked(network, nodes, np.random.default_rng(1).normal(size=shape).astype(np.float32))
    before = {name: values.copy() for name, values in {**weights, **seen}.items()}
    for node in nodes:
        cell = node.unit(weights, 0).cell([seen[name] for name in node.inputs])
        cell.patch[:] = 0
    assert all((values == before[name]).all() for name, values in {**weights, **seen}.items())


@every_layer
def test_its_record_is_plain_values_and_arrays(member):
    network, nodes = alone(member(), some_input(member))
    for node in nodes:
        unit = node.unit(state_of(network), 0)
        header = json.loads(json.dumps(unit.header(), allow_nan=False))
        assert header["function"] in ("identity", "relu", "leaky_relu", "sigmoid", "tanh", "elu", "gelu")
        assert header["window"] == list(unit.window)
        arrays = unit.arrays()
        assert all(values.dtype == np.int32 for name, values in arrays.items() if name != "weight")
        assert arrays["sources"].shape == (len(unit.sources), 2)
        assert arrays["sources"][:, 0].max() < len(node.inputs)
        assert ("weight" in arrays) == (unit.weight is not None)


@every_layer
def test_a_unit_or_place_that_is_not_there_is_refused_with_the_range(member):
    network, nodes = alone(member(), shape := some_input(member))
    seen = hooked(network, nodes, np.zeros(shape, np.float32))
    node = nodes[-1]
    count, (height, width) = node.shape[0], node.shape[1:] or (1, 1)
    for number in (-1, count):
        with pytest.raises(LayerError, match=f"{node.name} has no unit {number}; choose from 0 to {count - 1}"):
            node.unit(state_of(network), number)
    unit, inputs = node.unit(state_of(network), 0), [seen[name] for name in node.inputs]
    for row in (-1, height):
        with pytest.raises(LayerError, match=f"no row {row}; choose from 0 to {height - 1}"):
            unit.cell(inputs, row, 0)
    for column in (-1, width):
        with pytest.raises(LayerError, match=f"no column {column}; choose from 0 to {width - 1}"):
            unit.cell(inputs, 0, column)


def test_a_block_of_several_operations_has_no_unit_of_its_own():
    with pytest.raises(LayerError, match="ask its nodes"):
        ResidualBlock().unit({}, (3, 8, 8), 0)


# what is in the window, by pen and paper


def test_a_convolution_in_the_corner_sees_zeros_beyond_the_edge():
    weights = {"weight": np.arange(1, 19, dtype=np.float32).reshape(1, 2, 3, 3), "bias": np.array([0.5], np.float32)}
    image = np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], np.float32)
    unit = Convolution(out_channels=1, padding=1).unit(weights, (2, 2, 2), 0)
    assert unit.sources.tolist() == [[0, 0], [0, 1]]
    assert (unit.rows.tolist(), unit.columns.tolist()) == ([-1, 0], [-1, 0])
    cell = unit.cell([image], 0, 1)
    assert (cell.top, cell.left) == (-1, 0)
    assert cell.patch.tolist() == [[[0, 0, 0], [1, 2, 0], [3, 4, 0]], [[0, 0, 0], [5, 6, 0], [7, 8, 0]]]
    first, second = 1 * 4 + 2 * 5 + 3 * 7 + 4 * 8, 5 * 13 + 6 * 14 + 7 * 16 + 8 * 17
    assert cell.value == first + second + 0.5


def test_a_window_may_lie_in_the_padding_altogether():
    weights = {"weight": np.ones((1, 1, 1, 1), np.float32), "bias": np.array([2.0], np.float32)}
    unit = Convolution(out_channels=1, kernel_size=1, padding=2).unit(weights, (1, 1, 1), 0)
    values = [
        [unit.cell([np.full((1, 1, 1), 7, np.float32)], row, column).value for column in range(5)] for row in (0, 2)
    ]
    assert values == [[2, 2, 2, 2, 2], [2, 2, 9, 2, 2]]


def test_the_factor_and_bias_of_a_batch_norm_are_told_from_what_it_learned():
    network, nodes = alone(BatchNorm(), shape := (3, 4, 5), seed=7)
    weights = state_of(network)
    learned = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"}
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    seen = hooked(network, nodes, image)[nodes[0].name]
    for number in range(3):
        unit = nodes[0].unit(weights, number)
        origin = unit.header()["origin"]
        named = {name: nodes[0].own(weights)[key][number] for name, key in learned.items()}
        assert origin == {**named, "epsilon": 1e-5}
        factor = origin["gamma"] / math.sqrt(origin["variance"] + origin["epsilon"])
        assert unit.cell([image], 2, 3).weight.item() == pytest.approx(factor, rel=1e-6)
        assert unit.bias == pytest.approx(origin["beta"] - origin["mean"] * factor, rel=1e-6)
        made = (image[number] - origin["mean"]) * factor + origin["beta"]
        np.testing.assert_allclose(made, seen[number], rtol=1e-5, atol=1e-6)
    assert ReLU().unit({}, shape, 0).header()["origin"] == {}


def test_max_pooling_weighs_the_winner_1_and_average_pooling_all_alike():
    image = np.array([[[1, -2, 5, 0], [3, 4, 9, 1]]], np.float32)
    cell = MaxPooling().unit({}, (1, 2, 4), 0).cell([image], 0, 1)
    assert cell.weight.tolist() == [[[0, 0], [1, 0]]]
    assert (cell.top, cell.left, cell.value) == (0, 2, 9)
    cell = AveragePooling().unit({}, (1, 2, 4), 0).cell([image], 0, 0)
    assert cell.weight.tolist() == [[[0.25, 0.25], [0.25, 0.25]]]
    assert cell.products.tolist() == [[[0.25, -0.5], [0.75, 1]]]
    assert cell.value == 1.5


@quick
@given(st.integers(0, 1000), st.integers(1, 4), st.integers(1, 3))
def test_among_equals_the_winner_is_the_one_torch_takes(seed, size, stride):
    image = np.random.default_rng(seed).integers(0, 3, (2, 7, 6)).astype(np.float32)
    _, winners = torch.nn.functional.max_pool2d(torch.tensor(image), size, stride, return_indices=True)
    for channel, row, column in np.ndindex(*winners.shape):
        unit = MaxPooling(kernel_size=size, stride=stride).unit({}, (2, 7, 6), channel)
        cell = unit.cell([image], row, column)
        _, down, right = (int(place) for place in np.unravel_index(cell.weight.argmax(), cell.weight.shape))
        assert cell.weight.sum() == 1
        assert (cell.top + down) * 6 + cell.left + right == winners[channel, row, column]


@pytest.mark.parametrize("value", [-2.0, -0.0, 0.0, 3.0])
def test_the_weight_of_a_relu_is_1_above_0_else_its_slope(value):
    image = np.full((1, 1, 1), value, np.float32)
    for layer, slope in ((ReLU(), 0.0), (LeakyReLU(negative_slope=0.25), 0.25)):
        cell = layer.unit({}, (1, 1, 1), 0).cell([image])
        assert cell.weight.tolist() == [[[1 if value > 0 else slope]]]
        assert cell.function == "identity"
        assert cell.value == (value if value > 0 else slope * value)


def test_flatten_and_resize_say_from_which_pixel_they_take():
    unit = Flatten().unit({}, (2, 3, 4), 1 * 12 + 2 * 4 + 3)
    assert (unit.sources.tolist(), unit.rows.tolist(), unit.columns.tolist()) == ([[0, 1]], [2], [3])
    unit = Resize(size=6).unit({}, (1, 2, 3), 0)
    assert (unit.rows.tolist(), unit.columns.tolist()) == ([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2])


def test_flat_values_are_maps_of_one_pixel():
    weights = {"weight": np.array([[1, 2, 3], [4, 5, 6]], np.float32), "bias": np.array([0, 1], np.float32)}
    cell = FullyConnected(out_features=2).unit(weights, (3,), 1).cell([np.array([1, 10, 100], np.float32)])
    assert cell.patch.tolist() == [[[1]], [[10]], [[100]]]
    assert cell.value == 4 + 50 + 600 + 1
    cell = GlobalAveragePooling().unit({}, (1, 2, 3), 0).cell([np.arange(6, dtype=np.float32).reshape(1, 2, 3)])
    assert cell.patch.shape == (1, 2, 3)
    assert cell.value == pytest.approx(2.5)


# what is not finite


def test_what_was_not_chosen_leaves_no_trace():
    image = np.array([[[-math.inf, 2], [1, 0]]], np.float32)
    assert MaxPooling().unit({}, (1, 2, 2), 0).cell([image]).value == 2
    assert ReLU().unit({}, (1, 2, 2), 0).cell([image]).value == 0
    image[0, 0, 0] = math.nan
    assert math.isnan(ReLU().unit({}, (1, 2, 2), 0).cell([image]).value)
    assert math.isnan(MaxPooling().unit({}, (1, 2, 2), 0).cell([image]).value)


@pytest.mark.parametrize("layer", [Sigmoid(), Tanh(), ELU(alpha=0.5), GELU()], ids=["sigmoid", "tanh", "elu", "gelu"])
@pytest.mark.parametrize("value", [-math.inf, -2e4, -800.0, 800.0, 2e4, math.inf, math.nan])
def test_the_largest_values_overflow_nowhere(layer, value):
    image = np.full((1, 1, 1), value, np.float32)
    expected = layer.build((1, 1, 1))(torch.tensor(image)).item()
    assert layer.unit({}, (1, 1, 1), 0).cell([image]).value == pytest.approx(expected, nan_ok=True)
