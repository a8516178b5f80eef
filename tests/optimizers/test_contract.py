"""What every optimizer must hold; a new one is tested by being listed."""

import re

import pytest
import torch

from cnnviz.optimizers import OPTIMIZERS
from cnnviz.recipe import Recipe

every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def own(name):
    return Recipe(optimizer=name).own(OPTIMIZERS[name])


def parts():
    drawn = torch.Generator().manual_seed(3)
    return [torch.randn(4, 3, generator=drawn), torch.randn(5, generator=drawn)]


def gradients(step):
    drawn = torch.Generator().manual_seed(100 + step)
    return [torch.randn(4, 3, generator=drawn), torch.randn(5, generator=drawn)]


@every_optimizer
def test_it_tells_what_it_is(name):
    member = OPTIMIZERS[name]
    assert member.name == name
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert member.title
    assert re.search(r"\d{4}", member.about), "no source is named"
    assert all(name in Recipe.declared()[setting].only["optimizer"] for setting in member.settings)


def test_settings_belong_to_exactly_the_optimizers_that_name_them():
    for field, declared in Recipe.declared().items():
        if "optimizer" in declared.only:
            assert declared.only["optimizer"] == tuple(n for n, one in OPTIMIZERS.items() if field in one.settings)


@every_optimizer
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_one_flat_tensor_is_updated_as_its_parts_are(name, weight_decay):
    separate = [value.clone().requires_grad_() for value in parts()]
    flat = torch.cat([value.reshape(-1) for value in parts()]).requires_grad_()
    optimizers = [OPTIMIZERS[name].build(given, 0.1, weight_decay, **own(name)) for given in (separate, [flat])]
    for step in range(4):
        for value, gradient in zip(separate, gradients(step), strict=True):
            value.grad = gradient.clone()
        flat.grad = torch.cat([gradient.reshape(-1) for gradient in gradients(step)])
        for optimizer in optimizers:
            optimizer.step()
    joined = torch.cat([value.detach().reshape(-1) for value in separate])
    torch.testing.assert_close(flat.detach(), joined, rtol=1e-6, atol=1e-7)
    assert not torch.equal(joined, torch.cat([value.reshape(-1) for value in parts()]))


@every_optimizer
def test_it_brings_a_bowl_down(name):
    place = torch.tensor([3.0, -2.0], requires_grad=True)
    optimizer = OPTIMIZERS[name].build([place], 0.1, **own(name))
    for _ in range(150):
        optimizer.zero_grad()
        (place**2).sum().backward()
        optimizer.step()
    assert (place**2).sum().item() < 6.5


@every_optimizer
def test_rate_and_decay_can_be_set_between_two_steps(name):
    place = torch.ones(3, requires_grad=True)
    optimizer = OPTIMIZERS[name].build([place], 0.1, **own(name))
    for group in optimizer.param_groups:
        group["lr"], group["weight_decay"] = 0.0, 0.5
    place.grad = torch.ones(3)
    optimizer.step()
    assert torch.equal(place.detach(), torch.ones(3))


@every_optimizer
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_an_update_is_the_step_of_pytorch_to_the_bit(name, weight_decay):
    member, drawn = OPTIMIZERS[name], torch.Generator().manual_seed(5)
    ours, theirs = (torch.linspace(-1, 1, 1003).requires_grad_() for _ in range(2))
    optimizers = [member.build([given], 0.1, weight_decay, **own(name)) for given in (ours, theirs)]
    for step in range(5):
        gradient = torch.randn(1003, generator=drawn)
        for given, optimizer in zip((ours, theirs), optimizers, strict=True):
            given.grad = gradient.clone()
            optimizer.param_groups[0]["lr"] = 0.1 / (1 + step)
            optimizer.param_groups[0]["weight_decay"] = weight_decay * step
        member.update(optimizers[0])
        optimizers[1].step()
        assert torch.equal(ours, theirs)
    kept, other = (one.state_dict()["state"].get(0, {}) for one in optimizers)
    assert kept.keys() == other.keys()
    assert all(one is other[name] is None or torch.equal(one, other[name]) for name, one in kept.items())
