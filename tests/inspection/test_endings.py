"""One output, and softmaxes and sigmoids at the end, however they are written."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import cnnviz
from cnnviz.inspection import Trace, trace


def head(*ending: nn.Module, outputs: int = 3) -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Linear(16, outputs), *ending)


def look(network: nn.Module) -> Trace:
    return trace(network, torch.linspace(-1, 1, 16).reshape(1, 4, 4))


def test_one_output_has_two_probabilities():
    seen = look(head(outputs=1))
    z = float(seen.logits[0])
    p = 1 / (1 + np.exp(-z))
    assert seen.logits.shape == (1,)
    np.testing.assert_allclose(seen.probabilities, [1 - p, p], atol=1e-6)


@pytest.mark.parametrize("ending", [nn.Softmax(dim=1), nn.LogSoftmax(dim=1)], ids=["softmax", "log_softmax"])
def test_a_softmax_that_is_there_is_not_added_again_and_said(ending):
    plain, ended = look(head()), look(head(ending))
    np.testing.assert_array_equal(ended.logits, plain.logits)
    np.testing.assert_allclose(ended.probabilities, plain.probabilities, atol=1e-6)
    assert ended.notes == ("The network ends in a softmax; its logits are what goes into that.",)
    assert ended.activations["2"].shape == (3,), "it is an activation too"


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_sigmoid_that_is_there_is_not_added_again_and_said(outputs):
    plain, ended = look(head(outputs=outputs)), look(head(nn.Sigmoid(), nn.Flatten(0), outputs=outputs))
    np.testing.assert_array_equal(ended.logits, plain.logits)
    chances = 1 / (1 + np.exp(-plain.logits.astype(np.float64)))
    expected = [1 - chances[0], chances[0]] if outputs == 1 else chances  # several answer a question each
    np.testing.assert_allclose(ended.probabilities, expected, atol=1e-6)
    assert "sigmoid" in ended.notes[0]


def test_a_softmax_of_ones_own_is_noticed_by_what_it_gives():
    class Own(nn.Module):
        def forward(self, values: Tensor) -> Tensor:
            powers = values.exp()
            return powers / powers.sum(dim=1, keepdim=True)

    plain, ended = look(head()), look(head(Own()))
    np.testing.assert_allclose(ended.probabilities, plain.probabilities, atol=1e-6)
    assert "sums to 1" in ended.notes[0]


Step = Callable[[Tensor], Any]


class Ending(nn.Module):
    """What people write at the end of a network; also in one that cannot be traced."""

    def __init__(self, step: Step, *, untraceable: bool) -> None:
        super().__init__()
        self.step, self.untraceable = step, untraceable

    def forward(self, values: Tensor) -> Any:
        return values if self.untraceable and values.sum() < -1e9 else self.step(values)


SOFTMAXES: dict[str, Step] = {
    "function": lambda z: functional.softmax(z, dim=1),
    "log": lambda z: torch.log_softmax(z, 1),
    "its log": lambda z: z.softmax(1).log(),
    "in a tuple": lambda z: (z.softmax(1), z),
    "clamped": lambda z: z.softmax(1).clamp(1e-7, 1),
    "in double": lambda z: z.softmax(1).double(),
}
SIGMOIDS: dict[str, Step] = {
    "function": torch.sigmoid,
    "in a list": lambda z: [z.sigmoid(), z],
    "clamped": lambda z: torch.clamp(z.sigmoid(), 1e-7, 1 - 1e-7),
    "squeezed": lambda z: z.sigmoid().squeeze(1),
}
UNSEEN: dict[str, Step] = {"by hand": lambda z: 1 / (1 + (-z).exp()), "one of two": lambda z: z.softmax(1)[:, 1]}


@pytest.mark.parametrize("untraceable", [False, True])
@pytest.mark.parametrize(
    ("step", "outputs"),
    [
        *((step, 3) for step in SOFTMAXES.values()),
        *((step, outputs) for step in SIGMOIDS.values() for outputs in (1, 3)),
        (lambda z: z.sigmoid()[:, 0], 1),
    ],
    ids=[*SOFTMAXES, *(f"{name}, {outputs}" for name in SIGMOIDS for outputs in (1, 3)), "first of one"],
)
def test_an_ending_is_seen_however_it_is_written(step, outputs, untraceable):
    plain, seen = look(head(outputs=outputs)), look(head(Ending(step, untraceable=untraceable), outputs=outputs))
    np.testing.assert_allclose(seen.logits, plain.logits, atol=1e-6)
    assert any(note.startswith("The network ends in a ") for note in seen.notes)
    slope, expected = (cnnviz.explain(net, torch.ones(1, 4, 4), target=0).values for net in (
        head(Ending(step, untraceable=untraceable), outputs=outputs), head(outputs=outputs)
    ))  # fmt: skip
    np.testing.assert_allclose(slope, expected, atol=1e-7)


@pytest.mark.parametrize("untraceable", [False, True])
@pytest.mark.parametrize("step", UNSEEN.values(), ids=list(UNSEEN))
def test_what_may_be_probabilities_without_an_ending_is_said(step, untraceable):
    network = head(Ending(step, untraceable=untraceable))
    seen = look(network)
    with torch.no_grad():
        given = network(torch.linspace(-1, 1, 16).reshape(1, 1, 4, 4)).reshape(-1)
    np.testing.assert_allclose(seen.logits, given.numpy(), atol=1e-6)
    assert "lies between 0 and 1: if these are probabilities" in " ".join(seen.notes)


def test_logits_that_happen_to_lie_between_0_and_1_are_not_taken_for_probabilities():
    network = head(outputs=2)
    network[1].weight.data.mul_(0.01)
    network[1].bias.data.fill_(0.5)
    assert 0 < look(network).logits.min() < look(network).logits.max() < 1
    assert look(network).notes == ()


def test_what_is_no_number_is_not_taken_for_probabilities():
    network = head()
    network[1].weight.data.fill_(float("nan"))
    assert look(network).notes == ()
