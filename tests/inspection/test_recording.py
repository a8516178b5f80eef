import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnviz.inspection import record
from cnnviz.layers import (
    AveragePooling,
    BatchNorm,
    Convolution,
    Dropout,
    Flatten,
    FullyConnected,
    MaxPooling,
    ReLU,
    ResidualBlock,
    Resize,
    Sigmoid,
)
from cnnviz.networks import NETWORKS, NetworkSpec
from tests.inspection.made import image_for

EVERYTHING = NetworkSpec.stack(
    "everything",
    (2, 8, 8),
    [
        Resize(size=11),
        Convolution(out_channels=4, kernel_size=3, stride=2, padding=1),
        BatchNorm(),
        ReLU(),
        MaxPooling(kernel_size=2, stride=1),
        Dropout(share=0.4),
        Convolution(out_channels=3, kernel_size=2),
        Sigmoid(),
        AveragePooling(),
        Flatten(),
        BatchNorm(),
        FullyConnected(out_features=5),
    ],
)


def network_with_a_past(spec: NetworkSpec = EVERYTHING) -> torch.nn.Sequential:
    """A network whose batch norms have seen something, so that their figures are not 0 and 1."""
    network = spec.build(4).train()
    for seed in range(3):
        network(torch.rand(6, *spec.input_shape, generator=torch.Generator().manual_seed(seed)))
    return network


def modes(network: torch.nn.Module) -> list[bool]:
    return [part.training for part in network.modules()]


def test_a_record_is_the_forward_by_hand_layer_by_layer():
    network, image = network_with_a_past(), image_for(EVERYTHING)
    w = network.state_dict()
    v = torch.tensor(image)[None]
    expected = {"input": v}
    expected["resize1"] = v = functional.interpolate(v, size=(11, 11), mode="nearest")
    expected["conv1"] = v = functional.conv2d(v, w["conv1.weight"], w["conv1.bias"], stride=2, padding=1)
    figures = [w[f"norm1.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    expected["norm1"] = v = functional.batch_norm(v, *figures)
    expected["relu1"] = v = v.clamp(min=0)
    expected["pool1"] = v = functional.max_pool2d(v, 2, 1)
    expected["dropout1"] = v
    expected["conv2"] = v = functional.conv2d(v, w["conv2.weight"], w["conv2.bias"])
    expected["sig1"] = v = 1 / (1 + torch.exp(-v))
    expected["pool2"] = v = functional.avg_pool2d(v, 2, 2)
    expected["flatten1"] = v = v.reshape(1, -1)
    figures = [w[f"norm2.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    expected["norm2"] = v = functional.batch_norm(v, *figures)
    expected["fc1"] = functional.linear(v, w["fc1.weight"], w["fc1.bias"])
    seen = record(network, image)
    assert list(seen) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(seen[name], values[0].numpy(), atol=1e-6, err_msg=name)


@pytest.mark.parametrize("preset", NETWORKS.values(), ids=list(NETWORKS))
@pytest.mark.parametrize("classes", [2, 10])
def test_a_record_holds_the_input_and_every_node_in_its_shape(preset, classes):
    spec = preset.spec((1, 8, 8), classes)
    seen = record(spec.build(0), image_for(spec))
    assert {name: values.shape for name, values in seen.items()} == {
        "input": (1, 8, 8),
        **{node.name: node.shape for node in spec.nodes()},
    }
    for values in seen.values():
        assert values.dtype == np.float32
        assert values.flags.c_contiguous
        assert values.flags.owndata or values.base is not None


def test_the_order_of_the_networks_memory_does_not_matter():
    network, image = network_with_a_past(), image_for(EVERYTHING)
    plain = record(network, image)
    swapped = record(network.to(memory_format=torch.channels_last), image)
    for name, values in plain.items():
        np.testing.assert_allclose(swapped[name], values, atol=1e-6, err_msg=name)
        assert swapped[name].flags.c_contiguous, "else its bytes are in another order in a file"


def test_what_a_record_gives_is_a_copy():
    network, image = network_with_a_past(), image_for(EVERYTHING)
    seen = record(network, image)
    before = {name: values.copy() for name, values in seen.items()}
    image[:] = 0
    with torch.no_grad():
        for values in network.parameters():
            values.zero_()
    for name, values in before.items():
        assert (seen[name] == values).all()


def test_looking_changes_nothing_in_the_network():
    network, image = network_with_a_past().train(), image_for(EVERYTHING)
    before = {name: values.clone() for name, values in network.state_dict().items()}
    state = torch.get_rng_state()
    first, again = record(network, image), record(network, image)
    assert all(torch.equal(values, before[name]) for name, values in network.state_dict().items())
    assert all((first[name] == again[name]).all() for name in first), "nothing is drawn at random"
    assert torch.equal(torch.get_rng_state(), state)
    assert all(values.grad is None for values in network.parameters())


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_left_in_the_mode_it_was_in(training):
    network = network_with_a_past().train(training)
    record(network, image_for(EVERYTHING))
    assert set(modes(network)) == {training}


def test_a_part_that_was_in_another_mode_than_the_whole_stays_in_it():
    network = network_with_a_past().train()
    network.norm1.eval()  # a batch norm that is kept as it is while the rest learns
    before = modes(network)
    record(network, image_for(EVERYTHING))
    assert modes(network) == before


def test_the_mode_is_restored_also_after_an_error():
    network = network_with_a_past().train()
    network.norm1.eval()
    before = modes(network)
    with pytest.raises(RuntimeError):
        record(network, np.zeros((3, 8, 8), np.float32))  # three channels where it takes two
    assert modes(network) == before
    assert torch.is_grad_enabled()


def test_inside_a_residual_block_every_part_is_recorded_as_by_hand():
    spec = NetworkSpec.stack(
        "blocks", (2, 6, 6), [ResidualBlock(out_channels=3, stride=2), Flatten(), FullyConnected(2)]
    )
    network, image = network_with_a_past(spec), image_for(spec)
    block, seen = network.block1, record(network, image)
    assert list(seen) == ["input", *(node.name for node in spec.nodes())]
    with torch.no_grad():
        v = torch.tensor(image)[None]
        network.eval()
        main = block.conv2(block.norm1(block.conv1(v)).clamp(min=0))
        added = block.norm2(main) + block.shortcut_norm(block.shortcut(v))
    np.testing.assert_allclose(seen["block1.conv2"], main[0].numpy(), atol=1e-6)
    np.testing.assert_allclose(seen["block1.add"], added[0].numpy(), atol=1e-6)
    np.testing.assert_allclose(seen["block1.relu2"], added[0].clamp(min=0).numpy(), atol=1e-6)
    assert not any(part._forward_hooks for part in network.modules())


def test_no_hook_stays_after_an_error_inside_a_block():
    spec = NetworkSpec.stack("blocks", (2, 6, 6), [ResidualBlock(), Flatten(), FullyConnected(2)])
    network = network_with_a_past(spec)
    with pytest.raises(RuntimeError):
        record(network, np.zeros((3, 6, 6), np.float32))
    assert not any(part._forward_hooks for part in network.modules())
    assert network.training
