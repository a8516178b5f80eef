"""What a network is trained for: a task owns the loss, the figures and what an answer looks like."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cnnviz.losses import Loss
from cnnviz.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor


class Task(ABC):
    """One kind of question a network answers."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def learnt_by(self, recipe: Recipe) -> Self:
        """The task with the loss that a recipe names."""

    @property
    @abstractmethod
    def criterion(self) -> Loss:
        """The loss it learns by, which says what a probability means."""

    @abstractmethod
    def loss(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        """The mean loss of a batch, a scalar; logits (N, outputs), labels (N,) int64."""

    @abstractmethod
    def predictions(self, logits: "Tensor") -> "Tensor":
        """The class (N,) that each row of logits (N, outputs) says."""

    @abstractmethod
    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability of every class (classes,) for one image's logits (outputs,); what it means, the loss says."""
