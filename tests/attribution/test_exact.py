"""The exact answers: every method against another way to the same numbers, none of which is the code under test."""

from typing import Any

import captum.attr
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import cnnviz
from cnnviz.attribution import METHODS, explain
from tests.inspection.nets import TWINS, Branching, Functional, InPlace, Modules, Reused, image, make

every_twin = pytest.mark.parametrize("kind", TWINS, ids=lambda kind: kind.__name__)
MAPS: dict[str, dict[str, Any]] = {name: {} for name in METHODS} | {"occlusion": {"window": 3, "stride": 2}}


def gradient(network: nn.Module, at: Tensor, target: int) -> np.ndarray:
    """By autograd, on the network itself."""
    values = at.clone()[None].requires_grad_()
    return torch.autograd.grad(network.eval()(values)[0, target], values)[0][0].numpy()


class Linear(nn.Module):
    """z = w x + c."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2 * 5 * 6, 3, dtype=torch.float64)

    def forward(self, values: Tensor) -> Tensor:
        return self.fc(values.flatten(1))

    def weight(self, target: int) -> np.ndarray:
        return self.fc.weight[target].detach().numpy().reshape(2, 5, 6)


@every_twin
@pytest.mark.parametrize("target", [0, 3])
def test_saliency_and_input_x_gradient_are_autograds(kind, target):
    slope = gradient(make(kind), image(), target)
    np.testing.assert_array_equal(explain(make(kind), image(), "saliency", target).values, slope)
    product = explain(make(kind), image(), "input_x_gradient", target).values
    np.testing.assert_array_equal(product, image().numpy() * slope)


@every_twin
def test_grad_cam_is_the_one_by_hand(kind):
    network = make(kind).eval()
    kept = network.bn1(network.conv1(image()[None])).relu().detach().requires_grad_()
    pooled = functional.max_pool2d((network.conv2(kept) + kept).relu(), 2)
    pooled.retain_grad()
    network.fc(pooled.flatten(1))[0, 2].backward()
    for layer, maps in (("pool", pooled), ("relu", kept)):
        cam = (maps.grad[0].mean(dim=(1, 2))[:, None, None] * maps[0]).sum(dim=0).detach().numpy()
        name = {"pool": {Modules: "pool", Reused: "pool"}.get(kind, "max_pool2d"), "relu": "relu"}[layer]
        name = "relu1" if (kind, name) == (Modules, "relu") else name
        large = np.kron(cam, np.ones((8 // len(cam), 8 // len(cam)), np.float32))
        found = explain(make(kind), image(), "grad_cam", 2, layer=name)
        np.testing.assert_allclose(found.values, large[None], rtol=1e-6, atol=1e-9)
        only = explain(make(kind), image(), "grad_cam", 2, layer=name, relu=True)
        np.testing.assert_array_equal(only.values, found.values.clip(min=0))
    smooth = explain(make(kind), image(), "grad_cam", 2, enlarge="bilinear")
    assert smooth.layer == list(cnnviz.trace(make(kind), image()).activations)[-2], (
        "the pooling, before the linear layer"
    )
    assert len(np.unique(smooth.values)) > len(np.unique(explain(make(kind), image(), "grad_cam", 2).values))


class _Guided(torch.autograd.Function):
    """A ReLU that passes only what is positive, both ways: Springenberg et al., figure 1."""

    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        context.save_for_backward(values)
        return values.clamp(min=0)

    @staticmethod
    def backward(context: Any, upstream: Tensor) -> Tensor:
        (values,) = context.saved_tensors
        return upstream * (values > 0) * (upstream > 0)


@every_twin
def test_guided_backprop_is_the_one_by_hand_however_relu_is_called(kind):
    network = make(kind).eval()
    values = image()[None].requires_grad_()
    kept = _Guided.apply(network.bn1(network.conv1(values)))
    summed = _Guided.apply(network.conv2(kept) + kept)
    network.fc(functional.max_pool2d(summed, 2).flatten(1))[0, 1].backward()
    found = explain(make(kind), image(), "guided_backprop", 1).values
    np.testing.assert_allclose(found, values.grad[0].numpy(), rtol=1e-6, atol=1e-9)
    assert np.abs(found - gradient(make(kind), image(), 1)).max() > 0.01, "not the plain gradient"


@pytest.mark.parametrize("kind", TWINS[1:], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", METHODS)
def test_every_way_to_write_a_network_gives_the_same_map_as_its_modules(kind, name):
    expected = explain(make(Modules), image(), name, 2, **MAPS[name])
    found = explain(make(kind), image(), name, 2, **MAPS[name])
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if not method.needs_rewrite])
def test_a_network_that_cannot_be_traced_gives_the_same_map_where_it_is_given(name):
    layers = {"layer": "conv2"} if name == "grad_cam" else {}
    expected = explain(make(Reused), image(), name, 2, **layers, **MAPS[name])
    found = explain(make(Branching), image(), name, 2, **layers, **MAPS[name])
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-5, atol=1e-7)
    assert "cannot be traced" in found.notes[0]


class TestALinearNetwork:
    """Where every pixel's share is known: w (x - b)."""

    @pytest.mark.parametrize("baseline", [None, 0.25, "an image"])
    @pytest.mark.parametrize(
        ("name", "settings"), [("integrated_gradients", {"steps": 7}), ("occlusion", {"window": 1, "stride": 1})]
    )
    def test_the_share_of_a_pixel_is_its_difference_times_its_weight(self, name, settings, baseline):
        network, rng = Linear(), np.random.default_rng(1)
        values, other = rng.standard_normal((2, 2, 5, 6))
        given = other if baseline == "an image" else baseline
        found = explain(network, values, name, 1, baseline=given, **settings)
        expected = network.weight(1) * (values - (0 if baseline is None else given))
        expected = (
            expected if name != "occlusion" else expected.sum(axis=0).repeat(2).reshape(5, 6, 2).transpose(2, 0, 1)
        )
        np.testing.assert_allclose(found.values, expected, atol=1e-6)
        if name == "integrated_gradients":
            assert abs(found.gap) < 1e-6
        np.testing.assert_allclose(found.baseline, np.broadcast_to(0 if baseline is None else given, (2, 5, 6)))

    def test_the_gradient_is_the_weight_with_noise_and_without(self):
        network, values = Linear(), np.random.default_rng(1).standard_normal((2, 5, 6))
        for name in ("saliency", "smooth_grad", "guided_backprop"):
            np.testing.assert_allclose(explain(network, values, name, 2).values, network.weight(2), atol=1e-6)
        product = explain(network, values, "input_x_gradient", 2).values
        np.testing.assert_allclose(product, network.weight(2) * values, atol=1e-6)


@pytest.mark.parametrize(("steps", "tolerance"), [(50, 0.1), (200, 0.01), (1000, 0.005)])
def test_integrated_gradients_add_up_to_the_difference(steps, tolerance):
    run = cnnviz.open_run("example")
    network, digit = cnnviz.load_network(run), cnnviz.load_image(run, "validation-3")
    found = explain(network, digit, "integrated_gradients", steps=steps)
    with torch.no_grad():
        at, blank = network(torch.tensor(np.stack([digit, np.zeros_like(digit)])))[:, found.target]
    assert found.gap == pytest.approx(found.values.sum() - float(at - blank), abs=1e-4)
    assert abs(found.gap) < tolerance


def test_integrated_gradients_are_captums_at_once():
    network = make(InPlace).eval()
    whole = captum.attr.IntegratedGradients(network).attribute(
        image()[None], baselines=0.5, target=1, n_steps=33, method="riemann_middle"
    )
    found = explain(make(InPlace), image(), "integrated_gradients", 1, baseline=0.5, steps=33)
    np.testing.assert_allclose(found.values, whole[0].numpy(), atol=3e-7)


@pytest.mark.parametrize(("window", "stride"), [(2, 1), (3, 2), (4, 4), (5, 3), (8, 8)])
def test_occlusion_is_captums_and_that_of_a_slow_loop(window, stride):
    network, at = make(Functional).eval(), image()
    whole = captum.attr.Occlusion(network).attribute(
        at[None], (2, window, window), strides=(2, stride, stride), baselines=0.5, target=1
    )
    found = explain(make(Functional), at, "occlusion", 1, baseline=0.5, window=window, stride=stride).values
    np.testing.assert_allclose(found, whole[0].numpy(), atol=1e-6)
    total, times = np.zeros((8, 8)), np.zeros((8, 8))
    with torch.no_grad():
        before = network(at[None])[0, 1]
        for top in range(0, 8 - window + stride, stride):
            for left in range(0, 8 - window + stride, stride):
                covered = at.clone()
                covered[:, top : top + window, left : left + window] = 0.5
                total[top : top + window, left : left + window] += float(before - network(covered[None])[0, 1])
                times[top : top + window, left : left + window] += 1
    np.testing.assert_allclose(found, np.broadcast_to(total / times.clip(min=1), (2, 8, 8)), atol=1e-5)


class TestSmoothGrad:
    def test_without_noise_it_is_the_gradient(self):
        found = explain(make(Reused), image(), "smooth_grad", 1, stdev=0, samples=9)
        np.testing.assert_allclose(found.values, gradient(make(Reused), image(), 1), atol=1e-5)

    def test_it_is_the_mean_gradient_at_noisy_images(self):
        found = explain(make(Reused), image(), "smooth_grad", 1, stdev=0.3, samples=6, seed=4)
        drawn = torch.Generator().manual_seed(4)
        spread = 0.3 * float(image().max() - image().min())
        noisy = [image() + spread * torch.randn(2, 8, 8, generator=drawn) for _ in range(6)]
        expected = np.mean([gradient(make(Reused), one, 1) for one in noisy], axis=0)
        np.testing.assert_allclose(found.values, expected, atol=1e-6)


class TestOneOutput:
    def network(self, *ending: nn.Module) -> nn.Sequential:
        torch.manual_seed(5)
        return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 4, 1), *ending)

    @pytest.mark.parametrize("name", METHODS)
    def test_the_second_class_is_z_and_the_first_its_opposite(self, name):
        values = torch.rand(1, 4, 4, generator=torch.Generator().manual_seed(2))
        first, second = (explain(self.network(), values, name, target) for target in (0, 1))
        if name != "guided_backprop":  # which is no gradient, so its sign is not free
            np.testing.assert_allclose(first.values, -second.values, atol=1e-7)
        z = float(cnnviz.trace(self.network(), values).logits[0])
        assert explain(self.network(), values, name).target == int(z > 0)
        slope = torch.autograd.grad(self.network()(given := values[None].requires_grad_())[0, 0], given)[0][0]
        if name == "saliency":
            np.testing.assert_array_equal(second.values, slope.numpy())

    def test_its_sigmoid_is_cut_off_and_said(self):
        values = torch.rand(1, 4, 4)
        found = explain(self.network(nn.Sigmoid()), values, target=1)
        np.testing.assert_array_equal(found.values, explain(self.network(), values, target=1).values)
        assert "ends in a sigmoid" in found.notes[0]
