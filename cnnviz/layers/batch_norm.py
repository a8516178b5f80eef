"""Batch norm: every channel is brought to mean 0 and variance 1, then scaled and shifted by learned numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.errors import counted
from cnnviz.layers.account import Figure, product
from cnnviz.layers.base import Pointwise
from cnnviz.layers.cell import Shape, Unit, Values, same_place
from cnnviz.layers.made import Made
from cnnviz.settings import setting

EPSILON = 1e-5  # added to a variance before it divides, torch's own
MOMENTUM = 0.1  # torch's own


@dataclass(frozen=True)
class BatchNorm(Pointwise):
    """Ioffe and Szegedy, "Batch Normalization" (2015); for maps channel by channel, for flat inputs value by value."""

    kind = "batch_norm"
    prefix = "norm"
    title = "Batch norm"
    about = (
        "Brings every channel to mean 0 and variance 1 over the batch, then scales and shifts it by learned numbers: "
        "deep networks learn faster. Later it uses the mean and variance gathered in training."
    )

    momentum: float = setting(MOMENTUM, "Momentum", "How fast the running mean and variance follow.", low=0.001, high=1)

    def made(self, shape: Shape) -> tuple[Made, ...]:
        """`torch.nn.BatchNorm2d`, or `BatchNorm1d` for a flat input."""
        told = {} if self.momentum == MOMENTUM else {"momentum": self.momentum}
        return (Made("BatchNorm2d" if len(shape) == 3 else "BatchNorm1d", (shape[0],), told),)

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

    def parameters(self, shape: Shape) -> Figure:
        """Gamma and beta of every channel."""
        return Figure(2 * shape[0], f"{counted(shape[0], 'channel')} × (1 scale + 1 shift) = {2 * shape[0]:,}")

    def kept(self, shape: Shape) -> int:
        """The running mean and variance of every channel."""
        return 2 * shape[0]

    def multiply_adds(self, shape: Shape) -> Figure:
        """One a value."""
        return product(*shape, what=", one a value,")
