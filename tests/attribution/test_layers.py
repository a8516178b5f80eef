"""Explanations through every kind of layer: against autograd, and complete where they say they are."""

import numpy as np
import pytest
import torch

from cnnviz.attribution import METHODS, explain
from tests.networks.mixed import MIXED

IMAGE = np.random.default_rng(2).random(MIXED.input_shape, dtype=np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_explains_it(method):
    values = explain(MIXED.build(1), IMAGE, method, 1).values
    assert values.shape[1:] == IMAGE.shape[1:]
    assert np.isfinite(values).all()
    assert values.any()


def test_the_gradient_is_autograds():
    network = MIXED.build(1).eval()
    image = torch.tensor(IMAGE)[None].requires_grad_()
    (slope,) = torch.autograd.grad(network(image)[0, 2], image)
    np.testing.assert_allclose(explain(network, IMAGE, "saliency", 2).values, slope[0], rtol=1e-5, atol=1e-7)


def test_integrated_gradients_add_up_to_the_difference():
    network = MIXED.build(1).eval()
    with torch.no_grad():
        scores = network(torch.stack([torch.tensor(IMAGE), torch.zeros(MIXED.input_shape)]))[:, 0]
    total = explain(network, IMAGE, "integrated_gradients", 0, steps=256).values.sum()
    assert total == pytest.approx((scores[0] - scores[1]).item(), abs=2e-3)
