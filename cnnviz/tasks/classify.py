"""Classification: one of K classes."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.losses import LOSSES, Loss
from cnnviz.recipe import Recipe
from cnnviz.tasks.base import Task

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Classify(Task):
    """K logits, or one that speaks for the second of two classes; by a loss of one's choice.

    Attributes:
        recipe: Says the loss, and what belongs to it.
    """

    name = "classify"
    title = "Classification"

    recipe: Recipe = Recipe()  # noqa: RUF009 - a recipe cannot be changed

    @cached_property
    def criterion(self) -> Loss:
        """The recipe's."""
        return LOSSES[self.recipe.loss]

    @cached_property
    def _settings(self) -> dict[str, float]:
        return self.recipe.own(self.criterion)

    def learnt_by(self, recipe: Recipe) -> "Classify":
        """With the recipe's loss and what belongs to it."""
        return Classify(recipe)

    def loss(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        """Mean over the batch; which, the loss says."""
        return self.criterion.value(logits, labels, **self._settings)

    def predictions(self, logits: "Tensor") -> "Tensor":
        """The largest logit, or whether the one logit is above zero."""
        return (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(dim=1)

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """As the loss reads them; the predicted class has the largest."""
        return self.criterion.probabilities(logits)
