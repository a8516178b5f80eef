"""The training loop, read from top to bottom: a generator that makes one optimizer step each time it is asked."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets import Images
from cnnviz.errors import TrainingError
from cnnviz.plan import Held, Moment, Plan
from cnnviz.recipe import Recipe
from cnnviz.tasks import Task
from cnnviz.training.devices import device_of
from cnnviz.training.engine import Engine
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.measures import Norms, Worst, layers_of, norms_at

if TYPE_CHECKING:
    import torch
    from torch import nn

APART = 2**62  # between the seeds of dropout and of augmentation, so that they draw other numbers
CHUNK = 256  # images validated at once: a bound on memory


@dataclass(frozen=True)
class Step:
    """One optimizer update: its number, counted from 1, and what the batch gave just before it.

    The norms of gradient and weights are those of the layers with weights; None at steps without a row of them.
    """

    number: int
    loss: float
    accuracy: float
    images: int
    norms: Norms | None = field(default=None, compare=False, repr=False)


def make_optimizer(recipe: Recipe, network: "nn.Module") -> FlatOptimizer:
    """The optimizer that a recipe names, on all parameters of a network at once."""
    return FlatOptimizer(recipe, network)


def train_steps(
    network: "nn.Sequential",
    optimizer: FlatOptimizer,
    task: Task,
    images: Images,
    plan: Plan,
    done: int = 0,
) -> Iterator[Step]:
    """Train from step `done` to the end of the plan, one update for each item taken, on the network's device.

    What a step does depends on the plan and the step alone, so that training goes on after a break as it would have.

    Raises:
        TrainingError: At the first loss that is not a finite number, before anything of the network is changed by it;
            it says in which layer that began.
    """
    engine, layers = Engine(network, optimizer, task, plan.recipe.precision), layers_of(network)
    statistics = _Statistics(network)
    held, before = None, float("nan")
    for number, now, batch, labels in _batches(images, plan, done, device_of(network)):
        if now.held is not held:
            held = now.held
            _hold(engine, optimizer, held)
        for group in optimizer.param_groups:
            group["lr"] = now.rate
        statistics.keep()
        try:
            loss, correct = engine.gradients(batch, labels, _seed(plan) + number)
            if not math.isfinite(loss):
                trouble = engine.trouble(batch, labels, _seed(plan) + number, loss)
                raise TrainingError(trouble.sentence(number + 1, before, held.recipe.learning_rate))
            measured = norms_at(number + 1, layers, before, held.recipe.learning_rate)
        except TrainingError:
            statistics.put_back()
            raise
        _adjust(optimizer, held.recipe)
        optimizer.step()
        yield Step(number + 1, loss, correct / len(labels), len(labels), measured)
        before = loss


class _Statistics:
    """The running statistics of a network's batch norms before a step, whose way forward already changes them."""

    def __init__(self, network: "nn.Module") -> None:
        self._own = list(network.buffers())
        self._kept = [one.clone() for one in self._own]

    def keep(self) -> None:
        """Keep them as they are now."""
        self._copy(self._own, self._kept)

    def put_back(self) -> None:
        """Make them what they were."""
        self._copy(self._kept, self._own)

    @staticmethod
    def _copy(given: "list[torch.Tensor]", own: "list[torch.Tensor]") -> None:
        import torch

        if own:
            torch._foreach_copy_(own, given)


def _batches(
    images: Images, plan: Plan, done: int, device: "torch.device"
) -> "Iterator[tuple[int, Moment, torch.Tensor, torch.Tensor]]":
    """From step `done` on: its number, what it is made of, its images (B, C, H, W) and labels (B,)."""
    import torch

    pixels = torch.from_numpy(images.images).to(device)  # (N, C, H, W)
    labels = torch.from_numpy(images.labels).to(device)  # (N,)
    chance, order = torch.Generator(), torch.empty(0)
    for number in range(done, plan.steps):
        now = plan.at(number)
        if now.seen == 0 or number == done:
            order = torch.randperm(len(images), generator=chance.manual_seed(_seed(plan) + now.epoch)).to(device)
        chosen = order[now.seen : now.seen + now.held.recipe.batch_size]
        batch = pixels[chosen]
        if now.held.varies:
            batch = now.held.augmentation.apply(batch, chance.manual_seed(_seed(plan) + number + APART))
        yield number, now, batch.contiguous(memory_format=torch.channels_last), labels[chosen]


def _seed(plan: Plan) -> int:
    return plan.recipe.seed * 1_000_003


def _hold(engine: Engine, optimizer: FlatOptimizer, held: Held) -> None:
    """Put in force what does not follow from the step: weight decay and dropout."""
    for group in optimizer.param_groups:
        group["weight_decay"] = held.recipe.weight_decay
    if held.dropout is not None:
        engine.drop(held.dropout)


def _adjust(optimizer: FlatOptimizer, recipe: Recipe) -> None:
    """Add what the L1 penalty gives to the gradients, then shorten them."""
    import torch

    if recipe.l1:
        optimizer.gradient.add_(optimizer.values.detach().sign(), alpha=recipe.l1)
    if recipe.clip_norm:
        total = torch.linalg.vector_norm(optimizer.gradient)
        if total.isfinite():  # else all would be spoilt, and nothing would tell where that began
            torch.nn.utils.clip_grads_with_norm_([optimizer.values], recipe.clip_norm, total)


def predictions(network: "nn.Sequential", task: Task, images: Images) -> NDArray[np.int64]:
    """The class (N,) that a network in eval mode says of each image."""
    import torch

    said, device = [np.zeros(0, np.int64)], device_of(network)
    with torch.no_grad():
        for start in range(0, len(images), CHUNK):
            pixels = torch.from_numpy(images.images[start : start + CHUNK]).to(device)
            logits = network(pixels.contiguous(memory_format=torch.channels_last))
            said.append(task.predictions(logits).cpu().numpy())
    return np.concatenate(said)


def validate(
    network: "nn.Sequential", task: Task, images: Images, classes: int, worst: Worst | None = None
) -> tuple[float, NDArray[np.int32]]:
    """The mean loss on the images, and the counts (classes, classes): rows are labels, columns predictions.

    `worst` sees what is said of each.
    """
    import torch

    was_training, device = network.training, device_of(network)
    network.eval()
    loss, counts = 0.0, torch.zeros(classes * classes, dtype=torch.int64, device=device)
    with torch.no_grad():
        for start in range(0, len(images), CHUNK):
            pixels = torch.from_numpy(images.images[start : start + CHUNK]).to(device)
            labels = torch.from_numpy(images.labels[start : start + CHUNK]).to(device)
            logits = network(pixels.contiguous(memory_format=torch.channels_last))
            loss += task.loss(logits, labels).item() * len(labels)
            if worst:
                worst.see(start, logits, labels)
            counts += torch.bincount(labels * classes + task.predictions(logits), minlength=classes * classes)
    network.train(was_training)
    return loss / max(1, len(images)), counts.reshape(classes, classes).cpu().numpy().astype(np.int32)
