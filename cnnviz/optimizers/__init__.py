"""The optimizers, in the order users see them: PyTorch's own classes, under the names and settings of a recipe."""

from cnnviz.optimizers.adagrad import Adagrad
from cnnviz.optimizers.adam import Adam
from cnnviz.optimizers.adamw import AdamW
from cnnviz.optimizers.base import Optimizer
from cnnviz.optimizers.momentum import Momentum
from cnnviz.optimizers.nesterov import Nesterov
from cnnviz.optimizers.rmsprop import RMSprop
from cnnviz.optimizers.sgd import SGD

OPTIMIZERS: dict[str, Optimizer] = {
    member.name: member for member in (SGD(), Momentum(), Nesterov(), Adagrad(), RMSprop(), Adam(), AdamW())
}

__all__ = ["OPTIMIZERS", "Optimizer"]
