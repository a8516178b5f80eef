"""What every operation of a network gives for one image, read by PyTorch's own hooks: nothing of ours takes part."""

from collections.abc import Iterable

import numpy as np
import torch

from cnnviz.layers import Layer, Node, Shape


class OneLayer:
    """A network of one layer, as far as opening a unit needs it: its end need not be a class each."""

    name = "one"

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self._nodes = nodes

    def nodes(self) -> tuple[Node, ...]:
        return self._nodes

    def node(self, name: str) -> Node:
        return next(node for node in self._nodes if node.name == name)


def alone(layer: Layer, shape: Shape, seed: int = 0) -> tuple[torch.nn.Sequential, tuple[Node, ...]]:
    """A network of this one layer, named `it`, with a past; and its nodes."""
    torch.manual_seed(seed)
    network = torch.nn.Sequential()
    network.add_module("it", layer.build(shape))
    return with_a_past(network, shape), layer.nodes("it", "input", shape)


def with_a_past(network: torch.nn.Sequential, shape: Shape) -> torch.nn.Sequential:
    """The network, its norms with figures that are not 0 and 1, as if it had been trained."""
    network.train()
    with torch.no_grad():
        for _ in range(2):
            network(torch.randn(5, *shape))
        for name, values in network.named_parameters():
            if "norm" in name or values.ndim == 1:
                values.add_(torch.randn_like(values) / 2)
    return network.eval()


def state_of(network: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: values.numpy() for name, values in network.state_dict().items()}


def hooked(network: torch.nn.Sequential, nodes: Iterable[Node], image: np.ndarray) -> dict[str, np.ndarray]:
    """The output (C, H, W) or (F,) of the module at every node's path; "input" is the image."""
    seen = {"input": image}

    def keep(name: str):
        def hook(module: torch.nn.Module, given: object, output: torch.Tensor) -> None:
            seen[name] = output[0].numpy().copy()

        return hook

    hooks = [network.get_submodule(node.name).register_forward_hook(keep(node.name)) for node in nodes]
    with torch.no_grad():
        network(torch.tensor(image)[None])
    for one in hooks:
        one.remove()
    return seen
