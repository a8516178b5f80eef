"""Networks as other people write them: torchvision's, with random weights, on small images."""

from collections import Counter

import numpy as np
import pytest
import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torchvision import models

import cnnviz
from cnnviz.attribution import METHODS, explain
from cnnviz.inspection import prepare

QUICK = {"integrated_gradients": {"steps": 2}, "smooth_grad": {"samples": 2}, "occlusion": {"window": 32, "stride": 32}}
COUNTED = {
    "relu": {"relu", "relu_"},
    "max_pool": {"max_pool2d", "_max_pool2d", "boolean_dispatch"},
    "add": {"add", "add_", "__add__", "__iadd__"},
    "conv2d": {"conv2d"},
}


class Counting(TorchFunctionMode):
    """Counts torch's functions as they are called, whoever calls them: nothing of ours is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name == "add_" and isinstance(args[1], int):  # batch norm's counter of batches
            name = ""
        self.calls += Counter(kind for kind, names in COUNTED.items() if name in names)
        return function(*args, **(kwargs or {}))


def make(name: str) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return getattr(models, name)(weights=None, num_classes=7)


@pytest.fixture(scope="module")
def networks() -> dict[str, nn.Module]:
    return {name: make(name) for name in ("resnet18", "squeezenet1_1", "shufflenet_v2_x0_5")}


IMAGE = torch.rand(3, 48, 48, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "shufflenet_v2_x0_5"])
def test_every_convolution_relu_pooling_and_sum_is_seen(networks, name):
    network = networks[name].eval()
    with torch.no_grad(), Counting() as counting:
        expected = network(IMAGE[None].clone())[0].numpy()
    prepared, batch = prepare(networks[name].train(), IMAGE)
    seen = cnnviz.trace(prepared, IMAGE)
    kinds = Counter(
        "relu" if isinstance(part, nn.ReLU)
        else "max_pool" if isinstance(part, nn.MaxPool2d)
        else "conv2d" if isinstance(part, nn.Conv2d)
        else "add" if name.rpartition(".")[2].partition("_")[0] == "add"
        else "other"
        for name, part in prepared.parts.items()
    )  # fmt: skip
    del kinds["other"]
    assert kinds == counting.calls
    assert set(seen.activations) == set(prepared.parts)
    assert seen.complete
    np.testing.assert_array_equal(seen.logits, expected)
    assert networks[name].training
    for relu in (part for part, module in prepared.parts.items() if isinstance(module, nn.ReLU)):
        assert seen.activations[relu].min() >= 0
    assert batch.values.shape == (1, 3, 48, 48)


def test_a_resnet_is_seen_before_its_relus_change_it(networks):
    seen = cnnviz.trace(networks["resnet18"], IMAGE).activations
    assert seen["bn1"].min() < -0.5
    np.testing.assert_array_equal(seen["relu"], seen["bn1"].clip(min=0))
    np.testing.assert_array_equal(seen["layer1.0.add"], seen["layer1.0.bn2"] + seen["maxpool"])
    np.testing.assert_array_equal(seen["layer1.0.relu_1"], seen["layer1.0.add"].clip(min=0))
    assert len([name for name in seen if "relu" in name]) == 17
    assert len([name for name in seen if name.endswith("add")]) == 8


@pytest.mark.parametrize("name", METHODS)
def test_a_resnet_is_explained(networks, name):
    found = explain(networks["resnet18"], IMAGE, name, 4, **QUICK.get(name, {}))
    assert np.isfinite(found.values).all()
    assert found.values.any()
    assert found.layer == ("layer4.1.relu_1" if name == "grad_cam" else None)


def test_its_gradient_is_autograds(networks):
    values = IMAGE[None].clone().requires_grad_()
    (slope,) = torch.autograd.grad(networks["resnet18"].eval()(values)[0, 4], values)
    np.testing.assert_array_equal(explain(networks["resnet18"], IMAGE, target=4).values, slope[0].numpy())
