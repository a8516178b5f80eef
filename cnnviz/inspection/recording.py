"""What the parts of a network give while an image goes through it, copied before anything can change it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.runs import Arrays

if TYPE_CHECKING:
    from torch import Tensor, nn

Parts = Iterable[tuple[str, "nn.Module"]]
Hear = Callable[[str, "Tensor", bool], None]


def record(network: "nn.Sequential", image: NDArray[np.float32]) -> Arrays:
    """What every layer of one of our own networks gives for an image (C, H, W), and every part of a residual block.

    "input" comes first, then (C, H, W) or (F,) float32 by the node's name; the last entry holds the logits. This is the
    quick way for a network that nobody else uses, also in the middle of its training: nothing is copied but the values.
    It is looked at in eval mode and left in the mode it was in. `trace` takes any module.
    """
    import torch

    modes = [(module, module.training) for module in network.modules()]  # a part may differ from the whole
    network.eval()
    try:
        with torch.no_grad():
            first = next(network.parameters(), None)
            values = torch.tensor(image, device=None if first is None else first.device)[None]  # (1, C, H, W)
            seen = {"input": np.array(image, dtype=np.float32)}
            for name, layer in network.named_children():
                if is_wired(layer):
                    with recorded(own_parts(layer, f"{name}.")) as inside:
                        values = layer(values)
                    seen |= inside
                else:
                    values = layer(values)
                    seen[name] = np.array(values[0].cpu().numpy(), dtype=np.float32, order="C")
    finally:
        for module, was_training in modes:
            module.training = was_training
    return seen


@contextmanager
def recorded(parts: Parts, hear: Hear | None = None) -> Iterator[Arrays]:
    """Fills a dict, as long as this is open, with what the parts give, in order of execution.

    Only floating point results of one image are kept, without their batch dimension; of several, the first. A part that
    is called again is numbered: `relu`, `relu_1`.

    Args:
        parts: The parts by name.
        hear: Called with the name and each floating point result, and whether it is kept.
    """
    import torch

    seen: Arrays = {}

    def hook(name: str) -> Any:
        def keep(module: "nn.Module", given: Any, result: Any) -> None:
            del module, given
            values = result[0] if isinstance(result, tuple | list) and result else result
            if not (isinstance(values, torch.Tensor) and values.is_floating_point()):
                return
            free, is_kept = unused(name, seen), values.ndim > 1 and len(values) == 1
            if is_kept:
                array = values.detach()[0].to("cpu", torch.float32).numpy()
                seen[free] = np.array(array, order="C")
            if hear:
                hear(free, values, is_kept)

        return keep

    handles = [part.register_forward_hook(hook(name)) for name, part in parts]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def unused(name: str, taken: Any) -> str:
    """The name, with a number where it is taken: `relu`, `relu_1`, `relu_2`."""
    number, free = 0, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def own_parts(network: "nn.Module", path: str = "") -> Iterator[tuple[str, "nn.Module"]]:
    """The parts of one of our networks by the names of its nodes, each with its path in front."""
    for name, child in network.named_children():
        if is_wired(child):
            yield from own_parts(child, f"{path}{name}.")
        else:
            yield f"{path}{name}", child


def is_wired(layer: "nn.Module") -> bool:
    """Whether a layer of ours is several nodes: not what torch built, even of several modules in a row."""
    return bool(layer._modules) and not type(layer).__module__.startswith("torch.")
