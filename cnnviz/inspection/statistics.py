"""What the layers of a network give for many images, in a few numbers each."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.inspection.recording import own_parts, recorded

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Statistics:
    """What a layer gives for a sample of images, in a few numbers.

    Attributes:
        mean, deviation: Of all its values; not a number where one of them is none.
        zeros: The share of its values that are exactly 0, from 0 to 1.
        dead: How many of its units (channels, or flat values) are 0 everywhere on every image.
        units: How many units it has.
    """

    mean: float
    deviation: float
    zeros: float
    dead: int
    units: int


def activation_statistics(network: "nn.Sequential", images: NDArray[np.float32]) -> dict[str, Statistics]:
    """What every part of one of our own networks gives for images (N, C, H, W), by the node's name.

    The network is looked at as it is: in eval mode it must be already.
    """
    import torch

    found: dict[str, Statistics] = {}

    def hear(name: str, values: "Tensor", is_kept: bool) -> None:
        del is_kept
        found[name] = _statistics(values)

    with torch.no_grad(), recorded(own_parts(network), hear):
        network(torch.from_numpy(images).contiguous(memory_format=torch.channels_last))
    return found


def _statistics(values: "Tensor") -> Statistics:
    """Of a layer's values (N, U, ...). Sums as products of matrices are several times quicker on a CPU."""
    import torch

    rows = values.float().movedim(1, -1).reshape(-1, values.shape[1])  # (P, U), a view where channels are last
    mean = rows.mean()
    filled = rows.new_ones(len(rows)) @ (rows != 0).float()  # (U,)
    return Statistics(
        mean=mean.item(),
        deviation=torch.linalg.vector_norm(rows - mean).item() / math.sqrt(rows.numel()),
        zeros=1 - filled.sum(dtype=torch.double).item() / rows.numel(),
        dead=int((filled == 0).sum()),
        units=rows.shape[1],
    )
