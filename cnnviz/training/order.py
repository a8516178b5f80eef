"""The order in which a network is worked out while it trains, where another one gives the same numbers sooner."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def quickest(network: "nn.Sequential") -> "nn.Sequential":
    """The same weights under the same names, with max pooling before ReLU, and both in one pass where Numba is there.

    The numbers are the same to the last bit. Of what becomes one pass, the ReLU's name leads to what does nothing.
    """
    from torch import nn

    ordered, one_pass = pooled_first(network), pass_of_both()
    if one_pass is None:
        return ordered
    named = before = dict(ordered.named_children())
    for (pool, first), (relu, second) in pairwise(ordered.named_children()):
        if _is_two_by_two(first) and type(second) is nn.ReLU:
            named = named | {pool: one_pass(), relu: nn.Identity()}
    if named is before:
        return ordered
    faster = nn.Sequential()
    for name, module in named.items():
        faster.add_module(name, module)
    return faster.train(network.training)


@cache
def pass_of_both() -> "Callable[[], nn.Module] | None":
    """What makes a max pooling with ReLU in one pass; None where Numba is not installed, or does not work here."""
    try:
        from cnnviz.training.pooling import PooledReLU, load

        load()
    except Exception:  # whatever it is that it lacks here (a version of NumPy, a processor that it knows, a folder)
        return None
    return PooledReLU


def _is_two_by_two(module: "nn.Module") -> bool:
    """Whether it is a max pooling of 2 by 2 without overlap, padding or gaps."""
    from torch import nn

    if type(module) is not nn.MaxPool2d or module.ceil_mode or module.return_indices:
        return False
    own = (module.kernel_size, module.stride, module.padding, module.dilation)
    return all(size in (one, (one, one)) for size, one in zip(own, (2, 2, 0, 1), strict=True))


def pooled_first(network: "nn.Sequential") -> "nn.Sequential":
    """The same modules under the same names, where max pooling comes before the ReLU that it directly follows.

    The ReLU then has a quarter of the values, and nothing changes, to the last bit. Values: a ReLU keeps the order of
    what is above zero and makes the rest zero, so the largest of a window after it is its largest before, or zero.
    Gradients: where that largest is above zero, it is the same value of the window either way; where it is not, the
    ReLU sends nothing back, wherever it stands. Padding never wins in either order.

    The network itself stays as it is: names, order and weights for everybody who looks at it.
    """
    from torch import nn

    named = list(network.named_children())
    order = list(range(len(named)))
    for before, after in pairwise(order[:]):
        if type(named[before][1]) is nn.ReLU and type(named[after][1]) is nn.MaxPool2d:
            order[before], order[after] = after, before
    if order == sorted(order):
        return network
    faster = nn.Sequential()
    for number in order:
        faster.add_module(*named[number])
    return faster.train(network.training)
