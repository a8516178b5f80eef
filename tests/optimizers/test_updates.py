"""Every update, by hand in float64."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from cnnviz.optimizers import OPTIMIZERS
from cnnviz.recipe import Recipe

State = dict[str, Any]
RATE, DECAY = 0.05, 0.2


def sgd(w: np.ndarray, g: np.ndarray, s: State, n: int) -> np.ndarray:
    return w - RATE * g


def momentum(w: np.ndarray, g: np.ndarray, s: State, n: int) -> np.ndarray:
    s["v"] = 0.8 * s.get("v", 0) + g
    return w - RATE * s["v"]


def nesterov(w: np.ndarray, g: np.ndarray, s: State, n: int) -> np.ndarray:
    s["v"] = 0.8 * s.get("v", 0) + g
    return w - RATE * (g + 0.8 * s["v"])


def adagrad(w: np.ndarray, g: np.ndarray, s: State, n: int) -> np.ndarray:
    s["sum"] = s.get("sum", 0) + g**2
    return w - RATE * g / (np.sqrt(s["sum"]) + 1e-10)


def rmsprop(w: np.ndarray, g: np.ndarray, s: State, n: int) -> np.ndarray:
    s["mean"] = 0.95 * s.get("mean", 0) + 0.05 * g**2
    return w - RATE * g / (np.sqrt(s["mean"]) + 1e-8)


def adam(w: np.ndarray, g: np.ndarray, s: State, n: int) -> np.ndarray:
    s["m"] = 0.7 * s.get("m", 0) + 0.3 * g  # Kingma and Ba (2014), algorithm 1
    s["v"] = 0.99 * s.get("v", 0) + 0.01 * g**2
    return w - RATE * (s["m"] / (1 - 0.7**n)) / (np.sqrt(s["v"] / (1 - 0.99**n)) + 1e-8)


BY_HAND: dict[str, Callable[[np.ndarray, np.ndarray, State, int], np.ndarray]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adam,
}
SETTINGS = {
    "momentum": {"momentum": 0.8},
    "nesterov": {"momentum": 0.8},
    "rmsprop": {"alpha": 0.95},
    "adam": {"beta1": 0.7, "beta2": 0.99},
    "adamw": {"beta1": 0.7, "beta2": 0.99},
}


@pytest.mark.parametrize("decay", [0.0, DECAY], ids=["plain", "decay"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_is_the_one_made_by_hand(name: str, decay: float) -> None:
    rng = np.random.default_rng(1)
    weights = rng.normal(size=6)
    tensor = torch.tensor(weights, requires_grad=True)
    optimizer = OPTIMIZERS[name].build([tensor], RATE, decay, **SETTINGS.get(name, {}))
    state: State = {}
    for number in range(1, 6):
        gradient = rng.normal(size=6)
        tensor.grad = torch.tensor(gradient)
        optimizer.step()
        if name == "adamw":
            weights = weights - RATE * decay * weights  # Loshchilov and Hutter (2017): apart from the gradient
        else:
            gradient = gradient + decay * weights
        weights = BY_HAND[name](weights, gradient, state, number)
        np.testing.assert_allclose(tensor.detach().numpy(), weights, rtol=1e-6)


THEIRS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "momentum": lambda given, **more: torch.optim.SGD(given, momentum=0.9, **more),
    "nesterov": lambda given, **more: torch.optim.SGD(given, momentum=0.9, nesterov=True, **more),
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": lambda given, **more: torch.optim.Adam(given, fused=True, **more),  # its quick way rounds otherwise
    "adamw": lambda given, **more: torch.optim.AdamW(given, fused=True, **more),
}


@pytest.mark.parametrize("decay", [0.0, DECAY], ids=["plain", "decay"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_with_the_recipes_defaults_it_is_torchs_own_to_the_bit(name: str, decay: float) -> None:
    ours, theirs = (torch.linspace(-1, 1, 7).requires_grad_() for _ in range(2))
    member = OPTIMIZERS[name]
    optimizers = (
        member.build([ours], 0.03, decay, **Recipe(optimizer=name).own(member)),
        THEIRS[name]([theirs], lr=0.03, weight_decay=decay),
    )
    drawn = torch.Generator().manual_seed(0)
    for _ in range(5):
        ours.grad = torch.randn(7, generator=drawn)
        theirs.grad = ours.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
        assert torch.equal(ours, theirs)
