"""The losses, in the order users see them."""

from cnnviz.losses.base import Loss
from cnnviz.losses.binary_cross_entropy import BinaryCrossEntropy
from cnnviz.losses.cross_entropy import CrossEntropy
from cnnviz.losses.hinge import Hinge
from cnnviz.losses.mean_squared_error import MeanSquaredError

LOSSES: dict[str, Loss] = {
    member.name: member for member in (CrossEntropy(), BinaryCrossEntropy(), MeanSquaredError(), Hinge())
}

__all__ = ["LOSSES", "Loss"]
