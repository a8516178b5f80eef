"""A copy of a network of one's own: nothing that is done to it reaches the original."""

import copy
from typing import TYPE_CHECKING, Any

from cnnviz.errors import NetworkError

if TYPE_CHECKING:
    from torch import Tensor, nn

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def own_copy(network: "nn.Module") -> "tuple[nn.Module, tuple[str, ...]]":
    """The copy, in eval mode, and what a person must know of it.

    Hooks are left out, or ours would have the owner's code called; those by which torch itself works out weights stay.

    Raises:
        NetworkError: If this is no module, or it cannot be copied.
    """
    import torch
    from torch import nn

    if not isinstance(network, nn.Module):
        raise NetworkError(f"This is a {type(network).__name__}; give a torch.nn.Module.")
    inner = getattr(network, "_orig_mod", None) or (network.module if isinstance(network, nn.DataParallel) else network)
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
    left_out = _strip(own)
    if not left_out:
        return own, ()
    return own, (f"{left_out} of the module's hooks {'were' if left_out > 1 else 'was'} left out of the copy.",)


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


def cut_last_module(network: "nn.Module", batch: "Tensor") -> str | None:
    """Take off the softmax or sigmoid module that a network ends in, if it does; "softmax", "sigmoid" or None."""
    from torch import nn

    from cnnviz.inspection.operations import name_of_ending

    calls: list[tuple[nn.Module, Any]] = []
    modules = [module for module in network.modules() if name_of_ending(module)]
    handles = [one.register_forward_hook(lambda module, _, result: calls.append((module, result))) for one in modules]
    try:
        result = network(batch)
    finally:
        for handle in handles:
            handle.remove()
    last = [module for module, given in calls if given is result]
    if len(last) != 1 or sum(module is last[0] for module, _ in calls) > 1:
        return None
    for parent in network.modules():
        for name, child in list(parent._modules.items()):
            if child is last[0]:
                parent._modules[name] = nn.Identity()
    return name_of_ending(last[0])


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
