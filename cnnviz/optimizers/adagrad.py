"""Adagrad."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.optimizers.base import Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Adagrad(Optimizer):
    """s = s + g**2; w - rate * g / (sqrt(s) + 1e-10)."""

    name = "adagrad"
    title = "Adagrad"
    about = "A rate for every weight, which falls with all its gradients so far (Duchi et al., 2011)."

    def build(
        self, parameters: Iterable["Tensor"], rate: float, weight_decay: float = 0, **settings: float
    ) -> "TorchOptimizer":
        """`torch.optim.Adagrad`."""
        del settings
        import torch

        return torch.optim.Adagrad(parameters, lr=rate, weight_decay=weight_decay)
