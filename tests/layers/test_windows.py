"""Layers that slide a window: convolution, max pooling, average pooling, against slow loops."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cnnviz.errors import LayerError
from cnnviz.layers import AveragePooling, Convolution, MaxPooling
from tests.layers.drawn import quick

Values = NDArray[np.float64]
SLACK = 1e-5  # float32 sums of some hundred products


def convolved(image: Values, weight: Values, bias: Values, stride: int, padding: int) -> Values:
    """One number at a time, as a person would."""
    channels, height, width = image.shape
    filters, _, size, _ = weight.shape
    rows, columns = (height + 2 * padding - size) // stride + 1, (width + 2 * padding - size) // stride + 1
    result = np.zeros((filters, rows, columns))
    for f, i, j in itertools.product(range(filters), range(rows), range(columns)):
        total = bias[f]
        for c, k, m in itertools.product(range(channels), range(size), range(size)):
            y, x = i * stride + k - padding, j * stride + m - padding
            if 0 <= y < height and 0 <= x < width:  # beyond the edge there are zeros
                total += image[c, y, x] * weight[f, c, k, m]
        result[f, i, j] = total
    return result


def pooled(image: Values, size: int, stride: int, kept: str) -> Values:
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


@quick
@given(
    st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 7)),
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(0, 1000),
)
def test_a_convolution_is_the_loop_over_windows(shape, filters, size, stride, padding, seed):
    layer = Convolution(out_channels=filters, kernel_size=size, stride=stride, padding=padding)
    if size > min(shape[1:]) + 2 * padding:
        with pytest.raises(LayerError):
            layer.output_shape(shape)
        return
    rng = np.random.default_rng(seed)
    image, weight, bias = (rng.normal(size=s) for s in (shape, (filters, shape[0], size, size), (filters,)))
    module = layer.build(shape)
    module.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
    expected = convolved(image, weight, bias, stride, padding)
    assert layer.output_shape(shape) == expected.shape
    assert np.allclose(forward(module, image), expected, atol=SLACK)


@pytest.mark.parametrize(("member", "kept"), [(MaxPooling, "max"), (AveragePooling, "mean")])
def test_a_pooling_is_the_loop_over_windows(member, kept):
    @quick
    @given(
        st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
        st.integers(1, 8),
        st.integers(1, 8),
        st.integers(0, 1000),
    )
    def holds(shape, size, stride, seed):
        layer = member(kernel_size=size, stride=stride)
        if size > min(shape[1:]):
            with pytest.raises(LayerError):
                layer.output_shape(shape)
            return
        image = np.random.default_rng(seed).normal(size=shape)
        expected = pooled(image, size, stride, kept)
        assert layer.output_shape(shape) == expected.shape
        assert np.allclose(forward(layer.build(shape), image), expected, atol=SLACK)

    holds()


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
def test_a_pooling_that_does_not_fit_names_no_padding_since_it_has_none(member):
    with pytest.raises(LayerError) as caught:
        member(kernel_size=5).output_shape((1, 3, 8))
    assert str(caught.value) == "window 5x5 is larger than its input 3x8; use window of 3 or less."


@pytest.mark.parametrize("member", [Convolution, MaxPooling, AveragePooling])
def test_flat_values_are_refused_with_the_place_it_belongs(member):
    with pytest.raises(LayerError, match="its input is 128 values; put it before flatten"):
        member().output_shape((128,))
