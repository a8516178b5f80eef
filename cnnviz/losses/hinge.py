"""The hinge loss of support vector machines."""

from typing import TYPE_CHECKING

from cnnviz.losses.base import Loss, signs

if TYPE_CHECKING:
    from torch import Tensor


class Hinge(Loss):
    """How far the label's logit falls short of leading each other by 1.

    With K logits the mean over images of sum_j max(0, 1 - z_label + z_j) / K over the other classes j (Weston and
    Watkins, "Support Vector Machines for Multi-Class Pattern Recognition", 1999). With one the mean of
    max(0, 1 - y z), y = -1 for the first class and 1 for the second (Cortes and Vapnik, 1995).
    """

    name = "hinge"
    title = "Hinge"
    about = "How far the label's output falls short of leading every other by 1, as a support vector machine."
    meaning = (
        "The softmax of the outputs: it orders the classes rightly, but a hinge learns margins and no probabilities, "
        "so its size is no measure of how often the answer is right."
    )

    def value(self, logits: "Tensor", labels: "Tensor", **settings: float) -> "Tensor":
        """`torch.nn.MultiMarginLoss`, and the two-class hinge for one logit."""
        del settings
        from torch.nn import functional

        if logits.shape[1] == 1:
            return functional.relu(1 - signs(labels, logits) * logits[:, 0]).mean()
        return functional.multi_margin_loss(logits, labels)
