"""What an optimizer must provide: its words, its settings by name, and how PyTorch builds it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Optimizer(ABC):
    """How a gradient becomes an update of the weights.

    Attributes:
        name: As in a record.
        title: For people.
        about: One sentence on what it does, and where it comes from.
        settings: The fields of a recipe that belong to it, beside learning rate and weight decay.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    settings: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def build(
        self, parameters: Iterable["Tensor"], rate: float, weight_decay: float = 0, **settings: float
    ) -> "TorchOptimizer":
        """PyTorch's own, with its defaults where nothing is said here.

        Args:
            parameters: Leaves that want a gradient: those of a network, or one flat tensor that holds them all.
            rate: The first learning rate; every step may set another in the optimizer's groups.
            weight_decay: Added to the gradient, times the weights (an L2 penalty of half that), unless a member says
                otherwise; all parameters decay.
            **settings: A value for each of `settings`.
        """

    def update(self, optimizer: "TorchOptimizer") -> None:
        """One step of what `build` gave; every parameter has its gradient."""
        optimizer.step()


def update_fused(optimizer: "TorchOptimizer", operation: Any) -> None:
    """As the step of PyTorch's fused Adam and AdamW, to the last bit.

    They go through a dozen functions to the one operation that does all; between two batches that have swept the cache,
    these take longer than the operation itself.

    Args:
        optimizer: One group with one parameter.
        operation: `torch._fused_adam_` or `torch._fused_adamw_`.
    """
    import torch

    (group,) = optimizer.param_groups
    (values,) = group["params"]
    state = optimizer.state[values]
    if not state:  # it is made in the first step
        optimizer.step()
        return
    state["step"] += 1
    moments = [[values], [values.grad], [state["exp_avg"]], [state["exp_avg_sq"]], [], [state["step"]]]
    beta1, beta2 = group["betas"]
    told = {name: group[name] for name in ("lr", "weight_decay", "eps", "amsgrad", "maximize")}
    with torch.no_grad():
        operation(*moments, beta1=beta1, beta2=beta2, **told)
