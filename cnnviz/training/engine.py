"""How a step's loss and gradients are worked out: in which order, precision and parts."""

import math
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from cnnviz.tasks import Task
from cnnviz.training.devices import device_of
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.margins import looked_at
from cnnviz.training.measures import Trouble, layers_of, loss_trouble
from cnnviz.training.replica import Given, Piece, Replica, drawing_alone, drops, itself, replica, total
from cnnviz.training.threads import Pair, cores_of_machine

if TYPE_CHECKING:
    from torch import Tensor, nn

    from cnnviz.training.joined import Joined

WORTH_HALVING = 32_000_000  # multiply-adds of a batch on its way forward; of less, a second thread saves no time
FEWEST = 16  # images of a batch that is halved
APART = 2**61  # between the seeds of two halves, so that dropout draws other numbers


class Engine:
    """Works out loss and gradients, batch by batch.

    On a CPU a large batch is worked out in two halves whose gradients are added up: always, so that the numbers do not
    depend on whether the halves are done at once on two threads or one after the other. Batch norm needs the whole
    batch, and so a network with it is never divided.

    In bfloat16, weights, activations and gradients are rounded to it on the way. The weights of record stay float32,
    and are what is updated; batch norm, the logits and the loss are float32 too.

    Args:
        network: On its device, in float32; others look at it, so its names and order stay as they are.
        optimizer: Holds its weights, and takes the gradients.
        task: Gives the loss.
        precision: "float32" or "bfloat16".
    """

    def __init__(self, network: "nn.Sequential", optimizer: FlatOptimizer, task: Task, precision: str) -> None:
        import torch

        self._network, self._optimizer, self._task = network, optimizer, task
        self._layers = layers_of(network)
        self._is_rounded = precision == "bfloat16"
        self._values = optimizer.values.detach()
        if self._is_rounded:
            self._values = self._values[: optimizer.rounded].to(torch.bfloat16)
        is_whole = next(network.buffers(), None) is not None  # batch norm
        self._may_halve = device_of(network).type == "cpu" and not is_whole and cores_of_machine() > 1
        self._made: list[Replica] = []
        self._size: tuple[int, int] | None = None  # rows and columns of an image that count, once known
        self._work = 0  # multiply-adds for one image, once known
        self._pair = Pair()

    def gradients(self, batch: "Tensor", labels: "Tensor", seed: int) -> Given:
        """Leave the gradient of a batch's mean loss in the optimizer; where that is not finite, what was there stays.

        Args:
            batch: (B, C, H, W) float32.
            labels: (B,) int64.
            seed: Of what dropout draws.
        """
        if self._is_rounded:
            self._values.copy_(self._optimizer.values.detach()[: len(self._values)])
        images = self._looked_at(batch)
        pieces = self._pieces(images, labels, seed)
        given = self._learn(images, pieces)
        whole = total(given)
        if math.isfinite(whole.loss) and len(given) == len(pieces):  # else the gradient is where it belongs
            self._collect([piece.made for piece in pieces])
        return whole

    def trouble(self, batch: "Tensor", labels: "Tensor", seed: int, loss: float) -> Trouble:
        """Where it began that a batch's loss is not finite."""
        found = []
        for piece in self._pieces(self._looked_at(batch), labels, seed):
            piece.made.seed(piece.seed)  # the same dropout once more
            found.append(loss_trouble(piece.made.network, self._layers, piece.made.logits, piece.images, loss))
        return next((one for one in found if one.layer), found[0])

    def drop(self, share: float) -> None:
        """Let all dropout layers zero this share of the values."""
        for network in (self._network, *(made.network for made in self._made)):
            for module in drops(network):
                module.p = share

    def _looked_at(self, batch: "Tensor") -> "Tensor":
        """Images as far as the network looks at them, in the precision that it works in."""
        import torch

        size = batch.shape[2:]
        rows, columns = self._size = self._size or looked_at(self._network, *size)
        used = batch if self._size == size else batch[:, :, :rows, :columns]
        return used.to(self._values.dtype, memory_format=torch.channels_last)

    def _pieces(self, images: "Tensor", labels: "Tensor", seed: int) -> list[Piece]:
        """What is worked out by itself: a batch, or its halves."""
        if not self._may_halve or len(images) < FEWEST or self._work_of(images) < WORTH_HALVING:
            return [Piece(self._whole, images, labels, 1.0, seed)]
        (first, second), cut = self._halves, len(images) // 2
        share = cut / len(images)
        return [
            Piece(first, images[:cut], labels[:cut], share, seed),
            Piece(second, images[cut:], labels[cut:], 1 - share, seed + APART),
        ]

    def _learn(self, images: "Tensor", pieces: list[Piece]) -> Sequence[Given]:
        """What each piece gave; or what all did, when they were gone through as one."""
        if len(pieces) == 1:
            return [pieces[0].learn(self._task)]
        first, second = (partial(piece.learn, self._task) for piece in pieces)
        joined = self._joined
        return self._pair.both(first, second, partial(joined.learn, self._task, images, pieces) if joined else None)

    def _collect(self, made: list[Replica]) -> None:
        """Add up the gradients that are not the optimizer's own."""
        first, *others = (one.gradients[0] for one in made)
        gradient = self._optimizer.gradient[: len(first)]
        if first is not self._optimizer.gradient:
            gradient.copy_(first)
        for other in others:
            gradient.add_(other)
        self._optimizer.show_gradient()

    @cached_property
    def _whole(self) -> Replica:
        """What a batch is worked out with that is not divided."""
        is_own = not self._is_rounded
        return itself(self._network, self._optimizer) if is_own else self._replica()

    @cached_property
    def _halves(self) -> tuple[Replica, Replica]:
        return drawing_alone(self._replica()), drawing_alone(self._replica())

    @cached_property
    def _joined(self) -> "Joined | None":
        from cnnviz.training.joined import Joined, may_join

        return (
            Joined(self._replica(), self._halves, self._network, self._optimizer) if may_join(self._network) else None
        )

    def _replica(self) -> Replica:
        self._made.append(replica(self._network, self._optimizer, self._values))
        return self._made[-1]

    def _work_of(self, images: "Tensor") -> int:
        """Multiply-adds of a batch on its way forward."""
        self._work = self._work or multiply_adds(self._network, images[:1].float())
        return self._work * len(images)


def multiply_adds(network: "nn.Sequential", image: "Tensor") -> int:
    """How many products convolutions and fully connected layers sum up for an image (1, C, H, W)."""
    import torch

    counts: list[int] = []

    def count(module: "nn.Module", given: object, result: "Tensor") -> None:
        del given
        weight = getattr(module, "weight", None)
        counts.append(result.numel() * weight[0].numel() if weight is not None else 0)

    handles = [module.register_forward_hook(count) for module in network.modules()]
    try:
        with torch.no_grad():
            network(image)
    finally:
        for handle in handles:
            handle.remove()
    return sum(counts)
