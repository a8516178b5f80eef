"""RMSprop."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.optimizers.base import Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class RMSprop(Optimizer):
    """s = alpha * s + (1 - alpha) * g**2; w - rate * g / (sqrt(s) + 1e-8)."""

    name = "rmsprop"
    title = "RMSprop"
    about = "The gradient over its recent root mean square (Tieleman and Hinton, 2012)."
    settings = ("alpha",)

    def build(
        self, parameters: Iterable["Tensor"], rate: float, weight_decay: float = 0, **settings: float
    ) -> "TorchOptimizer":
        """`torch.optim.RMSprop`, not centred."""
        import torch

        return torch.optim.RMSprop(parameters, lr=rate, weight_decay=weight_decay, alpha=settings["alpha"])
