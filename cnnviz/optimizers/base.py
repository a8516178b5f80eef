"""What an optimizer must provide: its words, its settings by name, and how PyTorch builds it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

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
