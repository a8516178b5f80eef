"""What is measured of a network while it trains: norms, spread of gradients, the worst mistakes, and what diverged.

All of it is read off; nothing here changes a weight or draws a random number.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import TrainingError
from cnnviz.inspection.recording import own_parts, recorded
from cnnviz.runs import Arrays, Histogram, Mistake
from cnnviz.tasks import Task

if TYPE_CHECKING:
    from torch import Tensor, nn

MEASURED_EVERY = 10  # steps between two rows of norms
FIRST_STEPS = 10  # each of which has one: most happens in them
MOST_VALUES = 2**15  # of one layer's gradients are counted; of more, as many spread evenly
MOST_MISTAKES = 12
REMEDY = "use a learning rate below"

Layers = dict[str, "list[nn.Parameter]"]


class Norms(NamedTuple):
    """Euclidean norms by layer with weights, biases included.

    Attributes:
        layers: The names of the L layers, in order of execution.
        gradient: (L,) of the loss by the weights.
        weight: (L,) of the weights.
    """

    layers: tuple[str, ...]
    gradient: NDArray[np.float32]
    weight: NDArray[np.float32]


def layers_of(network: "nn.Module") -> Layers:
    """The parameters of every layer that has some, by its name, in order of execution."""
    found = {name: list(part.parameters()) for name, part in own_parts(network)}
    return {name: parameters for name, parameters in found.items() if parameters}


def norms(layers: Layers) -> Norms:
    """The norms of every layer's gradient and weights, as they are now."""
    import torch

    parameters = [one for own in layers.values() for one in own]
    gradients = [one if one.grad is None else one.grad for one in parameters]
    with torch.no_grad():
        each = torch.stack([torch.linalg.vector_norm(one) for one in (*gradients, *parameters)])  # (2P,)
    squares = each.double().cpu().numpy().reshape(2, -1) ** 2
    squares[0, [one.grad is None for one in parameters]] = 0
    firsts = np.cumsum([0, *(len(own) for own in layers.values())])[:-1]
    gradient, weight = np.sqrt(np.add.reduceat(squares, firsts, axis=1)).astype(np.float32)
    return Norms(tuple(layers), gradient, weight)


def norms_at(step: int, layers: Layers, loss_before: float, rate: float) -> Norms | None:
    """The norms of a step, counted from 1, that has a row of them; None of others.

    Raises:
        TrainingError: If a gradient is not finite: before it spoils the weights.
    """
    if step > FIRST_STEPS and step % MEASURED_EVERY:
        return None
    found = norms(layers)
    if not np.isfinite(found.gradient).all():
        trouble = gradient_trouble(layers)  # none where only the square of a number was too large
        if trouble:
            raise TrainingError(trouble.sentence(step, loss_before, rate))
    return found


def gradient_histograms(layers: Layers) -> dict[str, Histogram]:
    """How the gradients of each layer's weights are spread, as they are now; nothing before the first step."""
    return {name: Histogram.of(values) for name, values in gradient_samples(layers).items()}


def gradient_samples(layers: Layers) -> Arrays:
    """Values (n,) of the gradient of each layer's weights, copied; nothing before the first step."""
    return {
        name: np.array(evenly(own[0].grad.detach().reshape(-1)).cpu().numpy())
        for name, own in layers.items()
        if own[0].grad is not None
    }


def evenly(values: "Tensor") -> "Tensor":
    """At most so many of a layer's values (n,); the stride shares no factor with n, so that no unit is left out."""
    count = len(values)
    stride = max(1, math.ceil(count / MOST_VALUES))
    while stride > 1 and math.gcd(stride, count) > 1:
        stride += 1
    return values[::stride]


class Worst:
    """Gathers, batch by batch, the images that are wrong with the lowest probability for their label.

    That is the highest cross-entropy, whichever loss the network is trained by.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._seen: list[tuple[Tensor, ...]] = []

    def see(self, first: int, logits: "Tensor", labels: "Tensor") -> None:
        """Take in logits (n, outputs) and labels (n,) of the images from number `first` on."""
        import torch

        predictions = self._task.predictions(logits)
        wrong = torch.nonzero(predictions != labels)[:, 0]
        self._seen.append((first + wrong, labels[wrong], predictions[wrong], logits[wrong]))

    def found(self) -> tuple[Mistake, ...]:
        """As many as `MOST_MISTAKES`, the worst first."""
        import torch

        if not self._seen:
            return ()
        numbers, labels, predictions, logits = (torch.cat(parts).cpu() for parts in zip(*self._seen, strict=True))
        logits = logits.float()
        both = logits if logits.shape[1] > 1 else torch.cat([torch.zeros_like(logits), logits], dim=1)  # (W, K)
        sure = both.log_softmax(dim=1)[torch.arange(len(labels)), labels]
        worst = torch.argsort(sure.nan_to_num(-math.inf), stable=True)[:MOST_MISTAKES]
        return tuple(
            Mistake(
                int(numbers[n]),
                int(labels[n]),
                int(predictions[n]),
                float(self._task.probabilities(logits[n].numpy())[predictions[n]]),
            )
            for n in worst
        )


@dataclass(frozen=True)
class Trouble:
    """Where a training went wrong first.

    Attributes:
        what: "activations", "gradient", "weights" or "loss".
        layer: The layer's name, or None for the loss.
        is_infinite: Whether it is infinite, not only no number.
        is_of_before: Whether it happened in the step before, whose update spoilt the weights.
    """

    what: str
    layer: str | None
    is_infinite: bool
    is_of_before: bool = False

    def sentence(self, step: int, loss_before: float, rate: float) -> str:
        """What happened at a step, counted from 1, and what would do."""
        number = step - 1 if self.is_of_before else step
        where = f"the {self.what}" if self.layer is None else f"the {self.what} of {self.layer}"
        plural = self.what in ("activations", "weights")
        state = "infinite" if self.is_infinite else "no numbers any more" if plural else "not a number any more"
        when = "its loss was {:.3g}" if self.is_of_before else "the loss was {:.3g} the step before"
        before = f" ({when.format(loss_before)})" if math.isfinite(loss_before) else ""
        verb = "are" if plural else "is"
        return f"Step {number}: {where} {verb} {state}{before}; {REMEDY} {rate:g}."


def is_divergence(reason: str) -> bool:
    """Whether a sentence says that a training diverged."""
    return REMEDY in reason


def gradient_trouble(layers: Layers) -> Trouble | None:
    """The layer whose gradient was the first not to be finite, on its way back from the loss; None where all are."""
    for name, own in reversed(layers.items()):
        for one in own:
            if one.grad is not None and not one.grad.isfinite().all():
                return Trouble("gradient", name, bool(one.grad.isinf().any()))
    return None


def weight_trouble(layers: Layers) -> Trouble | None:
    """Where weights are not finite: the layer where that began, in the step before; None where all are.

    Gradients must still be those of that step. Where they are finite, the update was too large.
    """
    import torch

    for name, own in layers.items():
        for one in own:
            is_sound = bool(torch.linalg.vector_norm(one.detach()).isfinite())  # the quick way to see it
            if not is_sound and not one.isfinite().all():
                begun = gradient_trouble(layers) or Trouble("weights", name, bool(one.isinf().any()))
                return replace(begun, is_of_before=True)
    return None


def loss_trouble(
    network: "nn.Module", layers: Layers, forward: "Callable[[Tensor], Tensor]", batch: "Tensor", loss: float
) -> Trouble:
    """Where it began that a loss is not finite: the batch is run once more, and every layer looked at.

    Args:
        network: What is trained, in the mode it is trained in.
        layers: Its layers with weights, and the gradients of the step before.
        forward: What is done with the batch to get the logits.
        batch: The batch (B, C, H, W).
        loss: What came of it.
    """
    import torch

    before = weight_trouble(layers)
    if before:
        return before
    first: list[Trouble] = []

    def hear(name: str, values: "Tensor", is_kept: bool) -> None:
        del is_kept
        if not first and not values.isfinite().all():
            first.append(Trouble("activations", name, bool(values.isinf().any())))

    with torch.no_grad(), recorded(own_parts(network), hear):
        forward(batch)
    return first[0] if first else Trouble("loss", None, math.isinf(loss))
