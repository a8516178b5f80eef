"""A network to learn with: the one that others look at, or one that shares its weights and has gradients of its own."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.tasks import Task
from cnnviz.training.devices import device_of, seed_device
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.order import quickest

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class Given(NamedTuple):
    """What a batch gave, before any update by it: the mean loss, and how many answers were right."""

    loss: float
    correct: int


def total(parts: Sequence[Given]) -> Given:
    """What parts of a batch gave together."""
    return Given(sum(one.loss for one in parts), sum(one.correct for one in parts))


@dataclass(frozen=True)
class Replica:
    """A network in the order in which it is worked out.

    Attributes:
        network: In train mode.
        dtype: What it works in.
        gradients: Where its gradients add up, to be zeroed before.
        chance: What its dropout draws from; None for the random state of its device.
    """

    network: "nn.Sequential"
    dtype: "torch.dtype"
    gradients: "tuple[Tensor, ...]"
    chance: "torch.Generator | None" = None

    def logits(self, batch: "Tensor") -> "Tensor":
        """The logits (B, outputs) float32 of a batch (B, C, H, W)."""
        logits: Tensor = self.network(batch.to(self.dtype))
        return logits.float()

    def learn(self, task: Task, batch: "Tensor", labels: "Tensor", share: float = 1.0) -> Given:
        """Leave the gradient of a batch's mean loss, times `share`; where that is not finite, what was there stays."""
        loss, given = judged(task, self.logits(batch), labels, share)
        if math.isfinite(given.loss):
            for gradient in self.gradients:
                gradient.zero_()
            loss.backward()  # type: ignore[no-untyped-call]
        return given

    def seed(self, seed: int) -> None:
        """Set what dropout draws from."""
        if self.chance is None:
            seed_device(device_of(self.network).type, seed)
        else:
            self.chance.manual_seed(seed)


class Piece(NamedTuple):
    """A part of a batch that is worked out by itself.

    Attributes:
        made: With what.
        images: (b, C, H, W).
        labels: (b,) int64.
        share: How much of the batch it is.
        seed: Of what dropout draws.
    """

    made: Replica
    images: "Tensor"
    labels: "Tensor"
    share: float
    seed: int

    def learn(self, task: Task) -> Given:
        """See `Replica.learn`."""
        self.made.seed(self.seed)
        return self.made.learn(task, self.images, self.labels, self.share)


def judged(task: Task, logits: "Tensor", labels: "Tensor", share: float) -> "tuple[Tensor, Given]":
    """The share of a batch's loss that is that of these logits (b, outputs), to go back from."""
    loss = task.loss(logits, labels)
    value, correct = loss.item(), int((task.predictions(logits) == labels).sum())  # a card is waited for once
    return loss * share, Given(value * share, correct)


def itself(network: "nn.Sequential", optimizer: FlatOptimizer) -> Replica:
    """The network of record, whose gradients are the optimizer's."""
    optimizer.show_gradient()
    return Replica(quickest(network.train()), optimizer.values.dtype, (optimizer.gradient,))


def replica(network: "nn.Sequential", optimizer: FlatOptimizer, values: "Tensor") -> Replica:
    """One with the same buffers, and weights that are views of `values`, with gradients of their own.

    What lies beyond these values is the optimizer's own, and so are its gradients.

    Args:
        network: That of record.
        optimizer: Knows where each parameter lies.
        values: (n,) the optimizer's own, or (optimizer.rounded,) in another precision.
    """
    import torch
    from torch import nn

    gradient, rest = torch.zeros_like(values), optimizer.gradient[len(values) :]
    known: dict[int, object] = {id(buffer): buffer for buffer in network.buffers()}
    for parameter, first in optimizer.places():
        is_own = first < len(values)
        leaf = nn.Parameter(optimizer.view(values if is_own else optimizer.values.detach(), parameter))
        leaf.grad = optimizer.view(gradient if is_own else optimizer.gradient, parameter)
        known[id(parameter)] = leaf
    made = copy.deepcopy(quickest(network), known).train()  # what is known is not copied, but taken
    return Replica(made, values.dtype, (gradient, rest))


def drawing_alone(made: Replica) -> Replica:
    """One whose dropout draws from a generator of its own, so that others may draw at the same time."""
    import torch

    chance = torch.Generator()
    for drop in drops(made.network):
        drop.forward = partial(_dropped, drop, chance)  # type: ignore[method-assign]
    return Replica(made.network, made.dtype, made.gradients, chance)


def drops(network: "nn.Module") -> "list[nn.Dropout]":
    """The dropout layers of a network."""
    from torch import nn

    return [module for module in network.modules() if isinstance(module, nn.Dropout)]


def _dropped(drop: "nn.Dropout", chance: "torch.Generator", values: "Tensor") -> "Tensor":
    """As `torch.nn.functional.dropout` in training, whose generator cannot be chosen."""
    import torch

    kept = torch.empty_like(values)
    keep_some(kept, drop.p, chance)
    return values * kept


def keep_some(kept: "Tensor", share: float, chance: "torch.Generator | None") -> None:
    """Fill with what a dropout of such a share multiplies values with: zero, or what makes up for those."""
    kept.bernoulli_(1 - share, generator=chance).div_(1 - share)
