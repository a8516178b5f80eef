"""One image through all of a network."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.inspection.prepare import Prepared, prepare
from cnnviz.inspection.recording import recorded
from cnnviz.runs import Arrays
from cnnviz.tasks import TASKS

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, eq=False)
class Trace:
    """What a network makes of one image.

    Attributes:
        image: (C, H, W) float32, as the network was given it.
        activations: What every convolution, activation, pooling, addition and other operation gives, before anything
            changes it: (C, H, W) or (F,) float32 by name, in order of execution. A module has its path (`block1.conv`),
            a function the path of the module that calls it and its own name (`block1.relu`); repeated, a number
            (`block1.relu_1`).
        logits: (K,) float32, what the network gives; where it ends in a softmax or sigmoid, what goes into that.
        probabilities: (K,) float32; (1 - p, p) for one output.
        complete: Whether all is seen: not where the network cannot be traced and only its modules are, or where a part
            gives something else than one row for the image.
        notes: What a person must know of it, a sentence each.
    """

    image: NDArray[np.float32]
    activations: Arrays
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    complete: bool
    notes: tuple[str, ...]


def trace(module: "nn.Module | Prepared", image: Any) -> Trace:
    """Look at one image through all of a network.

    Args:
        module: Any module, which is copied, looked at in eval mode, and left as it was found; or a prepared copy.
        image: Floats (C, H, W) or (H, W), used as they are; uint8 (H, W), (H, W, 3) or (H, W, 4), or a Pillow picture,
            divided by 255. A batch of one is an image.

    Raises:
        ImageError: If the image is none, or the network cannot take it.
        NetworkError: If the module cannot be copied, or gives no logits.
    """
    import torch

    prepared, batch = prepare(module, image)
    seen = prepared.seen(batch.values)
    with torch.no_grad(), recorded(prepared.parts.items()) as activations:
        logits = _array(prepared.rows(batch.values)[0])
    for name in seen.turned:
        activations[name] = np.ascontiguousarray(activations[name].transpose(2, 0, 1))
    return Trace(
        image=_array(batch.values[0]),
        activations=activations,
        logits=logits,
        probabilities=probabilities(logits, prepared.ending),
        complete=prepared.complete and not seen.left_out,
        notes=(*prepared.notes, *seen.notes, *batch.notes),
    )


def probabilities(logits: NDArray[np.float32], ending: str | None = None) -> NDArray[np.float32]:
    """The probability of every class (K,), or (1 - p, p) for one logit.

    By softmax; several logits that the network itself puts through a sigmoid are independent of each other; what
    already are probabilities stays as it is.
    """
    if ending == "unknown softmax":
        return logits
    if ending == "sigmoid" and len(logits) > 1:
        return np.array([TASKS["classify"].probabilities(one)[1] for one in logits[:, None]], np.float32)
    return TASKS["classify"].probabilities(logits)


def _array(values: Any) -> NDArray[np.float32]:
    return np.array(values.detach().to("cpu").float().numpy(), dtype=np.float32, order="C")
