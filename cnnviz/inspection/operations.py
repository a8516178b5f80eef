"""What the operations of a traced graph are: which to see, which work in place, which are ReLU or max-pool.

Imports torch, as `rewrite`, for which it is.
"""

from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

_RELU = {functional.relu, torch.relu, torch.relu_, "relu", "relu_"}
_MAX_POOL: dict[Any, type[nn.Module]] = {
    functional.max_pool1d: nn.MaxPool1d,
    torch.max_pool1d: nn.MaxPool1d,
    functional.max_pool2d: nn.MaxPool2d,
    torch.max_pool2d: nn.MaxPool2d,
    functional.max_pool3d: nn.MaxPool3d,
    torch.max_pool3d: nn.MaxPool3d,
}
_POOL_ARGUMENTS = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
_POOL_MODULES = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
ENDINGS = {"softmax": "softmax", "log_softmax": "softmax", "sigmoid": "sigmoid", "expit": "sigmoid"}
_ENDING_MODULES: dict[type[nn.Module], str] = {
    nn.Softmax: "softmax",
    nn.LogSoftmax: "softmax",
    nn.Softmax2d: "softmax",
    nn.Sigmoid: "sigmoid",
}
_OPAQUE = (
    nn.Transformer,
    nn.TransformerEncoder,
    nn.TransformerDecoder,
    nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
    nn.RNNBase,
    nn.RNNCellBase,
)
# What only passes numbers on, or asks for a shape: not worth a picture.
_PASSING = {
    "clone",
    "contiguous",
    "detach",
    "view",
    "reshape",
    "flatten",
    "squeeze",
    "unsqueeze",
    "to",
    "float",
    "double",
    "half",
    "bfloat16",
    "type_as",
}
# Between an ending and the answer: what is done again to the logits, and what only keeps probabilities from 0 or 1, or
# takes the logarithm of a softmax. Whether what is left are the logits is seen from their numbers.
REPEATED = (_PASSING - {"detach"}) | {"getitem"}
BOUNDING = {"clamp", "clip", "clamp_min", "clamp_max", "log", "detach"}
_PLUMBING = _PASSING | {"permute", "transpose", "t", "getitem", "getattr", "chunk", "split", "unbind", "expand"}
_PLUMBING |= {"size", "dim", "numel", "view_as", "reshape_as", "_assert", "setattr"}
_ASKS = {"size", "dim", "numel", "item", "stride", "ndimension"}


def name_of_ending(module: nn.Module) -> str | None:
    """Which ending a module is, "softmax" or "sigmoid"; None where it is none."""
    return _ENDING_MODULES.get(type(module))


def new_module(node: fx.Node, called: nn.Module | None) -> nn.Module | None:
    """A module for a ReLU or max-pool, not in place; None for all else, and where a window is worked out as it goes.

    Args:
        node: The operation.
        called: The module that it calls, where it calls one.
    """
    if isinstance(called, nn.ReLU) or node.target in _RELU:
        return nn.ReLU()
    if isinstance(called, _POOL_MODULES):
        own = type(called)(called.kernel_size, called.stride, called.padding, called.dilation)
        own.return_indices, own.ceil_mode = called.return_indices, called.ceil_mode
        return own
    if node.target not in _MAX_POOL or len(node.all_input_nodes) > 1:
        return None
    given = dict(zip(_POOL_ARGUMENTS, node.args, strict=False)) | node.kwargs
    del given["input"]
    return _MAX_POOL[node.target](**given | {"stride": given.get("stride") or None})


def is_opaque(module: nn.Module) -> bool:
    """Whether a module of torch does more inside than is seen from outside."""
    return isinstance(module, _OPAQUE)


def is_worth_seeing(node: fx.Node) -> bool:
    """Whether a function makes something new, and not only passes on, cuts up or reckons with shapes."""
    return not (function_name(node) in _PLUMBING or _gives_no_tensor(node))


def may_follow_an_ending(node: fx.Node, called: nn.Module | None) -> bool:
    """Whether an operation may stand between a softmax or sigmoid and the answer."""
    if called is not None:
        return isinstance(called, nn.Identity | nn.Flatten | nn.Dropout)
    return node.op.startswith("call") and function_name(node) in REPEATED | BOUNDING


def may_share(node: fx.Node, called: nn.Module | None) -> bool:
    """Whether what an operation gives may lie in the memory of what it is given."""
    if called is not None:
        return isinstance(called, nn.Identity | nn.Flatten | nn.Unflatten | nn.modules.dropout._DropoutNd)
    name = function_name(node)
    return node.op.startswith("call") and (name in _PLUMBING or "dropout" in name) and name != "clone"


def ending_of(node: fx.Node, called: nn.Module | None) -> str | None:
    """Which ending an operation is, "softmax" or "sigmoid"; None where it is none."""
    return name_of_ending(called) if called is not None else ENDINGS.get(function_name(node))


def function_name(node: fx.Node) -> str:
    """`relu` for `functional.relu`, `torch.relu_` and `values.relu_()`."""
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "function")
    return name if name.startswith("_") else name.rstrip("_")


def works_in_place(node: fx.Node, called: nn.Module | None) -> bool:
    """Whether an operation changes what it is given; a dropout does not, in eval mode."""
    if not node.all_input_nodes:
        return False
    if called is not None:
        return bool(getattr(called, "inplace", False)) and not isinstance(called, nn.modules.dropout._DropoutNd)
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    says_so = node.kwargs.get("inplace") is True or (name.endswith("_") and not name.endswith("__"))
    return says_so and "dropout" not in name


def _gives_no_tensor(node: fx.Node) -> bool:
    """Whether it reckons with shapes: `values.size(0) // 2`."""
    if node.op == "call_method" and node.target in _ASKS:
        return True
    if node.target is getattr:
        return True
    of_python = getattr(node.target, "__module__", "") in {"_operator", "operator", "math", "builtins"}
    return of_python and all(_gives_no_tensor(one) for one in node.all_input_nodes)


def is_of_others(node: fx.Node) -> bool:
    """Whether it is a function that was wrapped for fx, whose inside is not seen."""
    of = str(getattr(node.target, "__module__", None) or "torch").partition(".")[0]
    return node.op == "call_function" and of not in {
        "torch",
        "torchvision",
        "_operator",
        "operator",
        "math",
        "builtins",
    }
