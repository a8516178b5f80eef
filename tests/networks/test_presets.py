"""The presets layer by layer, as they are written in the books."""

import pytest

from cnnviz.layers import (
    AveragePooling,
    BatchNorm,
    Convolution,
    Flatten,
    FullyConnected,
    GlobalAveragePooling,
    MaxPooling,
    ReLU,
    ResidualBlock,
    Resize,
    Sigmoid,
)
from cnnviz.networks import NETWORKS, NetworkSpec


def layers_of(spec: NetworkSpec) -> list[object]:
    return [layer for _, layer in spec.layers]


@pytest.mark.parametrize(("classes", "outputs"), [(2, 1), (3, 3), (10, 10)])
def test_the_keras_example_has_exactly_the_layers_of_the_textbooks(classes, outputs):
    spec = NETWORKS["keras_example"].spec((1, 28, 28), classes)
    assert layers_of(spec) == [
        Convolution(out_channels=32, kernel_size=3, stride=1, padding=0),
        ReLU(),
        MaxPooling(kernel_size=2, stride=2),
        Convolution(out_channels=64, kernel_size=3, stride=1, padding=0),
        ReLU(),
        MaxPooling(kernel_size=2, stride=2),
        Flatten(),
        FullyConnected(out_features=128),
        ReLU(),
        FullyConnected(out_features=outputs),
    ]
    assert spec.outputs == outputs


def test_the_keras_example_has_the_sizes_and_weights_that_keras_prints():
    spec = NETWORKS["keras_example"].spec((1, 28, 28), 10)
    assert list(spec.shapes().values()) == [
        *[(32, 26, 26)] * 2,
        (32, 13, 13),
        *[(64, 11, 11)] * 2,
        (64, 5, 5),
        (1600,),
        *[(128,)] * 2,
        (10,),
    ]
    counts = [sum(value.numel() for value in part.parameters()) for part in spec.build(0)]
    assert [count for count in counts if count] == [320, 18_496, 1600 * 128 + 128, 1_290]


def test_lenet5_has_6_and_16_maps_and_120_and_84_units():
    spec = NETWORKS["lenet5"].spec((1, 32, 32), 10)
    assert layers_of(spec) == [
        Convolution(out_channels=6, kernel_size=5),
        Sigmoid(),
        AveragePooling(kernel_size=2, stride=2),
        Convolution(out_channels=16, kernel_size=5),
        Sigmoid(),
        AveragePooling(kernel_size=2, stride=2),
        Flatten(),
        FullyConnected(out_features=120),
        Sigmoid(),
        FullyConnected(out_features=84),
        Sigmoid(),
        FullyConnected(out_features=10),
    ]
    shapes = spec.shapes()
    assert [shapes[name] for name in ("conv1", "pool1", "conv2", "pool2")] == [
        (6, 28, 28),
        (6, 14, 14),
        (16, 10, 10),
        (16, 5, 5),
    ]


def test_digits_small_keeps_8x8_through_two_convolutions():
    spec = NETWORKS["digits_small"].spec((1, 8, 8), 10)
    assert layers_of(spec) == [
        Convolution(out_channels=16, kernel_size=3, padding=1),
        ReLU(),
        Convolution(out_channels=32, kernel_size=3, padding=1),
        ReLU(),
        MaxPooling(),
        Flatten(),
        FullyConnected(out_features=10),
    ]
    assert [spec.shapes()[name] for name in ("conv1", "conv2", "pool1")] == [(16, 8, 8), (32, 8, 8), (32, 4, 4)]


def test_tinyvgg_has_two_blocks_of_two_convolutions_with_ten_filters_each():
    block = [Convolution(out_channels=10, kernel_size=3), ReLU(), Convolution(out_channels=10, kernel_size=3), ReLU()]
    spec = NETWORKS["tinyvgg"].spec((3, 64, 64), 10)
    assert layers_of(spec) == [*block, MaxPooling(), *block, MaxPooling(), Flatten(), FullyConnected(out_features=10)]


@pytest.mark.parametrize(("size", "sizes"), [(64, [62, 60, 30, 28, 26, 13]), (28, [26, 24, 12, 10, 8, 4])])
def test_tinyvgg_has_the_sizes_that_cnn_explainer_shows(size, sizes):
    shapes = NETWORKS["tinyvgg"].spec((3, size, size), 10).shapes()
    shown = [shapes[name] for name in ("conv1", "conv2", "pool1", "conv3", "conv4", "pool2")]
    assert shown == [(10, one, one) for one in sizes]
    assert shapes["flatten1"] == (10 * sizes[-1] ** 2,)


def test_small_resnet_has_two_residual_blocks_and_the_mean_of_every_map():
    spec = NETWORKS["small_resnet"].spec((1, 8, 8), 10)
    assert layers_of(spec) == [
        Convolution(out_channels=16, kernel_size=3, padding=1),
        BatchNorm(),
        ReLU(),
        ResidualBlock(out_channels=16, stride=1, batch_norm=True),
        ResidualBlock(out_channels=32, stride=2, batch_norm=True),
        GlobalAveragePooling(),
        FullyConnected(out_features=10),
    ]
    shapes = spec.shapes()
    assert [shapes[name] for name in ("conv1", "block1", "block2", "pool1")] == [
        (16, 8, 8),
        (16, 8, 8),
        (32, 4, 4),
        (32,),
    ]


@pytest.mark.parametrize(("name", "size"), [("keras_example", 28), ("tinyvgg", 28), ("lenet5", 32)])
def test_digits_are_enlarged_for_it(name, size):
    spec = NETWORKS[name].spec((1, 8, 8), 10)
    assert spec.layers[0] == ("resize1", Resize(size=size))
    assert spec.shapes()["resize1"] == (1, size, size)
    assert layers_of(spec)[1:] == layers_of(NETWORKS[name].spec((1, size, size), 10))
