"""What a training was at one step, while it goes on."""

import copy
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.runs import Arrays
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.measures import gradient_samples, layers_of

if TYPE_CHECKING:
    from torch import Tensor, nn


class Still:
    """A copy of a network, its optimizer's state and a sample of its gradients, taken anew for every snapshot.

    The same memory is used each time, so that to take one costs no more than to copy as much.

    Attributes:
        network: In the mode that the other was in when this was made.
        gradients: By layer with weights, values (n,) of its gradient; nothing before the first step.
    """

    def __init__(self, network: "nn.Sequential", optimizer: FlatOptimizer) -> None:
        self._from, self._optimizer = network, optimizer
        self.network = copy.deepcopy(network)
        self._kept: dict[str, Tensor] = {}
        self.gradients: Arrays = {}

    def take(self) -> None:
        """Make it what they are now."""
        import torch

        with torch.no_grad():
            for own, given in zip(_tensors(self.network), _tensors(self._from), strict=True):
                own.copy_(given)
        for name, value in self._optimizer.state().items():
            self._kept[name] = self._kept[name].copy_(value) if name in self._kept else value.clone()
        self.gradients = gradient_samples(layers_of(self._from))

    def optimizer_state(self) -> Arrays:
        """What the optimizer kept, by `number/name`, the number that of a parameter."""
        return {
            f"{number}/{name}": np.ascontiguousarray(value.cpu().numpy())
            for number, own in self._optimizer.by_parameter(self._kept).items()
            for name, value in own.items()
        }


def _tensors(network: "nn.Module") -> "list[Tensor]":
    return [*network.parameters(), *network.buffers()]


def weights_of(network: "nn.Module") -> Arrays:
    """Parameters and buffers by PyTorch's names."""
    return {name: np.ascontiguousarray(values.cpu().numpy()) for name, values in network.state_dict().items()}
