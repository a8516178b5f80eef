"""Cross-entropy, with label smoothing."""

from typing import TYPE_CHECKING

from cnnviz.losses.base import Loss

if TYPE_CHECKING:
    from torch import Tensor


class CrossEntropy(Loss):
    """The mean of -sum_k t_k log p_k in nats, p the softmax of K logits, or (1 - p, p) of one logit's sigmoid.

    The target t is 1 for the label and 0 for the others; smoothed by e it is 1 - e + e/K and e/K (Szegedy et al.,
    "Rethinking the Inception Architecture", 2015).
    """

    name = "cross_entropy"
    title = "Cross-entropy"
    about = "The negative logarithm of the label's probability, by softmax over the classes."
    meaning = ""
    settings = ("label_smoothing",)

    def value(self, logits: "Tensor", labels: "Tensor", **settings: float) -> "Tensor":
        """`torch.nn.CrossEntropyLoss`, or `BCEWithLogitsLoss` for one logit, which gives the same as two."""
        from torch.nn import functional

        smoothing = settings["label_smoothing"]
        if logits.shape[1] > 1:
            return functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        targets = labels.to(logits.dtype)
        if smoothing:
            targets = targets * (1 - smoothing) + smoothing / 2
        return functional.binary_cross_entropy_with_logits(logits[:, 0], targets)
