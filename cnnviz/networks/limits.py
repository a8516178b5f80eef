"""What a network may be: names that can stand in Python and in torch, images and sizes that a computer can hold."""

import keyword
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from cnnviz.layers import Node, text_of

LONGEST_NAME = 80
MOST_LAYERS = 300
MOST_PARAMETERS = 100_000_000
MOST_VALUES = 50_000_000  # of all layers for one image: 200 MB
MOST_CHANNELS, MOST_PIXELS = 64, 1024

# What torch.nn.Sequential has of its own, and what the lines of code that we write call other things.
_OF_TORCH = [
    "T_destination",
    "add_module",
    "append",
    "apply",
    "bfloat16",
    "buffers",
    "call_super_init",
    "children",
    "compile",
    "cpu",
    "cuda",
    "double",
    "dump_patches",
    "eval",
    "extend",
    "extra_repr",
    "float",
    "forward",
    "half",
    "insert",
    "ipu",
    "load_state_dict",
    "modules",
    "mtia",
    "parameters",
    "pop",
    "requires_grad_",
    "share_memory",
    "state_dict",
    "to",
    "to_empty",
    "train",
    "training",
    "type",
    "xpu",
    "zero_grad",
]
_BEGINNINGS = ("_", "get_", "set_", "named_", "register_")  # of more of them
_OF_OURS = frozenset({"input", "image", "images", "network", "run", "cnnviz", "torch", "nn", "F", "self"})


def name_problem(name: Any, taken: Collection[str]) -> str | None:
    """Why a layer cannot have this name, in a sentence; None where it can.

    Args:
        name: The name.
        taken: The names of the layers before it.
    """
    if isinstance(name, str) and name in taken:
        return f"{name!r} cannot be its name, as another layer has it; use another."
    is_plain = isinstance(name, str) and name.isidentifier() and name.isascii() and len(name) <= 40
    if not is_plain or keyword.iskeyword(name):
        return f"{name!r} cannot be its name; use another of letters, digits and _, as conv1."
    if name in _OF_OURS or name in _OF_TORCH or name.startswith(_BEGINNINGS):
        return f"{name!r} cannot be its name, as it means something else in PyTorch; use another, as {name}1."
    return None


def network_name_problem(name: Any) -> str | None:
    """Why a network cannot have this name, in a sentence; None where it can."""
    if isinstance(name, str) and len(name.strip()) > 0 and len(name) <= LONGEST_NAME and name.isprintable():
        return None
    return f"{str(name)[:LONGEST_NAME]!r} cannot be the network's name; use 1 to {LONGEST_NAME} letters."


def count_problem(layers: int) -> str | None:
    """Why a network cannot have so many layers, in a sentence; None where it can."""
    if 1 <= layers <= MOST_LAYERS:
        return None
    return f"The network has {layers or 'no'} layers; give it one at least and {MOST_LAYERS} at the most."


def input_problem(shape: Any) -> str | None:
    """Why images cannot have this shape, in a sentence; None where they can."""
    sides = tuple(shape) if isinstance(shape, list | tuple) else ()
    is_whole = len(sides) == 3 and all(isinstance(one, int) and not isinstance(one, bool) for one in sides)
    if is_whole and 1 <= sides[0] <= MOST_CHANNELS and all(1 <= side <= MOST_PIXELS for side in sides[1:]):
        return None
    return (
        f"Images of {shape!r} cannot be taken; use channels, height and width as whole numbers, "
        f"up to {MOST_CHANNELS} channels and {MOST_PIXELS} pixels a side."
    )


@dataclass
class Size:
    """How large a network is, layer by layer.

    Attributes:
        parameters: Of the layers so far.
        values: What they give for an image.
    """

    parameters: int = 0
    values: int = 0

    def problem_with(self, nodes: Iterable[Node]) -> str | None:
        """Count a layer's operations too; why they are too many now, in a sentence, or None where they are not."""
        for node in nodes:
            self.parameters += node.layer.parameters(node.input_shape).value
            self.values += math.prod(node.shape)
        what, most = "parameters", MOST_PARAMETERS
        count = self.parameters
        if count <= most:
            what, count, most = "values for an image", self.values, MOST_VALUES
        if count <= most:
            return None
        return (
            f"with it the network has {count:,} {what}, more than {most:,}; "
            "use fewer filters or units, or make the maps smaller before it."
        )


def end_problem(last: Node, classes: int | None) -> str | None:
    """Why what the last operation gives is not one value a class, in a sentence; None where it is.

    Args:
        last: The operation.
        classes: How many there are; None where any number will do.
    """
    units = "" if classes is None else f" of {classes}{' or 1' if classes == 2 else ''}"
    if len(last.shape) != 1:
        return f"it gives {text_of(last.shape)}, not one a class; end with flatten and a fully connected layer{units}."
    if classes is None or last.shape[0] == classes or (last.shape[0], classes) == (1, 2):
        return None
    remedy = f"use units{units}" if last.layer.kind == "fully_connected" else f"end with a fully connected layer{units}"
    return f"it gives {text_of(last.shape)} for {classes} classes; {remedy}."
