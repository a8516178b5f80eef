"""Classification: one of K classes."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.tasks.base import Task

if TYPE_CHECKING:
    from torch import Tensor


class Classify(Task):
    """Cross-entropy over a softmax; binary cross-entropy where the one output is the logit of the second class."""

    name = "classify"
    title = "Classification"

    def loss(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        """Mean over the batch, in nats."""
        from torch.nn import functional

        if logits.shape[1] == 1:
            return functional.binary_cross_entropy_with_logits(logits[:, 0], labels.to(logits.dtype))
        return functional.cross_entropy(logits, labels)

    def predictions(self, logits: "Tensor") -> "Tensor":
        """The largest logit, or whether the one logit is above zero."""
        return (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(dim=1)

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Softmax, or (1 - p, p) for one output; shifted by the largest logit so that nothing overflows."""
        if len(logits) == 1:
            logits = np.array([0, logits[0]], dtype=np.float32)  # the sigmoid is the softmax of (0, z)
        powers = np.exp(logits - logits.max())
        return np.asarray(powers / powers.sum(), dtype=np.float32)
