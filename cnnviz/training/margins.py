"""The part of an image that a network looks at."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

Window = tuple[tuple[int, int], tuple[int, int]]  # (extent, stride) down, and across


def looked_at(network: "nn.Sequential", height: int, width: int) -> tuple[int, int]:
    """How many rows and columns of its images, from the top left, what a network gives depends on.

    Where windows do not come out even, a pooling or a stride leaves the last rows and columns of what it is given
    unused, and so all that was worked out for them. Of 28x28 images, the two convolutions and poolings of
    `keras_example` use 26x26, with a seventh less work; values and gradients are the same, but for the order in which a
    gradient is summed up.
    """
    windows: list[Window] = []
    used = (height, width)
    for module in network:
        window = _window(module)
        if window is None:  # what may look at everything, as what pads does
            break
        windows.append(window)
        used = _each(used, window, lambda size, extent, stride: (size - extent) // stride + 1)
    for window in reversed(windows):
        used = _each(used, window, lambda size, extent, stride: (size - 1) * stride + extent)
    return used


def _each(sizes: tuple[int, int], window: Window, count: Callable[[int, int, int], int]) -> tuple[int, int]:
    return count(sizes[0], *window[0]), count(sizes[1], *window[1])


def _window(module: "nn.Module") -> Window | None:
    """What one value of a module's looks at; None where that is no window without padding."""
    from torch import nn

    if type(module) in (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.Sigmoid, nn.Tanh):
        return (1, 1), (1, 1)
    if not isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
        return None
    if module.padding not in (0, (0, 0), "valid") or getattr(module, "ceil_mode", False):
        return None
    sizes, strides, apart = _two(module.kernel_size), _two(module.stride), _two(getattr(module, "dilation", 1))
    return ((sizes[0] - 1) * apart[0] + 1, strides[0]), ((sizes[1] - 1) * apart[1] + 1, strides[1])


def _two(size: int | tuple[int, ...]) -> tuple[int, ...]:
    return (size, size) if isinstance(size, int) else size
