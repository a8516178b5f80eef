"""What layers and networks cost and see: against PyTorch's own counts, and against gradients of single values."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from torch.utils.flop_counter import FlopCounterMode

from cnnviz.layers import BatchNorm, Convolution, Flatten, FullyConnected, MaxPooling, ReLU, ResidualBlock, Resize
from cnnviz.networks import NETWORKS, NetworkSpec
from tests.layers.drawn import quick
from tests.networks.drawn import working_records

every_preset = pytest.mark.parametrize("preset", NETWORKS.values(), ids=list(NETWORKS))


def check_counts(spec: NetworkSpec) -> None:
    """Shapes, parameters and memory of every layer; products of all that torch counts."""
    network, accounts = spec.build(0).eval(), spec.accounts()
    values = torch.rand(1, *spec.input_shape)
    products = 0
    for name, part in network.named_children():
        given_here, account = values, accounts[name]
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            values = part(given_here)
        assert account.shape == tuple(values.shape[1:]), name
        assert account.parameters.value == sum(one.numel() for one in part.parameters()), name
        kept = [one for one in part.state_dict().values() if one.is_floating_point()]
        assert account.weight_bytes.value == sum(one.numel() * 4 for one in kept), name
        products += counter.get_total_flops() // 2
    counted = [node for node in spec.nodes() if node.layer.kind in ("convolution", "fully_connected")]
    assert sum(node.layer.multiply_adds(node.input_shape).value for node in counted) == products
    whole = spec.account()
    assert whole.parameters.value == sum(one.numel() for one in network.parameters())
    assert whole.multiply_adds.value == sum(one.multiply_adds.value for one in accounts.values())


def check_memory(spec: NetworkSpec) -> None:
    """What every operation gives takes memory, but for what only lies in another order."""
    made = [0]
    network = spec.build(0).eval()

    def keep(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> None:
        made[0] += 0 if isinstance(module, torch.nn.Flatten) else output.numel() * 4

    for node in spec.nodes():
        network.get_submodule(node.name).register_forward_hook(keep)
    with torch.no_grad():
        network(torch.rand(1, *spec.input_shape))
    assert spec.account().activation_bytes.value == made[0]


def open_until(spec: NetworkSpec, until: str) -> torch.nn.Sequential:
    """The network as far as a layer, changed so that every value in a window counts and nothing cancels."""
    part = torch.nn.Sequential()
    for name, child in spec.build(0).double().eval().named_children():
        # A maximum depends on one value of its window, a mean on all.
        is_max = isinstance(child, torch.nn.MaxPool2d)
        part.add_module(name, torch.nn.AvgPool2d(child.kernel_size, child.stride, child.padding) if is_max else child)
        if name == until:
            break
    with torch.no_grad():
        for weight in part.parameters():
            weight.copy_(torch.rand_like(weight) + 0.1)
    return part


def seen_by_gradient(spec: NetworkSpec, until: str) -> tuple[int, int]:
    """How many rows and columns of the image, from first to last, any one value of a layer depends on at the most."""
    image = torch.rand(1, *spec.input_shape, dtype=torch.float64, requires_grad=True)
    output = open_until(spec, until)(image)[0]
    most = [0, 0]
    for place in np.ndindex(*output.shape[1:]):
        (slope,) = torch.autograd.grad(output[(0, *place)], image, retain_graph=True)
        touched = slope[0].abs().sum(0) > 0
        for axis in range(2):
            (lines,) = torch.where(touched.any(1 - axis))
            most[axis] = max(most[axis], int(lines.max() - lines.min()) + 1 if len(lines) else 0)
    return most[0], most[1]


@every_preset
def test_the_counts_of_every_preset_are_pytorchs(preset):
    spec = preset.spec((1, 8, 8), 10)
    check_counts(spec)
    check_memory(spec)


@quick
@given(working_records())
def test_the_counts_of_random_networks_are_pytorchs(record):
    spec = NetworkSpec.from_record(record)
    check_counts(spec)
    check_memory(spec)


SEEN = [
    [Convolution(out_channels=2), MaxPooling(), Convolution(out_channels=2, kernel_size=5, padding=2)],
    [Convolution(out_channels=2, dilation=3, kernel_size=2), Convolution(out_channels=2, stride=3), ReLU()],
    [Resize(size=25), Convolution(out_channels=2, same=True), MaxPooling(kernel_size=3, stride=2, padding=1)],
    [Convolution(out_channels=2, padding=3, padding_mode="circular")],
    [Convolution(out_channels=2, padding=5, padding_mode="reflect"), Convolution(out_channels=1, stride=2)],
    [ResidualBlock(out_channels=2, stride=2, batch_norm=False), ResidualBlock(out_channels=2, batch_norm=False)],
    [Convolution(out_channels=2, stride=3), Flatten(), FullyConnected(out_features=4)],
]


@pytest.mark.parametrize("layers", SEEN, ids=range(len(SEEN)))
@pytest.mark.parametrize("shape", [(1, 21, 20), (2, 12, 17)], ids=str)
def test_a_value_depends_on_as_much_of_the_image_as_the_receptive_field_says(layers, shape):
    spec = NetworkSpec.stack("seen", shape, [*layers, Flatten(), FullyConnected()])
    for name, account in list(spec.accounts().items())[: len(layers)]:
        assert (account.field.rows, account.field.columns) == seen_by_gradient(spec, name), name


def test_the_arithmetic_is_written_out():
    layers = [Convolution(out_channels=16, padding=1), BatchNorm(), MaxPooling(), Flatten(), FullyConnected()]
    accounts = NetworkSpec.stack("mine", (3, 28, 20), layers).accounts()
    conv = accounts["conv1"]
    assert (
        conv.shape_text == "16 filters, a map each; height (28 + 2·1 − 3)/1 + 1 = 28, width (20 + 2·1 − 3)/1 + 1 = 20"
    )
    assert conv.parameters.text == "16 filters × (3 × 3 × 3 weights + 1 bias) = 448"
    assert conv.multiply_adds.text == "16 maps × 28 × 20 places × 3 × 3 × 3 weights = 241,920"
    assert conv.activation_bytes.text == "16 × 28 × 20 × 4 bytes = 35,840"
    assert conv.weight_bytes.text == "448 × 4 bytes = 1,792"
    assert conv.field.text == "1 + (3 − 1) × 1 = 3"
    assert accounts["norm1"].weight_bytes.text == "(32 learned + 32 running figures) × 4 bytes = 256"
    assert accounts["pool1"].field.text == "3 + (2 − 1) × 1 = 4; neighbours lie 2 apart"
    assert accounts["flatten1"].shape_text == "16 × 14 × 10 = 2,240 values"
    assert accounts["fc1"].parameters.text == "10 units × (2,240 weights + 1 bias) = 22,410"
    assert accounts["fc1"].field.text == "rows: all places together: 28; columns: all places together: 20"


@quick
@given(working_records())
def test_every_sum_and_product_that_is_written_out_is_right(record):
    accounts = NetworkSpec.from_record(record).accounts().values()
    for account in accounts:
        for figure in (account.parameters, account.multiply_adds, account.activation_bytes, account.weight_bytes):
            if figure.value and " = " in figure.text:
                assert worked_out(figure.text.rpartition(" = ")[0]) == figure.value, figure.text
                assert figure.text.endswith(f" = {figure.value:,}")
        for text in re.findall(r"[⌊(][^=;]*\)/\d+⌋? \+ 1 = \d+", account.shape_text):
            left, _, right = text.rpartition(" = ")
            assert worked_out(left) == int(right), text


def worked_out(text: str) -> int:
    """What an arithmetic in words gives; the words are left out."""
    plain = re.sub(r"[a-z_]+\d*(?= \d)", "", text.replace(",", "")) if " + " in text and "×" not in text else text
    plain = re.sub(r"[a-z][a-z_0-9]*", "", plain.replace(",", ""))
    for sign, meaning in (("×", "*"), ("·", "*"), ("−", "-"), ("⌊", "("), ("⌋", ")"), ("/", "//")):
        plain = plain.replace(sign, meaning)
    value = eval(plain)
    assert isinstance(value, int)
    return value
