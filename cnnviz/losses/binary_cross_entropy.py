"""Binary cross-entropy: each class against all others."""

from typing import TYPE_CHECKING

from cnnviz.losses.base import Loss

if TYPE_CHECKING:
    from torch import Tensor


class BinaryCrossEntropy(Loss):
    """The mean of -t log s - (1 - t) log(1 - s) in nats over images and logits, s the sigmoid of a logit.

    With K logits t is 1 for the label's and 0 for the others: K questions, each "is it this class?". With one logit it
    is the cross-entropy of two classes.
    """

    name = "binary_cross_entropy"
    title = "Binary cross-entropy"
    about = "A sigmoid for every class, each asked whether it is this one; the mean over the classes."
    meaning = "The sigmoids of the classes, given that exactly one of them is true, which is the softmax of the logits."

    def value(self, logits: "Tensor", labels: "Tensor", **settings: float) -> "Tensor":
        """`torch.nn.BCEWithLogitsLoss` on one-hot targets."""
        del settings
        from torch.nn import functional

        if logits.shape[1] == 1:
            return functional.binary_cross_entropy_with_logits(logits[:, 0], labels.to(logits.dtype))
        targets = functional.one_hot(labels, logits.shape[1]).to(logits.dtype)  # (N, K)
        return functional.binary_cross_entropy_with_logits(logits, targets)
