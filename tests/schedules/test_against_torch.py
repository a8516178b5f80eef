"""Every schedule against torch's own, with and without a warm-up, and by hand."""

import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)

from cnnviz.recipe import Recipe
from cnnviz.schedules import SCHEDULES

RATE = 0.3
SETTINGS = {"step": {"step_every": 7, "factor": 0.3}}
Theirs = Callable[[torch.optim.Optimizer, int], LRScheduler]
THEIRS: dict[str, Theirs] = {
    "constant": lambda optimizer, steps: ConstantLR(optimizer, factor=1, total_iters=1),
    "step": lambda optimizer, steps: StepLR(optimizer, step_size=7, gamma=0.3),
    "cosine": lambda optimizer, steps: CosineAnnealingLR(optimizer, T_max=steps),
    "one_cycle": lambda optimizer, steps: OneCycleLR(optimizer, RATE, total_steps=steps, cycle_momentum=False),
}


def rates_of_torch(name: str, steps: int, warm_up: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no optimizer step is taken
        schedules = [THEIRS[name](optimizer, steps)]
        if warm_up > 1:
            schedules.append(LinearLR(optimizer, start_factor=1 / warm_up, total_iters=warm_up - 1))
        schedule = ChainedScheduler(schedules)
        rates = [optimizer.param_groups[0]["lr"]]
        for _ in range(steps - 1):
            schedule.step()
            rates.append(optimizer.param_groups[0]["lr"])
    return rates


@pytest.mark.parametrize("steps", [2, 3, 5, 33, 197])
@pytest.mark.parametrize("name", THEIRS)
def test_the_rates_are_those_of_torch(name: str, steps: int) -> None:
    recipe = Recipe(schedule=name, learning_rate=RATE, **SETTINGS.get(name, {}))
    rates = [recipe.learning_rate_at(step, steps) for step in range(steps)]
    assert rates == pytest.approx(rates_of_torch(name, steps, 0), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", ["constant", "step", "cosine"])  # torch's one cycle cannot be chained
def test_with_a_warm_up_too(name: str) -> None:
    recipe = Recipe(schedule=name, learning_rate=RATE, warm_up=12, **SETTINGS.get(name, {}))
    rates = [recipe.learning_rate_at(step, 50) for step in range(50)]
    assert rates == pytest.approx(rates_of_torch(name, 50, 12), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("warm_up", [0, 1, 10])
def test_by_hand_in_float64(warm_up: int) -> None:
    steps = np.arange(40, dtype=np.float64)
    warm = np.minimum(1, (steps + 1) / warm_up) if warm_up else np.ones(40)
    top = 0.3 * 40 - 1
    up = 1 + (1 / 25 - 1) * (1 + np.cos(np.pi * steps / top)) / 2
    down = 4e-6 + (1 - 4e-6) * (1 + np.cos(np.pi * np.minimum(1, (steps - top) / (39 - top)))) / 2
    expected = {
        "constant": np.ones(40),
        "step": np.array([0.3 ** math.floor(step / 7) for step in range(40)]),
        "cosine": (1 + np.cos(np.pi * steps / 40)) / 2,
        "one_cycle": np.where(steps <= top, up, down),
        "plateau": np.ones(40),
    }
    assert expected.keys() == SCHEDULES.keys()
    for name, shares in expected.items():
        recipe = Recipe(schedule=name, learning_rate=RATE, warm_up=warm_up, **SETTINGS.get(name, {}))
        rates = [recipe.learning_rate_at(step, 40) for step in range(40)]
        np.testing.assert_allclose(rates, RATE * shares * warm, rtol=1e-9)


@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_a_plateau_is_torchs_whose_patience_is_one_less(patience: int, seed: int) -> None:
    losses = np.random.default_rng(seed).uniform(0.5, 1, 30).round(2).tolist()
    recipe = Recipe(schedule="plateau", learning_rate=RATE, factor=0.5, patience=patience)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    theirs = ReduceLROnPlateau(optimizer, factor=0.5, patience=patience - 1, eps=0)
    for epoch, loss in enumerate(losses, start=1):
        theirs.step(loss)
        assert recipe.learning_rate_at(5, 40, losses[:epoch]) == pytest.approx(optimizer.param_groups[0]["lr"])


def test_a_plateau_by_pen_and_paper() -> None:
    recipe = Recipe(schedule="plateau", learning_rate=1.0, factor=0.1, patience=2)
    losses = [1.0, 0.9, 0.9, 0.89999, 0.8, 0.85, 0.85, 0.85, 0.85]  # 0.89999 is no better than 0.9 by a part in 10,000
    rates = [recipe.learning_rate_at(0, 10, losses[:epoch]) for epoch in range(len(losses) + 1)]
    assert rates == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001])
