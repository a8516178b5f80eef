"""What torch's functions do while an image goes through, seen as they are called, whoever calls them.

Imports torch, so it is imported where it is used.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from cnnviz.inspection import operations

_CHANNELS_FIRST = ("conv", "pool", "batch_norm", "group_norm", "instance_norm", "interpolate", "upsample")
_ALONG_THE_LAST = {"linear", "layer_norm"}
_CUTTING_UP = {"cat", "concat", "pad", "__getitem__", "roll"}  # the axes stay, their lengths do not
_TURNING = {"transpose", "swapaxes", "swapdims", "permute", "movedim", "moveaxis"}
_TO_LAST, _TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)


class Layouts(TorchFunctionMode):
    """Knows of each tensor (N, ., ., .) that is made meanwhile where its channels are: "first", "last" or "unsure"."""

    def __init__(self) -> None:
        super().__init__()
        self._known: Any = WeakTensorKeyDictionary()  # those that are not first

    def of(self, values: torch.Tensor) -> str:
        """Where its channels are."""
        known: str = self._known.get(values, "first")
        return known

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and result.ndim == 4:
            self._known[result] = self._layout(getattr(func, "__name__", ""), args, kwargs or {}, result)
        return result

    def _layout(self, name: str, args: Any, kwargs: dict[str, Any], result: torch.Tensor) -> str:
        given = [one for one in _tensors(args) if one.ndim == 4]
        known = {self.of(one) for one in given} - {"first"}
        before = "last" if known == {"last"} else "unsure" if known else "first"
        if name in _TURNING:
            return _after_turning(before, _order(name, args, kwargs))
        if any(word in name for word in _CHANNELS_FIRST):
            return "first"
        if name in _ALONG_THE_LAST and not (name == "layer_norm" and len(_normalized(args, kwargs)) > 1):
            return before if known else "unsure"
        if name in _CUTTING_UP or any(one.shape == result.shape and self.of(one) == before for one in given):
            return before
        return "first"


def _tensors(values: Any) -> Iterator[torch.Tensor]:
    """The tensors among arguments, also those in a list."""
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from _tensors(value)


def _order(name: str, args: Any, kwargs: dict[str, Any]) -> tuple[int, ...] | None:
    """The new order of four axes; None where it is not told by numbers."""
    numbers = [one for given in (args[1:], kwargs.values()) for one in given]
    flat = [n for one in numbers for n in (one if isinstance(one, tuple | list) else (one,))]
    if not all(isinstance(n, int) for n in flat):
        return None
    if name == "permute" and len(flat) == 4:
        return tuple(n % 4 for n in flat)
    if name in {"movedim", "moveaxis"} and len(flat) == 2:
        moved = {(1, 3): _TO_LAST, (3, 1): _TO_FIRST}
        return moved.get((flat[0] % 4, flat[1] % 4))
    return None


def _after_turning(before: str, order: tuple[int, ...] | None) -> str:
    if before == "first" and order == _TO_LAST:
        return "last"
    if before in {"last", "unsure"} and order == _TO_FIRST:
        return "first"
    return "unsure" if before != "first" else "first"


def _normalized(args: Any, kwargs: dict[str, Any]) -> tuple[int, ...]:
    """The shape that a layer norm is worked out over."""
    return tuple(args[1] if len(args) > 1 else kwargs["normalized_shape"])


class EndsEarlier(nn.Module):
    """A network that cannot be traced, ending in what goes into the softmax or sigmoid that its answer comes from."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.ending: str | None = None

    def forward(self, batch: torch.Tensor) -> Any:
        """Its logits; what it gives itself where there is no such ending."""
        with _Logits() as logits:
            given = self.network(batch)
        first = given[0] if isinstance(given, tuple | list) and given else given
        self.ending, result = logits.before.get(first, (None, given)) if torch.is_tensor(first) else (None, given)
        return result


class _Logits(TorchFunctionMode):
    """Knows of each tensor that comes from a softmax or sigmoid what it would be without."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Any = WeakTensorKeyDictionary()

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, kwargs = getattr(func, "__name__", "").strip("_"), kwargs or {}
        result = func(*args, **kwargs)
        if not (isinstance(result, torch.Tensor) and args and isinstance(args[0], torch.Tensor)) or result is args[0]:
            return result
        known = self.before.get(args[0])
        if name in operations.ENDINGS and known is None:
            self.before[result] = (operations.ENDINGS[name], args[0])
        elif known and name in operations.BOUNDING:
            self.before[result] = known
        elif known and name in operations.REPEATED:
            self.before[result] = (known[0], func(known[1], *args[1:], **kwargs))
        return result
