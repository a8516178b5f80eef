"""Layers that work value by value, or on a row of them: against loops and formulas written out."""

import math

import numpy as np
import pytest
import torch

from cnnviz.errors import LayerError
from cnnviz.layers import (
    BatchNorm,
    Dropout,
    Flatten,
    FullyConnected,
    GlobalAveragePooling,
    LeakyReLU,
    ReLU,
    Resize,
    Sigmoid,
    Tanh,
)

EPSILON = 1e-5  # what torch adds to a variance


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3, shape).astype(np.float32)


def looked_at(module: torch.nn.Module, values: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return module.eval()(torch.tensor(values)).numpy()


def test_relu_cuts_what_is_negative():
    values = numbers(2, 3, 4, 5)
    expected = [value if value > 0 else 0.0 for value in values.flat]
    assert looked_at(ReLU().build((3, 4, 5)), values).ravel().tolist() == expected


def test_sigmoid_is_one_over_one_plus_e_to_the_minus():
    values = np.concatenate([numbers(20), np.array([0, 80, -80], np.float32)])[None]
    expected = [1 / (1 + math.exp(-float(value))) for value in values.flat]
    assert looked_at(Sigmoid().build((23,)), values).ravel() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.3, 1.0])
def test_leaky_relu_leaves_a_part_of_what_is_negative(slope):
    values = numbers(2, 3, 4, 5)
    expected = [float(value) if value > 0 else slope * float(value) for value in values.flat]
    assert looked_at(LeakyReLU(negative_slope=slope).build((3, 4, 5)), values).ravel() == pytest.approx(expected)


def test_tanh_is_the_quotient_of_the_powers_of_e():
    values = np.concatenate([numbers(20), np.array([0, 80, -80], np.float32)])[None]
    powers = [(math.exp(float(value)), math.exp(-float(value))) for value in values.flat]
    expected = [(up - down) / (up + down) for up, down in powers]
    assert looked_at(Tanh().build((23,)), values).ravel() == pytest.approx(expected, rel=1e-5)


def test_global_average_pooling_is_the_mean_of_every_map_in_a_row():
    values = numbers(2, 3, 4, 5)
    expected = [[sum(float(value) for value in values[n, c].flat) / 20 for c in range(3)] for n in range(2)]
    assert np.allclose(looked_at(GlobalAveragePooling().build((3, 4, 5)), values), expected, atol=1e-5)
    assert GlobalAveragePooling().output_shape((3, 4, 5)) == (3,)
    assert FullyConnected(out_features=7).output_shape(GlobalAveragePooling().output_shape((3, 4, 5))) == (7,)


def test_flatten_reads_channel_by_channel_and_row_by_row():
    values = numbers(2, 2, 3, 4)
    expected = [[values[n, c, i, j] for c in range(2) for i in range(3) for j in range(4)] for n in range(2)]
    assert looked_at(Flatten().build((2, 3, 4)), values).tolist() == expected
    assert Flatten().output_shape((2, 3, 4)) == (24,)
    assert Flatten().output_shape((7,)) == (7,)


def test_fully_connected_is_a_weighted_sum_and_a_bias():
    module = FullyConnected(out_features=4).build((6,))
    weight, bias, values = numbers(4, 6, seed=1), numbers(4, seed=2), numbers(3, 6)
    module.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
    expected = [
        [float(bias[o]) + sum(float(values[n, i]) * float(weight[o, i]) for i in range(6)) for o in range(4)]
        for n in range(3)
    ]
    assert np.allclose(looked_at(module, values), expected, atol=1e-4)


def test_fully_connected_refuses_maps_and_says_what_to_put_before():
    with pytest.raises(LayerError, match="its input is 16x8x8; put flatten before it"):
        FullyConnected().output_shape((16, 8, 8))


@pytest.mark.parametrize("shape", [(3, 4, 5), (6,)], ids=["maps", "flat"])
def test_batch_norm_in_training_brings_every_channel_to_mean_0_and_variance_1(shape):
    values = numbers(7, *shape)
    module = BatchNorm(momentum=0.3).build(shape).train()
    gamma, beta = numbers(shape[0], seed=1), numbers(shape[0], seed=2)
    with torch.no_grad():
        module.weight.copy_(torch.tensor(gamma))
        module.bias.copy_(torch.tensor(beta))
        output = module(torch.tensor(values)).numpy()
    for c in range(shape[0]):
        channel = [float(value) for value in values[:, c].ravel()]
        mean = sum(channel) / len(channel)
        squares = sum((value - mean) ** 2 for value in channel)
        spread = math.sqrt(squares / len(channel) + EPSILON)
        expected = [(value - mean) / spread * gamma[c] + beta[c] for value in channel]
        assert output[:, c].ravel() == pytest.approx(expected, abs=1e-4)
        # The running figures start at 0 and 1 and move by the share that momentum says.
        assert module.running_mean[c].item() == pytest.approx(0.3 * mean, abs=1e-5)
        assert module.running_var[c].item() == pytest.approx(0.7 + 0.3 * squares / (len(channel) - 1), rel=1e-5)


@pytest.mark.parametrize("shape", [(3, 4, 5), (6,)], ids=["maps", "flat"])
def test_batch_norm_looked_at_uses_the_running_figures(shape):
    module = BatchNorm().build(shape)
    gamma, beta, mean = (numbers(shape[0], seed=seed) for seed in (1, 2, 3))
    variance = np.abs(numbers(shape[0], seed=4)) + 0.1
    figures = {"weight": gamma, "bias": beta, "running_mean": mean, "running_var": variance}
    module.load_state_dict({name: torch.tensor(values) for name, values in figures.items()}, strict=False)
    values = numbers(2, *shape)
    expected = np.empty_like(values)
    for c in range(shape[0]):
        expected[:, c] = (values[:, c] - mean[c]) / math.sqrt(variance[c] + EPSILON) * gamma[c] + beta[c]
    assert np.allclose(looked_at(module, values), expected, atol=1e-4)


def test_dropout_passes_everything_on_when_looked_at():
    values = numbers(2, 3, 4, 4)
    assert (looked_at(Dropout(share=0.8).build((3, 4, 4)), values) == values).all()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.95])
def test_dropout_in_training_zeroes_its_share_and_enlarges_the_rest_to_the_same_mean(share):
    torch.manual_seed(0)
    values = torch.full((200, 50), 2.0)
    output = Dropout(share=share).build((50,)).train()(values)
    assert all(value == 0 or value == pytest.approx(2 / (1 - share)) for value in output.unique().tolist())
    zeroed = (output == 0).float().mean().item()
    assert zeroed == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 10_000) + 1e-9)


def test_resize_repeats_pixels_by_the_whole_part_of_the_quotient():
    for height, width, size in [(8, 8, 28), (8, 8, 32), (8, 8, 8), (3, 5, 7), (28, 20, 32), (1, 1, 512), (2, 7, 82)]:
        values = numbers(1, 2, height, width)
        output = looked_at(Resize(size=size).build((2, height, width)), values)[0]
        rows = [source(output[:, i, :], values[0], i, size, axis=1) for i in range(size)]
        columns = [source(output[:, :, j], values[0], j, size, axis=2) for j in range(size)]
        expected = values[0][:, rows][:, :, columns]
        assert (output == expected).all()


def source(line: np.ndarray, image: np.ndarray, index: int, size: int, axis: int) -> int:
    """The row or column of the image that a line of the result shows: floor, or where that is exact the one before."""
    length = image.shape[axis]
    whole, rest = divmod(index * length, size)
    allowed = [whole] if rest or not whole else [whole, whole - 1]
    shown = [at for at in allowed if set(line.ravel()) <= set(np.take(image, at, axis).ravel())]
    assert shown, f"line {index} of {size} shows none of {allowed}"
    return shown[0]


def test_the_sizes_of_the_presets_are_exact():
    for size in (28, 32):
        output = looked_at(Resize(size=size).build((1, 8, 8)), np.arange(64, dtype=np.float32).reshape(1, 1, 8, 8))
        expected = [[8 * (i * 8 // size) + j * 8 // size for j in range(size)] for i in range(size)]
        assert output[0, 0].tolist() == expected


def test_resize_makes_no_image_smaller():
    with pytest.raises(LayerError, match="size 28 is smaller than its input 20x30; use 30 or more"):
        Resize(size=28).output_shape((1, 20, 30))
    assert Resize(size=30).output_shape((1, 20, 30)) == (1, 30, 30)


def test_resize_refuses_flat_values():
    with pytest.raises(LayerError, match="its input is 64 values; put it before flatten"):
        Resize().output_shape((64,))
