"""All parameters of a network in one buffer, all gradients in another, and PyTorch's optimizer on these two."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cnnviz.optimizers import OPTIMIZERS
from cnnviz.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor, nn

COUNT = "step"  # in the state of an optimizer: how many updates there were, the same for all
ALIGNED = 32  # values: every parameter begins at a full line of the cache, also where a value takes two bytes


class FlatOptimizer:
    """The optimizer of a recipe, which updates a whole network at once: one pass over memory, not one a parameter.

    From then on the parameters of the network are views of one buffer, in the shapes and strides they had. Every
    optimizer of the family works value by value, so the update is that of each parameter alone, but for the last bit:
    what the processor does to the last few values of a tensor rounds otherwise than what it does to eight at once. The
    gaps between parameters hold zeros, which every optimizer leaves zero.

    Its state is said and taken in PyTorch's own form, a tensor for each parameter.

    Args:
        recipe: Names the optimizer and its settings.
        network: On its device, in float32.

    Attributes:
        values: The parameters (n,).
        gradient: Their gradients (n,).
        rounded: How many of the values, from the first on, may be worked with in a lower precision; the rest are those
            of batch norms, which sum over a whole batch.
    """

    def __init__(self, recipe: Recipe, network: "nn.Module") -> None:
        import torch
        from torch.nn.modules.batchnorm import _BatchNorm

        network.to(memory_format=torch.channels_last)  # a fifth quicker on a CPU
        norms = {one for part in network.modules() if isinstance(part, _BatchNorm) for one in part.parameters()}
        self._parameters = list(network.parameters())
        self._first: dict[nn.Parameter, int] = {}
        count = self.rounded = 0
        for parameter in sorted(self._parameters, key=norms.__contains__):  # stable: the norms' are the last
            self._first[parameter] = count
            count += -(-parameter.numel() // ALIGNED) * ALIGNED
            self.rounded = self.rounded if parameter in norms else count
        device = self._parameters[0].device if self._parameters else None
        self.values = torch.nn.Parameter(torch.zeros(count, device=device))
        self.gradient = self.values.grad = torch.zeros_like(self.values)
        for parameter in self._parameters:
            own = self.view(self.values.detach(), parameter)
            parameter.data = own.copy_(parameter.detach())
        member = self._member = OPTIMIZERS[recipe.optimizer]
        self._torch = member.build([self.values], recipe.learning_rate, recipe.weight_decay, **recipe.own(member))

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """PyTorch's: one group, whose settings hold for all."""
        return self._torch.param_groups

    def places(self) -> "Iterator[tuple[nn.Parameter, int]]":
        """Every parameter of the network, and where its values begin."""
        yield from self._first.items()

    def view(self, buffer: "Tensor", parameter: "nn.Parameter") -> "Tensor":
        """A parameter's part of a buffer (n,), in its shape and strides."""
        import torch

        return torch.as_strided(buffer, parameter.shape, parameter.stride(), self._first[parameter])

    def show_gradient(self) -> None:
        """Let every parameter have its gradient; before the first step there is none."""
        for parameter in self._parameters:
            if parameter.grad is None:
                parameter.grad = self.view(self.gradient, parameter)

    def step(self) -> None:
        """Update all parameters by the gradient."""
        self._member.update(self._torch)

    def state(self) -> "dict[str, Tensor]":
        """What the optimizer keeps, for all at once, by PyTorch's names: a count of updates, and (n,) values."""
        return {name: value for name, value in self._torch.state[self.values].items() if value is not None}

    def by_parameter(self, state: "Mapping[str, Tensor]") -> "dict[int, dict[str, Tensor]]":
        """Such a state as PyTorch's optimizer on `network.parameters()` would have it, by the number of each."""
        return {
            number: {name: value.clone() if name == COUNT else self.view(value, one) for name, value in state.items()}
            for number, one in enumerate(self._parameters)
        }

    def state_dict(self) -> dict[str, Any]:
        """As that of PyTorch's optimizer on `network.parameters()`."""
        return {**self._torch.state_dict(), "state": self.by_parameter(self.state())}

    def load_state_dict(self, told: dict[str, Any]) -> None:
        """The inverse, also of what PyTorch's own optimizer said."""
        import torch

        state: dict[str, Tensor] = {}
        for number, parameter in enumerate(self._parameters):
            for name, value in told["state"].get(number, {}).items():
                if name == COUNT:
                    state[name] = value.reshape(()).clone()
                elif value is not None:
                    flat = state.setdefault(name, torch.zeros_like(self.gradient))
                    self.view(flat, parameter).copy_(value)
        own = self._torch.state_dict()
        self._torch.load_state_dict({**own, "state": {0: state} if state else own["state"]})
