"""Networks that take no batch, or have a gradient of their own: against the network itself, one image at a time."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from cnnviz.attribution import METHODS, explain
from cnnviz.errors import NetworkError
from tests.attribution.test_exact import MAPS, gradient
from tests.inspection.nets import Modules, Parts, image, make


class Norms(Parts):
    """Normalized by what is beside it in the batch, also in eval mode; of one image that is an instance norm."""

    def forward(self, values: Tensor) -> Tensor:
        normed = functional.batch_norm(self.conv1(values), None, None, training=True)
        return self.fc(functional.max_pool2d(self.conv2(normed.relu()), 2).flatten(1))


class Alone(Parts):
    def forward(self, values: Tensor) -> Tensor:
        normed = functional.instance_norm(self.conv1(values))
        return self.fc(functional.max_pool2d(self.conv2(normed.relu()), 2).flatten(1))


class First(Alone):
    """Takes one image and gives one row, as people write it for a demonstration."""

    def forward(self, values: Tensor) -> Tensor:
        return super().forward(values)[0]


class Flat(Alone):
    def forward(self, values: Tensor) -> Tensor:
        normed = functional.instance_norm(self.conv1(values))
        return self.fc(functional.max_pool2d(self.conv2(normed.relu()), 2).view(-1))


@pytest.mark.parametrize("kind", [Norms, First, Flat])
class TestANetworkThatCannotTakeABatch:
    """Its images are given to it one at a time, so it makes no difference how quick the machine is."""

    def made(self, kind: type[Parts]) -> Parts:
        network = kind()
        network.load_state_dict(make(Modules).state_dict())
        return network

    @pytest.mark.parametrize("name", METHODS)
    def test_it_is_explained_as_if_it_could(self, kind, name):
        found = explain(self.made(kind), image(), name, 1, **MAPS[name])
        expected = explain(self.made(Alone), image(), name, 1, **MAPS[name])
        np.testing.assert_allclose(found.values, expected.values, atol=1e-5)
        assert "together get other answers than each alone" in found.notes[0]
        assert expected.notes == ()

    def test_the_gap_is_that_of_each_alone(self, kind):
        network = self.made(kind).eval()
        found = explain(network, image(), "integrated_gradients", 1, steps=20)
        with torch.no_grad():
            at, blank = (float(network(one[None]).flatten()[1]) for one in (image(), torch.zeros_like(image())))
        assert found.gap == pytest.approx(found.values.sum() - (at - blank), abs=1e-5)

    def test_smooth_grad_is_the_mean_of_single_gradients(self, kind):
        drawn, slopes = torch.Generator().manual_seed(0), []
        for _ in range(3):
            noise = torch.randn(image().shape, generator=drawn)
            values = (image() + 0.15 * float(image().max() - image().min()) * noise)[None].requires_grad_()
            slopes.append(torch.autograd.grad(self.made(kind).eval()(values).flatten()[2], values)[0][0])
        found = explain(self.made(kind), image(), "smooth_grad", 2, samples=3)
        np.testing.assert_allclose(found.values, torch.stack(slopes).mean(0).numpy(), atol=1e-6)


class _StraightThrough(torch.autograd.Function):
    """A sign whose gradient is one of its own: Bengio, Leonard, Courville, 2013."""

    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        return values.sign()

    @staticmethod
    def backward(context: Any, upstream: Tensor) -> Tensor:
        return upstream


class Binary(Parts):
    def forward(self, values: Tensor) -> Tensor:
        return self.fc(functional.max_pool2d(_StraightThrough.apply(self.conv1(values)), 2).flatten(1))


class HalfFrozen(Parts):
    def forward(self, values: Tensor) -> Tensor:
        with torch.no_grad():
            aside = self.conv1(values)
        return self.fc(functional.max_pool2d(self.conv1(values) * aside, 2).flatten(1))


@pytest.mark.parametrize("kind", [Binary, HalfFrozen])
def test_a_gradient_of_the_networks_own_is_the_one_that_is_shown(kind):
    network = kind()
    network.load_state_dict(make(Modules).state_dict())
    slope = gradient(network, image(), 1)
    assert slope.any()
    found = explain(network, image(), "saliency", 1)
    np.testing.assert_allclose(found.values, slope, rtol=1e-5, atol=1e-8)
    assert "a part of it has no gradient, or one of its own" in found.notes[0]
    with pytest.raises(NetworkError, match="would silently give something else"):
        explain(network, image(), "guided_backprop", 1)
