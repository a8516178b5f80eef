"""Mean squared error."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.losses.base import Loss, signs

if TYPE_CHECKING:
    from torch import Tensor


class MeanSquaredError(Loss):
    """The mean of (z - t)**2 over images and logits.

    With K logits t is 1 for the label's and 0 for the others; with one it is -1 for the first class and 1 for the
    second. What makes it smallest on average is the probability of each class itself, (1 + z) / 2 of the second for one
    logit (Richard and Lippmann, "Neural network classifiers estimate Bayesian a posteriori probabilities", 1991).
    """

    name = "mean_squared_error"
    title = "Mean squared error"
    about = "The squared distance of the outputs to 1 for the label and 0 for the others (-1 and 1 for one output)."
    meaning = "The probabilities nearest to the outputs, which are estimates of them but need not add up to 1."
    is_softmax = False

    def value(self, logits: "Tensor", labels: "Tensor", **settings: float) -> "Tensor":
        """`torch.nn.MSELoss`."""
        del settings
        from torch.nn import functional

        if logits.shape[1] == 1:
            return functional.mse_loss(logits[:, 0], signs(labels, logits))
        return functional.mse_loss(logits, functional.one_hot(labels, logits.shape[1]).to(logits.dtype))

    def probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """The nearest point of the simplex, (1 - p, p) with p = (1 + z) / 2 kept in [0, 1] for one output.

        Duchi et al., "Efficient Projections onto the l1-Ball" (2008). The largest output keeps the largest share.
        """
        outputs = logits.astype(np.float64)
        if len(outputs) == 1:
            outputs = np.array([1 - outputs[0], 1 + outputs[0]]) / 2
        falling = np.sort(outputs)[::-1]
        shifts = (np.cumsum(falling) - 1) / np.arange(1, len(falling) + 1)
        if not np.isfinite(shifts).all():  # of a network that has diverged: nothing is near
            return np.full(len(outputs), np.nan, np.float32)
        shift = shifts[falling > shifts][-1]
        return np.asarray(np.maximum(outputs - shift, 0), dtype=np.float32)

    def code(self, logits: str, outputs: int) -> list[str]:
        """As `probabilities` works it out."""
        if outputs == 1:
            return [f"p = ((1 + {logits}[0, 0]) / 2).clamp(0, 1)"]
        return [
            f"falling = {logits}[0].sort(descending=True).values",
            "shifts = (falling.cumsum(0) - 1) / torch.arange(1, len(falling) + 1)",
            f"probabilities = ({logits}[0] - shifts[falling > shifts][-1]).clamp(min=0)",
        ]
