"""AdamW."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.optimizers.base import Optimizer, update_fused

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class AdamW(Optimizer):
    """Adam, where the decay shrinks the weights by rate * weight_decay * w and leaves the gradient alone."""

    name = "adamw"
    title = "AdamW"
    about = "Adam whose weight decay shrinks the weights themselves (Loshchilov and Hutter, 2017)."
    settings = ("beta1", "beta2")

    def build(
        self, parameters: Iterable["Tensor"], rate: float, weight_decay: float = 0, **settings: float
    ) -> "TorchOptimizer":
        """`torch.optim.AdamW`, in one pass over the values; without weight decay it is Adam."""
        import torch

        betas = (settings["beta1"], settings["beta2"])
        return torch.optim.AdamW(parameters, lr=rate, betas=betas, weight_decay=weight_decay, fused=True)

    def update(self, optimizer: "TorchOptimizer") -> None:
        """In one operation."""
        import torch

        update_fused(optimizer, torch._fused_adamw_)
