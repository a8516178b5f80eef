"""Plain stochastic gradient descent."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.optimizers.base import Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class SGD(Optimizer):
    """w - rate * g."""

    name = "sgd"
    title = "SGD"
    about = "One step against the gradient (Robbins and Monro, 1951)."

    def build(
        self, parameters: Iterable["Tensor"], rate: float, weight_decay: float = 0, **settings: float
    ) -> "TorchOptimizer":
        """`torch.optim.SGD`."""
        del settings
        import torch

        return torch.optim.SGD(parameters, lr=rate, weight_decay=weight_decay)
