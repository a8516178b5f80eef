"""What of an image a network looks at: asked of the network itself, by the gradient of its pixels."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from cnnviz.networks import network
from cnnviz.recipe import Recipe
from cnnviz.tasks import TASKS
from cnnviz.training.engine import Engine
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.margins import looked_at

SIZES = st.integers(1, 3)
LAYERS = st.one_of(
    st.builds(lambda size, stride, apart: nn.Conv2d(1, 1, size, stride, dilation=apart), SIZES, SIZES, SIZES),
    st.builds(lambda stride: nn.Conv2d(1, 1, (2, 3), (1, stride)), SIZES),
    st.builds(nn.AvgPool2d, SIZES, SIZES),
    st.builds(nn.Sigmoid),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LAYERS, min_size=1, max_size=4), st.integers(20, 30), st.integers(20, 30))
def test_it_reaches_to_the_last_pixel_that_has_a_gradient(layers: list[nn.Module], height: int, width: int) -> None:
    made = nn.Sequential(*layers).double()
    for parameter in made.parameters():
        parameter.data = torch.rand_like(parameter) * 0.1 + 0.01  # above zero, so that nothing cancels out
    images = torch.rand(1, 1, height, width, dtype=torch.float64, requires_grad=True)
    try:
        made(images).sum().backward()
    except RuntimeError:  # nothing is left
        assume(False)
    assert images.grad is not None
    rows, columns = images.grad[0, 0].nonzero().T
    assert looked_at(made, height, width) == (rows.max() + 1, columns.max() + 1)


@pytest.mark.parametrize(
    "layer", [nn.Conv2d(1, 1, 3, padding=1), nn.MaxPool2d(2, ceil_mode=True), nn.BatchNorm2d(1), nn.Dropout()]
)
def test_all_is_looked_at_by_what_pads_and_by_what_is_not_known(layer: nn.Module) -> None:
    assert looked_at(nn.Sequential(layer, nn.MaxPool2d(2)), 9, 9) == (9, 9)
    assert looked_at(nn.Sequential(nn.MaxPool2d(2), layer), 9, 9) == (8, 8)


def test_what_is_not_looked_at_is_left_out_and_nothing_changes() -> None:
    spec = network("keras_example").spec((1, 28, 28), 10)
    made, theirs = spec.build(0), spec.build(0)
    chance = torch.Generator().manual_seed(0)  # of images where two values of a window tie, but for rounding, one wins
    images, labels = torch.rand(4, 1, 28, 28, generator=chance), torch.arange(4)
    engine = Engine(made, FlatOptimizer(Recipe(), made), TASKS["classify"], "float32")
    assert engine._looked_at(images).shape == (4, 1, 26, 26)
    given = engine.gradients(images, labels, 0)
    loss = nn.functional.cross_entropy(theirs(images), labels)
    loss.backward()
    assert given.loss == pytest.approx(loss.item(), rel=1e-6)
    for ours, other in zip(made.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, other.grad, rtol=1e-5, atol=1e-7)
