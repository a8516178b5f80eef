"""Layers that slide a window: convolution, max pooling, average pooling, against slow loops."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cnnviz.errors import LayerError, SettingError
from cnnviz.layers import AveragePooling, Convolution, Layer, MaxPooling, Shape
from tests.layers.drawn import accepts, quick, working

Values = NDArray[np.float64]
LAID_OUT: dict[str, Any] = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
SLACK = 1e-5  # float32 sums of some hundred products


def convolved(image: Values, weight: Values, bias: Values, layer: Convolution) -> Values:
    """One number at a time, as a person would, on the image with its padding laid out around it."""
    pads = (layer.padding, layer.padding)
    if layer.same:
        around = layer.dilation * (layer.kernel_size - 1)
        pads = (around // 2, around - around // 2)
    image = np.pad(image, ((0, 0), pads, pads), mode=LAID_OUT[layer.padding_mode])
    filters, each, size, _ = weight.shape
    reach = layer.dilation * (size - 1) + 1
    rows, columns = ((length - reach) // layer.stride + 1 for length in image.shape[1:])
    result = np.zeros((filters, rows, columns))
    for f, i, j in itertools.product(range(filters), range(rows), range(columns)):
        total = bias[f]
        first = f // (filters // layer.groups) * each
        for c, k, m in itertools.product(range(each), range(size), range(size)):
            y, x = i * layer.stride + k * layer.dilation, j * layer.stride + m * layer.dilation
            total += image[first + c, y, x] * weight[f, c, k, m]
        result[f, i, j] = total
    return result


def pooled(image: Values, size: int, stride: int, padding: int, kept: str) -> Values:
    lowest = -np.inf if kept == "max" else 0  # torch: what lies in the padding never wins, and counts in a mean
    image = np.pad(image, ((0, 0), (padding, padding), (padding, padding)), constant_values=lowest)
    channels, height, width = image.shape
    rows, columns = (height - size) // stride + 1, (width - size) // stride + 1
    result = np.zeros((channels, rows, columns))
    for c, i, j in itertools.product(range(channels), range(rows), range(columns)):
        window = [image[c, i * stride + k, j * stride + m] for k in range(size) for m in range(size)]
        result[c, i, j] = max(window) if kept == "max" else sum(window) / len(window)
    return result


def forward(module: torch.nn.Module, image: Values) -> NDArray[np.float32]:
    with torch.no_grad():
        output: NDArray[np.float32] = module.eval()(torch.tensor(image, dtype=torch.float32)[None])[0].numpy()
    return output


@pytest.mark.parametrize("mode", LAID_OUT)
@quick
@given(drawn=working(Convolution, most=6), seed=st.integers(0, 1000))
def test_a_convolution_is_the_loop_over_windows(mode: str, drawn: tuple[Layer, Shape], seed: int) -> None:
    layer, shape = drawn
    assert isinstance(layer, Convolution)
    layer = replace(layer, padding_mode=mode)
    assume(accepts(layer, shape))
    rng = np.random.default_rng(seed)
    module = layer.build(shape)
    image, weight = rng.normal(size=shape), rng.normal(size=module.weight.shape)
    bias = rng.normal(size=layer.out_channels) * layer.bias
    state = {"weight": torch.tensor(weight), "bias": torch.tensor(bias)}
    module.load_state_dict(state if layer.bias else {"weight": state["weight"]})
    expected = convolved(image, weight, bias, layer)
    assert layer.output_shape(shape) == expected.shape
    assert np.allclose(forward(module, image), expected, atol=SLACK)


@pytest.mark.parametrize(("member", "kept"), [(MaxPooling, "max"), (AveragePooling, "mean")])
def test_a_pooling_is_the_loop_over_windows(member, kept):
    @quick
    @given(working(member), st.integers(0, 1000))
    def holds(drawn, seed):
        layer, shape = drawn
        image = np.random.default_rng(seed).normal(size=shape)
        expected = pooled(image, layer.kernel_size, layer.stride, layer.padding, kept)
        assert layer.output_shape(shape) == expected.shape
        assert np.allclose(forward(layer.build(shape), image), expected, atol=SLACK)

    holds()


@pytest.mark.parametrize(
    ("layer", "shape", "sentence"),
    [
        (
            Convolution(kernel_size=5, dilation=2),
            (1, 6, 9),
            "kernel 5x5 with dilation 2 reaches over 9x9 and is larger than its input 6x9; "
            "use kernel of 3 or less, dilation of 1 or less, or padding 2.",
        ),
        (
            Convolution(groups=3),
            (4, 8, 8),
            "groups 3 does not divide both the 4 channels of its input 8x8 and the 16 filters; "
            "use groups 1, groups 2, or groups 4.",
        ),
        (
            Convolution(padding=3, padding_mode="reflect"),
            (1, 3, 8),
            "padding_mode reflect with padding 3 needs more than its input 3x8; "
            "use padding of 2 or less or padding_mode zeros.",
        ),
        (
            Convolution(kernel_size=9, same=True, padding_mode="circular"),
            (1, 3, 8),
            "padding_mode circular with padding 4 needs more than its input 3x8; "
            "use kernel of 7 or less or padding_mode zeros.",
        ),
        (
            Convolution(same=True, stride=2),
            (1, 8, 8),
            "same size with stride 2 is not possible in PyTorch, whatever its input 8x8; "
            "use stride 1 or padding in numbers.",
        ),
    ],
    ids=["dilation", "groups", "reflect", "circular", "same"],
)
def test_what_a_convolution_cannot_do_it_says_and_torch_cannot_either(layer, shape, sentence):
    with pytest.raises(LayerError) as caught:
        layer.output_shape(shape)
    assert str(caught.value) == sentence
    with pytest.raises((RuntimeError, ValueError)):
        layer.build(shape)(torch.zeros(1, *shape))


def test_padding_in_numbers_beside_same_size_is_refused():
    with pytest.raises(SettingError, match="Padding: 2 has no use with the same size True; leave it at 0"):
        Convolution(padding=2, same=True)


def test_a_convolution_by_pen_and_paper():
    module = Convolution(out_channels=1, kernel_size=2).build((1, 2, 3))
    module.load_state_dict({"weight": torch.tensor([[[[1.0, 0.0], [0.0, -1.0]]]]), "bias": torch.tensor([10.0])})
    # As torch says convolution, the filter is not turned: 1 - 5 + 10 and 2 - 6 + 10.
    assert forward(module, np.array([[[1.0, 2, 3], [4, 5, 6]]])).tolist() == [[[6.0, 6.0]]]


def test_poolings_by_pen_and_paper():
    image = np.array([[[1.0, -2, 5], [3, 4, 9], [7, 7, 7]]])
    assert forward(MaxPooling().build((1, 3, 3)), image).tolist() == [[[4.0]]]
    assert forward(AveragePooling().build((1, 3, 3)), image).tolist() == [[[1.5]]]


def test_the_filters_of_a_convolution_are_its_weight():
    weights = {"weight": np.zeros((4, 2, 3, 3), np.float32), "bias": np.zeros(4, np.float32)}
    assert Convolution().filters(weights) is weights["weight"]
    assert MaxPooling().filters({}) is None


def test_a_filter_larger_than_the_image_is_refused_with_what_would_do():
    with pytest.raises(LayerError) as caught:
        Convolution(kernel_size=5).output_shape((1, 3, 3))
    assert str(caught.value) == "kernel 5x5 is larger than its input 3x3; use kernel of 3 or less or padding 1."


@pytest.mark.parametrize("member", [MaxPooling, AveragePooling])
def test_a_pooling_that_does_not_fit_names_what_would_do(member):
    with pytest.raises(LayerError) as caught:
        member(kernel_size=5).output_shape((1, 3, 8))
    assert str(caught.value) == "window 5x5 is larger than its input 3x8; use window of 3 or less or padding 1."
    with pytest.raises(LayerError) as caught:
        member(kernel_size=3, padding=2).output_shape((1, 3, 8))
    assert str(caught.value) == (
        "padding 2 around its input 3x8 is more than half the window 3x3; use padding of 1 or less."
    )


@pytest.mark.parametrize("member", [Convolution, MaxPooling, AveragePooling])
def test_flat_values_are_refused_with_the_place_it_belongs(member):
    with pytest.raises(LayerError, match="its input is 128 values; put it before flatten"):
        member().output_shape((128,))
