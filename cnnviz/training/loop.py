"""The training loop, read from top to bottom: a generator that makes one optimizer step each time it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets import Images
from cnnviz.errors import TrainingError
from cnnviz.recipe import Recipe
from cnnviz.tasks import Task

if TYPE_CHECKING:
    import torch
    from torch import nn

MOMENTUM = 0.9
CHUNK = 256  # images validated at once: a bound on memory


@dataclass(frozen=True)
class Step:
    """One optimizer update: its number, counted from 1, and what the batch gave just before it."""

    number: int
    loss: float
    accuracy: float
    images: int


def make_optimizer(recipe: Recipe, network: "nn.Module") -> "torch.optim.Optimizer":
    """The optimizer that a recipe names."""
    import torch

    if recipe.optimizer == "adam":
        return torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    momentum = MOMENTUM if recipe.optimizer == "momentum" else 0.0
    return torch.optim.SGD(network.parameters(), lr=recipe.learning_rate, momentum=momentum)


def train_steps(
    network: "nn.Sequential",
    optimizer: "torch.optim.Optimizer",
    task: Task,
    images: Images,
    recipe: Recipe,
    done: int = 0,
) -> Iterator[Step]:
    """Train from step `done` to the end of the recipe, one update for each item taken.

    What a step does depends on the seed and the step alone, so that training goes on after a break as it would have.

    Raises:
        TrainingError: At the first loss that is not a finite number, before the weights are changed by it.
    """
    import torch

    pixels = torch.from_numpy(images.images)  # (N, C, H, W)
    labels = torch.from_numpy(images.labels)  # (N,)
    network.to(memory_format=torch.channels_last)  # a fifth quicker on a CPU
    per_epoch = recipe.steps_per_epoch(len(images))
    total, before = per_epoch * recipe.epochs, float("nan")
    order = torch.empty(0)
    for number in range(done, total):
        epoch, place = divmod(number, per_epoch)
        if place == 0 or number == done:
            shuffle = torch.Generator().manual_seed(recipe.seed * 1_000_003 + epoch)
            order = torch.randperm(len(images), generator=shuffle)
        chosen = order[place * recipe.batch_size : (place + 1) * recipe.batch_size]
        rate = recipe.learning_rate_at(number, total)
        for group in optimizer.param_groups:
            group["lr"] = rate
        torch.default_generator.manual_seed(
            recipe.seed * 1_000_003 + number
        )  # for dropout; 0.6 ms less than torch.manual_seed
        network.train()
        logits = network(pixels[chosen].contiguous(memory_format=torch.channels_last))  # (B, outputs)
        loss = task.loss(logits, labels[chosen])
        value = loss.item()
        if not np.isfinite(value):
            raise TrainingError(
                f"Step {number + 1}: the loss is not a number any more (it was {before:.3g} the step before); "
                f"use a learning rate below {recipe.learning_rate:g}."
            )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        accuracy = (task.predictions(logits) == labels[chosen]).float().mean().item()
        yield Step(number + 1, value, accuracy, len(chosen))
        before = value


def predictions(network: "nn.Sequential", task: Task, images: Images) -> NDArray[np.int64]:
    """The class (N,) that a network in eval mode says of each image."""
    import torch

    said = [np.zeros(0, np.int64)]
    with torch.no_grad():
        for start in range(0, len(images), CHUNK):
            pixels = torch.from_numpy(images.images[start : start + CHUNK])
            logits = network(pixels.contiguous(memory_format=torch.channels_last))
            said.append(task.predictions(logits).numpy())
    return np.concatenate(said)


def validate(network: "nn.Sequential", task: Task, images: Images, classes: int) -> tuple[float, NDArray[np.int32]]:
    """The mean loss on the images, and the counts (classes, classes): rows are labels, columns predictions."""
    import torch

    was_training = network.training
    network.eval()
    loss, counts = 0.0, torch.zeros(classes * classes, dtype=torch.int64)
    with torch.no_grad():
        for start in range(0, len(images), CHUNK):
            pixels = torch.from_numpy(images.images[start : start + CHUNK])
            labels = torch.from_numpy(images.labels[start : start + CHUNK])
            logits = network(pixels.contiguous(memory_format=torch.channels_last))
            loss += task.loss(logits, labels).item() * len(labels)
            counts += torch.bincount(labels * classes + task.predictions(logits), minlength=classes * classes)
    network.train(was_training)
    return loss / max(1, len(images)), counts.reshape(classes, classes).numpy().astype(np.int32)
