"""The presets layer by layer, as they are written in the books."""

import pytest
import torch

from cnnviz.datasets import DATASETS
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


def shapes_of(name: str, *layers: str) -> list[tuple[int, ...]]:
    shapes = NETWORKS[name].spec((3, 32, 32), 10).shapes()
    return [shapes[layer] for layer in layers]


def test_alexnet_small_has_five_convolutions_three_overlapping_poolings_and_three_dense_layers():
    spec = NETWORKS["alexnet_small"].spec((3, 32, 32), 10)
    kinds = [layer.kind for _, layer in spec.layers]
    assert [kinds.count(kind) for kind in ("convolution", "max_pooling", "fully_connected", "dropout")] == [5, 3, 3, 2]
    assert {layer for _, layer in spec.layers if layer.kind == "max_pooling"} == {MaxPooling(kernel_size=3, stride=2)}
    sizes = shapes_of("alexnet_small", "conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool3", "fc1")
    assert sizes == [
        *[(24, 32, 32), (24, 15, 15), (64, 15, 15), (64, 7, 7)],
        *[(96, 7, 7), (96, 7, 7), (64, 7, 7), (64, 3, 3), (256,)],
    ]


@pytest.mark.parametrize("name", ["vgg11_small", "vgg11_norm_small"])
def test_vgg11_has_eight_convolutions_of_3x3_and_five_poolings(name):
    spec = NETWORKS[name].spec((3, 32, 32), 10)
    convolutions = [layer for _, layer in spec.layers if isinstance(layer, Convolution)]
    filters = [16, 32, 64, 64, 128, 128, 128, 128]  # a quarter of configuration A: 64, 128, 256, 256, 512 ...
    assert convolutions == [Convolution(out_channels=count, kernel_size=3, padding=1) for count in filters]
    assert shapes_of(name, "pool1", "pool2", "pool3", "pool4", "pool5", "fc3") == [
        *[(16, 16, 16), (32, 8, 8), (64, 4, 4), (128, 2, 2), (128, 1, 1), (10,)],
    ]
    after = [spec.layers[n + 1][1] for n, (_, layer) in enumerate(spec.layers) if isinstance(layer, Convolution)]
    assert set(after) == {BatchNorm() if "norm" in name else ReLU()}
    without = NETWORKS["vgg11_small"].spec((3, 32, 32), 10)
    assert [layer for layer in layers_of(spec) if layer != BatchNorm()] == layers_of(without)


@pytest.mark.parametrize(("name", "blocks"), [("resnet8", 1), ("resnet20", 3)])
def test_the_resnets_have_6n_and_2_layers_in_three_stages(name, blocks):
    spec = NETWORKS[name].spec((3, 32, 32), 10)
    stages = [
        (filters, stride) for filters, first in ((16, 1), (32, 2), (64, 2)) for stride in [first] + [1] * (blocks - 1)
    ]
    assert layers_of(spec) == [
        *[Convolution(out_channels=16, kernel_size=3, padding=1), BatchNorm(), ReLU()],
        *[ResidualBlock(out_channels=filters, stride=stride) for filters, stride in stages],
        *[GlobalAveragePooling(), FullyConnected(out_features=10)],
    ]
    weighted = [node for node in spec.nodes() if node.layer.kind in ("convolution", "fully_connected")]
    assert len([node for node in weighted if "shortcut" not in node.name]) == 6 * blocks + 2
    assert shapes_of(name, f"block{blocks}", f"block{2 * blocks}", f"block{3 * blocks}", "pool1") == [
        *[(16, 32, 32), (32, 16, 16), (64, 8, 8), (64,)],
    ]


def test_resnet20_has_the_weights_of_the_paper():
    assert NETWORKS["resnet20"].spec((3, 32, 32), 10).account().parameters.value == pytest.approx(0.27e6, rel=0.02)


def test_inception_small_has_three_blocks_whose_branches_give_the_maps_of_all():
    assert shapes_of("inception_small", "block1", "pool1", "block2", "pool2", "block3", "pool3", "fc1") == [
        *[(32, 32, 32), (32, 16, 16), (56, 16, 16), (56, 8, 8), (72, 8, 8), (72,), (10,)],
    ]


NEW = ["alexnet_small", "vgg11_small", "vgg11_norm_small", "resnet8", "resnet20", "inception_small"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NEW)
def test_its_recipe_learns_the_digits(name):
    preset, digits = NETWORKS[name], DATASETS["digits"].split(0)
    assert preset.recipe.optimizer == "adam"
    network = preset.spec((1, 8, 8), 10).build(0).train()
    images, labels = torch.tensor(digits.train.images), torch.tensor(digits.train.labels).long()
    optimizer = torch.optim.Adam(network.parameters(), preset.recipe.learning_rate)
    per_epoch, epochs = len(images) // preset.recipe.batch_size, preset.recipe.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, preset.recipe.learning_rate, epochs * per_epoch)
    torch.manual_seed(0)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(preset.recipe.batch_size)[:per_epoch]:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():
        answers = network.eval()(torch.tensor(digits.validation.images)).argmax(1)
    assert (answers == torch.tensor(digits.validation.labels)).float().mean() > 0.93


@pytest.mark.parametrize(("name", "size"), [("keras_example", 28), ("tinyvgg", 28), ("lenet5", 32)])
def test_digits_are_enlarged_for_it(name, size):
    spec = NETWORKS[name].spec((1, 8, 8), 10)
    assert spec.layers[0] == ("resize1", Resize(size=size))
    assert spec.shapes()["resize1"] == (1, size, size)
    assert layers_of(spec)[1:] == layers_of(NETWORKS[name].spec((1, size, size), 10))
