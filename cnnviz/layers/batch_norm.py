"""Batch norm: every channel is brought to mean 0 and variance 1, then scaled and shifted by learned numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.layers.base import Pointwise, Shape
from cnnviz.layers.cell import Unit, Values, same_place
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import nn

EPSILON = 1e-5  # added to a variance before it divides, torch's own


@dataclass(frozen=True)
class BatchNorm(Pointwise):
    """Ioffe and Szegedy, "Batch Normalization" (2015); for maps channel by channel, for flat inputs value by value."""

    kind = "batch_norm"
    prefix = "norm"

    momentum: float = setting(0.1, "Momentum", "How fast the running mean and variance follow.", low=0.001, high=1)

    def build(self, shape: Shape) -> "nn.Module":
        """`torch.nn.BatchNorm2d`, or `BatchNorm1d` for a flat input."""
        from torch import nn

        kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        return kind(shape[0], eps=EPSILON, momentum=self.momentum)

    def code(self, module: str, inputs: Sequence[str]) -> str:
        """`torch.nn.functional.batch_norm`, with the statistics gathered in training."""
        state = ", ".join(f"{module}.{name}" for name in ("running_mean", "running_var", "weight", "bias"))
        return f"F.batch_norm({inputs[0]}, {state})"

    def unit(self, weights: Mapping[str, Values], shape: Shape, unit: int) -> Unit:
        """The value times gamma / sqrt(variance + epsilon), shifted; mean and variance are the running ones."""
        names = ("weight", "bias", "running_mean", "running_var")
        gamma, beta, mean, variance = (float(weights[name][unit]) for name in names)
        scale = float(np.float32(gamma / math.sqrt(variance + EPSILON)))  # as it is kept, so that the shift fits it
        made = same_place(unit, shape, weight=scale, bias=beta - mean * scale)
        origin = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance, "epsilon": EPSILON}
        return replace(made, origin=origin)
