"""A copy of a network of one's own: nothing that is done to it reaches the original."""

import copy
import dis
from collections.abc import Iterator
from types import FunctionType
from typing import TYPE_CHECKING, Any

from cnnviz.errors import NetworkError

if TYPE_CHECKING:
    from torch import nn

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_HIDDEN = (
    "Modules that torch does not see, as a {} in a plain list, are in eval mode here; the network's `eval` misses them."
)


def own_copy(network: "nn.Module") -> "tuple[nn.Module, tuple[str, ...]]":
    """The copy, in eval mode as a whole, and what a person must know of it.

    Hooks are left out, or ours would have the owner's code called; those by which torch itself works out weights stay.

    Raises:
        NetworkError: If this is no module, it cannot be copied, or its weights are not there yet.
    """
    import torch
    from torch import nn

    if not isinstance(network, nn.Module):
        raise NetworkError(f"This is a {type(network).__name__}; give a torch.nn.Module.")
    inner = getattr(network, "_orig_mod", None) or (network.module if isinstance(network, nn.DataParallel) else network)
    _see_that_it_is_whole(inner)
    memo: dict[int, Any] = {}
    for part in inner.modules():
        for value in vars(part).values():
            if isinstance(value, torch.Tensor) and not value.is_leaf:  # torch refuses to copy these
                memo[id(value)] = value.detach().clone()
    try:
        own: nn.Module = copy.deepcopy(inner, memo)
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise NetworkError(
            f"This {type(inner).__name__} cannot be copied ({reason}); remove what holds that from it."
        ) from error
    own.eval()
    hidden = [one for one in memo.values() if isinstance(one, nn.Module) and one.training]
    for module in hidden:
        module.eval()
    notes = (_HIDDEN.format(type(hidden[0]).__name__),) if hidden else ()
    left_out = _strip(own)
    if not left_out:
        return own, notes
    return own, (
        *notes,
        f"{left_out} of the module's hooks {'were' if left_out > 1 else 'was'} left out of the copy.",
    )


def leaves(network: "nn.Module") -> "dict[str, nn.Module]":
    """The modules that do the work, by path: those without children, and those of torch that have some."""
    import torch
    from torch import nn

    found: dict[str, nn.Module] = {}

    def visit(module: nn.Module, path: str) -> None:
        of_torch = type(module).__module__.startswith("torch.nn") and not isinstance(module, nn.Sequential)
        if of_torch or not module._modules:
            if not isinstance(module, nn.Identity | torch.jit.ScriptModule):  # TorchScript takes no hooks
                found[path or "module"] = module
            return
        for name, child in module.named_children():
            visit(child, f"{path}.{name}" if path else name)

    visit(network, "")
    return found


def _see_that_it_is_whole(network: "nn.Module") -> None:
    """See that it has its weights, and that no function in it works on a module from outside.

    That would be the owner's also in the copy.

    Raises:
        NetworkError: If it is not so.
    """
    from torch import nn
    from torch.nn.parameter import is_lazy

    if any(is_lazy(one) for one in (*network.parameters(), *network.buffers())):
        raise NetworkError("The network's lazy layers have no weights yet; call it once on an image first.")
    own = {id(one) for one in (*network.parameters(), *network.buffers())}
    for part in network.modules():
        forward = [] if type(part).__module__.startswith("torch.") else [type(part).forward]
        for function in (*vars(part).values(), *forward):
            for found in _reached(function):
                if isinstance(found, nn.Module) or id(found) in own:
                    raise NetworkError(
                        f"The function {function.__qualname__} of this {type(part).__name__} works on a "
                        f"{type(found).__name__} from outside, which is not copied along; make that a part of it."
                    )


def _reached(function: Any) -> Iterator[Any]:
    """What a function of Python reads besides its arguments: of what is around it, and of its module."""
    if not isinstance(function, FunctionType):
        return
    names = {one.argval for one in dis.get_instructions(function) if one.opname == "LOAD_GLOBAL"}
    yield from (function.__globals__[name] for name in names & function.__globals__.keys())
    for cell in function.__closure__ or ():
        try:
            held = cell.cell_contents
        except ValueError:  # not filled yet
            continue
        yield held
        yield from _reached(held)


def _strip(network: "nn.Module") -> int:
    """Remove all hooks that are not torch's own; how many there were."""
    removed = 0
    for part in network.modules():
        for kind in _HOOKS:
            hooks = getattr(part, kind, {})
            for key, hook in list(hooks.items()):
                if not str(getattr(hook, "__module__", "")).startswith("torch."):
                    del hooks[key]
                    removed += 1
    return removed
