"""Adam."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.optimizers.base import Optimizer, update_fused

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Adam(Optimizer):
    """The running mean of gradients over the root of the running mean of their squares, both freed of their bias."""

    name = "adam"
    title = "Adam"
    about = "Momentum and a rate for every weight at once (Kingma and Ba, 2014)."
    settings = ("beta1", "beta2")

    def build(
        self, parameters: Iterable["Tensor"], rate: float, weight_decay: float = 0, **settings: float
    ) -> "TorchOptimizer":
        """`torch.optim.Adam`, in one pass over the values."""
        import torch

        betas = (settings["beta1"], settings["beta2"])
        return torch.optim.Adam(parameters, lr=rate, betas=betas, weight_decay=weight_decay, fused=True)

    def update(self, optimizer: "TorchOptimizer") -> None:
        """In one operation."""
        import torch

        update_fused(optimizer, torch._fused_adam_)
