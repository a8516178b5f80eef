"""Two halves gone through as one: the bits of the halves, whatever the network."""

import math
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from torch import nn

from cnnviz.layers import Convolution, Dropout, Flatten, FullyConnected, MaxPooling, ReLU
from cnnviz.networks import NetworkSpec
from cnnviz.recipe import Recipe
from cnnviz.tasks import TASKS
from cnnviz.training import engine as engine_module
from cnnviz.training import threads
from cnnviz.training.devices import available
from cnnviz.training.engine import Engine
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.joined import TRIED, Joined, may_join
from cnnviz.training.replica import Given
from cnnviz.training.threads import one_thread
from tests.networks.drawn import working_records

CLASSIFY = TASKS["classify"]
PLAIN = NetworkSpec.stack(
    "plain",
    (2, 12, 12),
    [
        *(Convolution(6, kernel_size=3, padding=1), ReLU(), MaxPooling(), Dropout(share=0.2)),
        *(Convolution(8, kernel_size=3, bias=False, groups=2), ReLU(), Flatten()),
        *(FullyConnected(16), ReLU(), Dropout(share=0.4), FullyConnected(3)),
    ],
)
PRECISIONS = [precision for precision in ("float32", "bfloat16") if precision in available()["cpu"]]


@pytest.fixture(autouse=True)
def halved(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine_module, "WORTH_HALVING", 0)
    monkeypatch.setattr(engine_module, "cores_of_machine", lambda: 2)
    monkeypatch.setattr(threads, "cores", lambda: 1)  # always in turn
    with one_thread():
        yield


class Trained:
    """A network, and what batches of random images give it."""

    def __init__(self, spec: NetworkSpec, precision: str = "float32", *, join: bool = True) -> None:
        made = spec.build(1)
        self.optimizer = FlatOptimizer(Recipe(optimizer="sgd", learning_rate=0.05), made)
        self.engine = Engine(made, self.optimizer, CLASSIFY, precision)
        if not join:
            self.engine._joined = None
        self.shape = spec.input_shape

    def step(self, number: int, count: int = 40) -> tuple[Given, torch.Tensor]:
        """What a batch gives, the gradient included."""
        drawn = torch.Generator().manual_seed(number)
        images = torch.rand(count, *self.shape, generator=drawn) - 0.3
        given = self.engine.gradients(images, torch.randint(3, (count,), generator=drawn), number)
        gradient = self.optimizer.gradient.clone()
        self.optimizer.step()
        return given, gradient


def assert_same(spec: NetworkSpec, precision: str, counts: tuple[int, ...]) -> Joined | None:
    """That both ways give the same bits, step by step."""
    as_one, one_by_one = Trained(spec, precision), Trained(spec, precision, join=False)
    for number, count in enumerate(counts):
        (given, gradient), (other, other_gradient) = as_one.step(number, count), one_by_one.step(number, count)
        assert given == other or not math.isfinite(given.loss + other.loss)
        assert torch.equal(gradient, other_gradient) or not gradient.isfinite().all()
    return as_one.engine._joined


@pytest.mark.parametrize("precision", PRECISIONS)
def test_both_ways_give_the_same_bits(precision: str) -> None:
    found = assert_same(PLAIN, precision, (*[40] * (TRIED + 2), *[33] * (TRIED + 2)))
    assert found
    assert set(found._left) == {40, 33}
    if precision == "float32":
        assert found._left[40] == 0  # so what was compared were two ways indeed


@settings(max_examples=25, deadline=None)
@given(working_records())
def test_any_network_gives_the_same_bits(record: dict[str, Any]) -> None:
    spec = NetworkSpec.from_record(record)
    assume(sum(one.numel() for one in spec.build(0).parameters()) > 100)  # fewer may agree by chance
    assert_same(spec, "float32", (20,) * (TRIED + 3))


def test_where_the_numbers_are_others_the_halves_are_left_to_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [Trained(PLAIN, join=False).step(0), Trained(PLAIN, join=False).step(0)]
    learn = Joined._learn

    def rounds_otherwise(self: Joined, *arguments: Any) -> Given:
        given = learn(self, *arguments)
        self._gradient[0] *= 1.000001
        return given

    monkeypatch.setattr(Joined, "_learn", rounds_otherwise)
    trained = Trained(PLAIN)
    (given, gradient), (other, other_gradient) = trained.step(0), expected[0]
    assert given == other
    assert torch.equal(gradient, other_gradient)
    assert trained.engine._joined
    assert trained.engine._joined._left == {40: -1}


def test_dropout_may_be_changed_on_the_way() -> None:
    as_one, one_by_one = Trained(PLAIN), Trained(PLAIN, join=False)
    for number, share in enumerate((*[0.2] * TRIED, 0.2, 0.7, 0.0)):
        for one in (as_one, one_by_one):
            one.engine.drop(share)
        (given, gradient), (other, other_gradient) = as_one.step(number), one_by_one.step(number)
        assert given == other
        assert torch.equal(gradient, other_gradient)


def test_what_is_not_known_or_rounds_by_its_place_is_not_joined() -> None:
    assert may_join(nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4, 2)))
    for other in (nn.PReLU(), nn.ConvTranspose2d(1, 1, 3), nn.ELU(), nn.GELU(), nn.Sigmoid(), nn.Tanh()):
        assert not may_join(nn.Sequential(nn.Conv2d(1, 1, 3), other))
