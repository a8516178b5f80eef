import math

import numpy as np
import pytest
import torch

from cnnviz.inspection.statistics import activation_statistics
from cnnviz.layers import AveragePooling, Flatten, FullyConnected, ReLU, ResidualBlock
from cnnviz.networks import NetworkSpec

SPEC = NetworkSpec.stack(
    "blocks",
    (2, 6, 6),
    [ResidualBlock(out_channels=4, stride=2), AveragePooling(), Flatten(), FullyConnected(out_features=5), ReLU()],
)


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(9, 2, 6, 6)).astype(np.float32)


def seen(network: torch.nn.Module, images: np.ndarray) -> dict[str, np.ndarray]:
    """What every node gives, kept by hooks of our own."""
    found: dict[str, np.ndarray] = {}
    for node in SPEC.nodes():
        network.get_submodule(node.name).register_forward_hook(
            lambda _module, _given, result, name=node.name: found.__setitem__(name, result.double().numpy())
        )
    with torch.no_grad():
        network(torch.tensor(images))
    return found


def test_they_are_those_of_every_value(images: np.ndarray) -> None:
    network = SPEC.build(1).eval()
    network.fc1.bias.data[[0, 3]] = -1e3  # two units that no image wakes
    expected = seen(network, images)
    found = activation_statistics(network, images)
    assert list(found) == [node.name for node in SPEC.nodes()]
    for name, values in expected.items():
        zeros = [[bool((image[unit] == 0).all()) for image in values] for unit in range(values.shape[1])]
        one = found[name]
        assert one.mean == pytest.approx(values.mean(), abs=1e-6, rel=1e-5)
        assert one.deviation == pytest.approx(values.std(), rel=1e-5)
        assert one.zeros == pytest.approx((values == 0).mean(), abs=1e-7)
        assert (one.dead, one.units) == (sum(map(all, zeros)), values.shape[1])
    assert found["relu1"].dead >= 2
    assert not any(network.get_submodule(node.name)._forward_hooks_with_kwargs for node in SPEC.nodes())


def test_what_is_no_number_is_said_and_does_no_harm(images: np.ndarray) -> None:
    network = SPEC.build(1).eval()
    network.fc1.bias.data[0] = math.nan
    one = activation_statistics(network, images)["fc1"]
    assert math.isnan(one.mean)
    assert (one.dead, one.units) == (0, 5)
