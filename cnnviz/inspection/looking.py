"""A first look at what a network gives for an image: how large, how fast, which axis is which."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.errors import ImageError, NetworkError, counted
from cnnviz.inspection.recording import recorded

if TYPE_CHECKING:
    from torch import Tensor, nn

QUICK = 0.005  # s: what takes less is measured again, as the first time counts for little
_NAMED = 3  # parts that a note names; the others are counted


@dataclass(frozen=True, eq=False)
class Seen:
    """What is known of images of one size.

    Attributes:
        shapes: What each part gives, by its name, without the batch: (C, H, W) or (F,), in order of execution.
        maps: The parts, called once, whose maps are larger than 1x1, in order of execution.
        seconds: How long one image takes, forward.
        bytes: What the parts give for it, together.
        turned: The parts that give (H, W, C).
        unsure: The parts of which it cannot be told whether they do.
        left_out: The parts that give anything else than one row for the image, and are not kept.
    """

    shapes: Mapping[str, tuple[int, ...]]
    maps: tuple[str, ...]
    seconds: float
    bytes: int
    turned: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known of the parts, a sentence each."""
        found = []
        if self.unsure:
            found.append(f"Whether the channels of {_names(self.unsure)} come last cannot be told: left as they are.")
        if self.left_out:
            found.append(f"{_names(self.left_out)} gave no single row for the image and {_is_left(self.left_out)}.")
        return tuple(found)


@dataclass(eq=False)
class _Heard:
    """What is heard of the parts while an image goes through."""

    layouts: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def look(network: "nn.Module", parts: "Mapping[str, nn.Module]", batch: "Tensor") -> "tuple[Tensor, Seen]":
    """What a network gives for an image, (1, outputs), and what was seen on the way.

    Raises:
        ImageError: If the network cannot take it.
        NetworkError: If it gives no row of values for an image.
    """
    import torch

    from cnnviz.inspection.watching import Layouts

    heard = _Heard()
    with torch.no_grad(), Layouts() as layouts:

        def hear(name: str, values: "Tensor", kept: bool) -> None:
            if kept:
                heard.layouts[name] = layouts.of(values)
            else:
                heard.left_out.append(name)

        with recorded(parts.items(), hear) as values:
            begun = time.thread_time()  # not what others take of the processor meanwhile
            rows = rows_of(network, batch)
            seconds = time.thread_time() - begun
    seconds = min(seconds, _seconds(network, batch)) if seconds < QUICK else seconds
    shapes = {name: array.shape for name, array in values.items()}
    turned, unsure = _turned(shapes, heard.layouts)
    shapes |= {name: (shapes[name][2], *shapes[name][:2]) for name in turned}
    again = {name.rpartition("_")[0] for name in shapes if name not in parts}  # called a second time
    large = (name for name, shape in shapes.items() if len(shape) == 3 and shape[1] * shape[2] > 1)
    maps = tuple(name for name in large if name in parts and name not in {*again, *turned, *unsure})
    size = sum(array.nbytes for array in values.values())
    return rows, Seen(shapes, maps, seconds, size, turned, unsure, tuple(heard.left_out))


def rows_of(network: "nn.Module", batch: "Tensor") -> "Tensor":
    """What a network gives for a batch, (N, outputs).

    Raises:
        ImageError: If the network cannot take the batch.
        NetworkError: If it gives no row of values for an image, or takes more than an image.
    """
    import torch

    try:
        given = network(batch.clone())  # it may change it in place
    except Exception as error:
        raise _refusal(network, batch, error) from error
    first = given[0] if isinstance(given, tuple | list) and given else given
    if not isinstance(first, torch.Tensor):
        raise NetworkError(f"The network gives a {type(first).__name__}; one tensor, a logit a class, is needed.")
    count, shape = len(batch), tuple(first.shape)
    if first.ndim > 1 and (shape[0] != count or first.numel() != count * max(shape[1:])):
        raise NetworkError(f"The network gives {'x'.join(map(str, shape))} for an image; one logit a class is needed.")
    if first.numel() == 0 or first.numel() % count or not first.is_floating_point():
        raise NetworkError(
            f"The network gives {counted(first.numel(), 'value')} of {first.dtype}; one logit a class is needed."
        )
    return first.reshape(count, -1)


def _refusal(network: "nn.Module", batch: "Tensor", error: Exception) -> ImageError | NetworkError:
    """Why a network does not take an image: not always is it the image's fault."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    if isinstance(error, TypeError) and "missing" in reason and "argument" in reason:
        return NetworkError(f"The network takes more than an image ({reason}); give the rest of it defaults.")
    kinds = {str(weight.dtype).removeprefix("torch.") for weight in network.parameters() if weight.is_floating_point()}
    if any(weight.is_meta for weight in network.parameters()):
        return NetworkError("The network's weights are on the meta device, without values; load them first.")
    if len(kinds) > 1:
        return NetworkError(
            f"The network's weights are {' and '.join(sorted(kinds))} ({reason}); give them one type, as by `float`."
        )
    size = "x".join(map(str, batch.shape[1:]))
    return ImageError(f"The network cannot take an image of {size} ({reason}); give one of the size it was made for.")


def _turned(
    shapes: Mapping[str, tuple[int, ...]], layouts: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The parts that give (H, W, C), and those that may."""
    three = {name: shape for name, shape in shapes.items() if len(shape) == 3}
    alike = {shape for name, shape in three.items() if layouts[name] != "first" and len(set(shape)) > 1}
    turned = tuple(name for name in three if layouts[name] == "last")
    may_be = (name for name, shape in three.items() if layouts[name] == "unsure" or shape in alike)
    return turned, tuple(name for name in may_be if name not in turned)


def _seconds(network: "nn.Module", batch: "Tensor") -> float:
    """How long a quick network takes for an image: the first time, and while it is recorded, it takes longer."""
    import torch

    least = math.inf
    with torch.no_grad():
        for _ in range(3):
            begun = time.thread_time()
            network(batch)
            least = min(least, time.thread_time() - begun)
    return least


def _names(parts: tuple[str, ...]) -> str:
    more = len(parts) - _NAMED
    return ", ".join(parts[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _is_left(parts: tuple[str, ...]) -> str:
    return "are left out" if len(parts) > 1 else "is left out"
