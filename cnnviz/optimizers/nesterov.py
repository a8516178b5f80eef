"""Stochastic gradient descent with Nesterov's momentum."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.optimizers.base import Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Nesterov(Optimizer):
    """v = momentum * v + g; w - rate * (g + momentum * v)."""

    name = "nesterov"
    title = "SGD with Nesterov momentum"
    about = "Momentum that looks one step ahead (Nesterov, 1983; Sutskever et al., 2013); it needs a momentum above 0."
    settings = ("momentum",)

    def build(
        self, parameters: Iterable["Tensor"], rate: float, weight_decay: float = 0, **settings: float
    ) -> "TorchOptimizer":
        """`torch.optim.SGD` with Nesterov's momentum."""
        import torch

        return torch.optim.SGD(
            parameters, lr=rate, weight_decay=weight_decay, nesterov=True, momentum=settings["momentum"]
        )
