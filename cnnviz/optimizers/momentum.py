"""Stochastic gradient descent with momentum."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.optimizers.base import Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Momentum(Optimizer):
    """v = momentum * v + g; w - rate * v."""

    name = "momentum"
    title = "SGD with momentum"
    about = "Gradients add up to a velocity that rolls on (Polyak, 1964; Sutskever et al., 2013)."
    settings = ("momentum",)

    def build(
        self, parameters: Iterable["Tensor"], rate: float, weight_decay: float = 0, **settings: float
    ) -> "TorchOptimizer":
        """`torch.optim.SGD` with its momentum."""
        import torch

        return torch.optim.SGD(parameters, lr=rate, weight_decay=weight_decay, momentum=settings["momentum"])
