"""What a recipe adds to the gradients: weight decay, L1, clipping, by hand in float64 on a linear network."""

from typing import Any

import numpy as np
import pytest
import torch

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Images
from cnnviz.layers import Flatten, FullyConnected
from cnnviz.networks import NetworkSpec
from cnnviz.plan import Plan
from cnnviz.recipe import Recipe
from cnnviz.tasks import TASKS
from cnnviz.training.loop import make_optimizer, train_steps

LINEAR = NetworkSpec.stack("linear", (1, 2, 2), [Flatten(), FullyConnected(out_features=3)])
RATE = 0.1


def images() -> Images:
    rng = np.random.default_rng(5)
    return Images(rng.random((7, 1, 2, 2), dtype=np.float32), rng.integers(3, size=7))


def by_hand(recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    """Weight and bias after plain gradient descent on all images at once."""
    network = LINEAR.build(seed=1)
    weight, bias = (value.double().numpy().copy() for value in network.state_dict().values())
    flat, labels = images().images.reshape(7, 4).astype(np.float64), images().labels
    for _ in range(recipe.epochs):
        powers = np.exp(flat @ weight.T + bias)
        upstream = (powers / powers.sum(1, keepdims=True) - np.eye(3)[labels]) / 7
        slopes = [upstream.T @ flat, upstream.sum(0)]
        slopes = [slope + recipe.l1 * np.sign(value) for slope, value in zip(slopes, (weight, bias), strict=True)]
        length = np.sqrt(sum((slope**2).sum() for slope in slopes))
        if recipe.clip_norm and length > recipe.clip_norm:
            slopes = [slope * recipe.clip_norm / (length + 1e-6) for slope in slopes]  # as torch, so that 0 is no harm
        weight = weight - RATE * (slopes[0] + recipe.weight_decay * weight)
        bias = bias - RATE * (slopes[1] + recipe.weight_decay * bias)
    return weight, bias


def trained(recipe: Recipe, plan: Plan | None = None) -> list[np.ndarray]:
    network = LINEAR.build(seed=1)
    task = TASKS["classify"].learnt_by(recipe)
    list(train_steps(network, make_optimizer(recipe, network), task, images(), plan or Plan(recipe, 7)))
    return [value.numpy() for value in network.state_dict().values()]


def recipe(**changes: Any) -> Recipe:
    return Recipe(optimizer="sgd", learning_rate=RATE, schedule="constant", batch_size=7, epochs=6, seed=1, **changes)


CASES: list[dict[str, float]] = [
    {},
    {"weight_decay": 0.3},
    {"l1": 0.05},
    {"clip_norm": 0.05},
    {"clip_norm": 900},
    {"weight_decay": 0.3, "l1": 0.05, "clip_norm": 0.1},
]


@pytest.mark.parametrize("changes", CASES, ids=str)
def test_steps_are_those_made_by_hand(changes: dict[str, float]) -> None:
    weight, bias = by_hand(recipe(**changes))
    found = trained(recipe(**changes))
    np.testing.assert_allclose(found[0], weight, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[1], bias, rtol=1e-4, atol=1e-6)


def test_each_of_them_is_told_apart() -> None:
    ends = [trained(recipe(**changes))[0].tobytes() for changes in CASES]
    assert len(set(ends)) == len(CASES) - 1  # nothing is as long as 900


def test_a_penalty_is_not_in_the_loss_that_is_told() -> None:
    firsts = []
    for l1 in (0.0, 0.5):
        network, chosen = LINEAR.build(seed=1), recipe(l1=l1)
        steps = train_steps(network, make_optimizer(chosen, network), TASKS["classify"], images(), Plan(chosen, 7))
        firsts.append(next(steps).loss)
    assert firsts[0] == firsts[1]


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "mean_squared_error", "hinge"])
def test_every_loss_trains(loss: str) -> None:
    assert trained(recipe(loss=loss))[0].tobytes() != trained(recipe())[0].tobytes()


def test_a_new_weight_decay_holds_from_its_step() -> None:
    chosen = recipe()
    network = LINEAR.build(seed=1)
    optimizer = make_optimizer(chosen, network)
    plan = Plan(chosen, 7).changed(3, {"weight_decay": 0.5, "learning_rate": 0.2})
    held = [
        (optimizer.param_groups[0]["weight_decay"], optimizer.param_groups[0]["lr"])
        for _ in train_steps(network, optimizer, TASKS["classify"], images(), plan)
    ]
    assert held == [(0.0, 0.1)] * 3 + [(0.5, 0.2)] * 3


def test_images_are_varied_by_seed_and_step_alone() -> None:
    """Each step sees other variations, the same ones after a break, and dropout draws other numbers than they."""
    chosen = recipe()
    plan = Plan(chosen, 7, Augmentation(noise=0.3))

    def seen(done: int) -> list[torch.Tensor]:
        network, found = LINEAR.build(seed=1), []
        network.register_forward_pre_hook(lambda _module, given: found.append(given[0].clone()))
        list(train_steps(network, make_optimizer(chosen, network), TASKS["classify"], images(), plan, done))
        return found

    whole, rest = seen(0), seen(3)
    assert len({batch.sum().item() for batch in whole}) == 6
    assert all(torch.equal(one, other) for one, other in zip(whole[3:], rest, strict=True))
    torch.manual_seed(123)
    assert all(torch.equal(one, other) for one, other in zip(whole, seen(0), strict=True))
