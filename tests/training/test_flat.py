"""One buffer for a whole network: the same views, the same updates, the same state as one parameter at a time."""

import copy
from typing import Any

import pytest
import torch
from torch import nn

from cnnviz.networks import NetworkSpec, network
from cnnviz.optimizers import OPTIMIZERS
from cnnviz.recipe import Recipe
from cnnviz.training.flat import ALIGNED, FlatOptimizer
from tests.training.tiny import TINY

LENET = network("lenet5").spec((3, 32, 32), 7)
# Their one pass rounds the last few values of a tensor otherwise than the others: the last bits of a step of 0.01.
LAST_BITS = {"adam": 1e-8, "adamw": 1e-8}


def recipe(name: str) -> Recipe:
    return Recipe(optimizer=name, learning_rate=0.01, weight_decay=0.1)


def alone(name: str, made: nn.Module) -> torch.optim.Optimizer:
    """PyTorch's optimizer on one parameter after another."""
    made.to(memory_format=torch.channels_last)
    member = OPTIMIZERS[name]
    return member.build(made.parameters(), 0.01, 0.1, **recipe(name).own(member))


def update(seed: int, *learning: tuple[nn.Module, Any]) -> None:
    """One step of each by the same gradients."""
    for made, optimizer in learning:
        drawn = torch.Generator().manual_seed(seed)
        for parameter in made.parameters():
            gradient = torch.randn(parameter.shape, generator=drawn)
            if parameter.grad is None:
                parameter.grad = torch.empty_like(parameter)
            parameter.grad.copy_(gradient)
        optimizer.step()


def apart(one: nn.Module, other: nn.Module) -> float:
    """By how much their weights differ at the most."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max((first - second).abs().max().item() for first, second in pairs)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_updates_are_those_of_every_parameter_alone(name: str) -> None:
    ours, theirs = LENET.build(0), LENET.build(0)
    flat, plain = FlatOptimizer(recipe(name), ours), alone(name, theirs)
    flat.show_gradient()
    for seed in range(5):
        update(seed, (ours, flat), (theirs, plain))
    assert apart(ours, LENET.build(0)) > 1e-3
    assert apart(ours, theirs) <= LAST_BITS.get(name, 0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_its_state_is_said_and_taken_as_pytorch_does(name: str) -> None:
    """So the files of a training that was begun by one parameter after another still open."""
    ours, theirs, third = LENET.build(0), LENET.build(0), LENET.build(0)
    plain = alone(name, theirs)
    for seed in range(3):
        update(seed, (theirs, plain))
    ours.load_state_dict(theirs.state_dict())
    flat = FlatOptimizer(recipe(name), ours)
    flat.load_state_dict(plain.state_dict())
    flat.show_gradient()
    third.load_state_dict(theirs.state_dict())
    again = alone(name, third)
    again.load_state_dict({**again.state_dict(), "state": copy.deepcopy(flat.state_dict()["state"])})
    update(9, (ours, flat), (theirs, plain), (third, again))
    assert apart(ours, theirs) <= LAST_BITS.get(name, 0)
    assert apart(third, theirs) == 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_gaps_between_parameters_stay_zero(name: str) -> None:
    made = LENET.build(0)
    flat = FlatOptimizer(recipe(name), made)
    flat.show_gradient()
    update(0, (made, flat))
    is_gap = torch.ones(len(flat.values), dtype=torch.bool)
    for parameter, first in flat.places():
        assert first % ALIGNED == 0
        is_gap[first : first + parameter.numel()] = False
    assert is_gap.any()
    assert not flat.values.detach()[is_gap].any()


def test_parameters_keep_values_shapes_and_order_in_memory() -> None:
    plain, made = TINY.build(3).to(memory_format=torch.channels_last), TINY.build(3)
    flat = FlatOptimizer(recipe("sgd"), made)
    for name, value in plain.state_dict().items():
        own = made.state_dict()[name]
        assert torch.equal(own, value)
        assert own.stride() == value.stride()
    with torch.no_grad():
        flat.values.zero_()
    assert not any(parameter.any() for parameter in made.parameters())


def test_batch_norms_lie_last() -> None:
    made = NetworkSpec.stack("norms", TINY.input_shape, [layer for _, layer in TINY.layers]).build(0)
    flat = FlatOptimizer(recipe("sgd"), made)
    beyond = {id(parameter) for parameter, first in flat.places() if first >= flat.rounded}
    assert beyond == {id(parameter) for parameter in made.norm1.parameters()}


def test_no_gradient_is_shown_before_there_is_one() -> None:
    made = TINY.build(0)
    FlatOptimizer(recipe("adam"), made)
    assert all(parameter.grad is None for parameter in made.parameters())
