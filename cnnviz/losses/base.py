"""What a loss must provide: its value, and what its logits say in probabilities."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor


class Loss(ABC):
    """What a network of K classes is punished for, by its K logits or, of two classes, by one.

    One logit z speaks for the second class where it is above 0, and for the first where it is not; several are won by
    the largest. That holds for every loss.

    Attributes:
        name: As in a record.
        title: For people.
        about: What is computed and where it comes from.
        meaning: What a "probability" is under this loss; nothing where it is what everybody takes it for.
        is_softmax: Whether that is the softmax of the logits, or the sigmoid of one.
        settings: The fields of a recipe that belong to it.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    meaning: ClassVar[str]
    is_softmax: ClassVar[bool] = True
    settings: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def value(self, logits: "Tensor", labels: "Tensor", **settings: float) -> "Tensor":
        """The mean loss of a batch, a scalar; logits (N, K) or (N, 1), labels (N,) int64, a value for each setting."""

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability of every class (K,), for one image's logits (K,), or (2,) for one; they add up to 1.

        The softmax, or (1 - p, p) with the sigmoid p for one output.
        """
        if len(logits) == 1:
            logits = np.array([0, logits[0]], dtype=np.float32)  # the sigmoid is the softmax of (0, z)
        powers = np.exp(logits - logits.max())  # shifted by the largest, so that nothing overflows
        return np.asarray(powers / powers.sum(), dtype=np.float32)

    def code(self, logits: str, outputs: int) -> list[str]:
        """The lines of PyTorch that give `probabilities` (K,) from logits (1, K) of that name, or `p` from (1, 1)."""
        if outputs == 1:
            return [f"p = torch.sigmoid({logits}[0, 0])"]
        return [f"probabilities = {logits}.softmax(1)[0]"]


def signs(labels: "Tensor", like: "Tensor") -> "Tensor":
    """-1 for the first class and 1 for the second, (N,) in the number format of `like`."""
    return labels.to(like.dtype) * 2 - 1
