"""Max pooling and ReLU in one pass over the values, compiled for this processor by Numba, an optional extra.

Of a training step on a CPU, PyTorch spends up to a fifth in max pooling: it writes down every winner in eight bytes,
fills the gradient with zeros, and then goes from winner to winner. Here it is a byte, and every value is written once.
Values and gradients are PyTorch's to the last bit, and so it does not matter to a run's numbers whether Numba is there.
"""

from typing import Any

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

# A number's bits, read as a whole number, keep the order of what is above zero; all below is below, and a ReLU makes it
# zero. Not a number must win: that is whatever lies between the last of these bounds and zero, or above infinity.
WHOLE = {torch.float32: torch.int32, torch.bfloat16: torch.int16}
BOUNDS = {torch.float32: (0x7FFFFFFF, -0x800000), torch.bfloat16: (0x7FFF, -0x80)}
NOBODY = np.uint8(4)  # won a window in which nothing is above zero

Whole = NDArray[np.signedinteger[Any]]


def load() -> None:
    """Compile all, or load what was compiled before, without running PyTorch: children may be forked afterwards."""
    for whole, (largest, nan) in ((np.int32, BOUNDS[torch.float32]), (np.int16, BOUNDS[torch.bfloat16])):
        values, pooled = np.zeros((1, 2, 2, 1), whole), np.zeros((1, 1, 1, 1), whole)
        winners = np.zeros((1, 1, 1, 1), np.uint8)
        _pool(values, pooled, winners, largest, nan)
        _spread(pooled, winners, values)


class PooledReLU(nn.Module):
    """Max pooling of 2 by 2 without overlap or padding, then ReLU: (B, C, H, W) becomes (B, C, H // 2, W // 2)."""

    def forward(self, values: Tensor) -> Tensor:
        """What is not on a CPU and channels last goes PyTorch's own way."""
        is_fit = values.device.type == "cpu" and values.dtype in WHOLE
        if is_fit and values.permute(0, 2, 3, 1).is_contiguous():
            pooled: Tensor = _OnePass.apply(values)
            return pooled
        return nn.functional.relu(nn.functional.max_pool2d(values, 2))


class _OnePass(torch.autograd.Function):
    """Few operations of PyTorch: at each one, two threads that work beside each other may have to wait for Python."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        whole, (largest, nan) = WHOLE[values.dtype], BOUNDS[values.dtype]
        rows = _rows(values.view(whole))
        images, height, width, channels = ctx.size = rows.shape
        pooled = _empty(images, channels, height // 2, width // 2, whole)
        ctx.winners = np.empty((images, height // 2, width // 2, channels), np.uint8)
        _pool(rows, _rows(pooled), ctx.winners, largest, nan)
        return pooled.view(values.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        whole = WHOLE[gradient.dtype]
        images, height, width, channels = ctx.size
        spread = _empty(images, channels, height, width, whole)
        if height % 2 or width % 2:
            spread.zero_()
        _spread(np.ascontiguousarray(_rows(gradient.view(whole))), ctx.winners, _rows(spread))
        return spread.view(gradient.dtype)


def _empty(images: int, channels: int, height: int, width: int, dtype: torch.dtype) -> Tensor:
    return torch.empty(images, channels, height, width, dtype=dtype, memory_format=torch.channels_last)


def _rows(values: Tensor) -> Whole:
    """(B, C, H, W) as they lie in memory where they are channels last: (B, H, W, C)."""
    given: Whole = values.numpy().transpose(0, 2, 3, 1)
    return given


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _pool(values: Whole, pooled: Whole, winners: NDArray[np.uint8], largest: int, nan: int) -> None:
    """Fill `pooled` and `winners` (B, H // 2, W // 2, C) from values (B, H, W, C); the first of equals wins."""
    images, height, width, channels = pooled.shape
    zero, top, bound = values.dtype.type(0), values.dtype.type(largest), values.dtype.type(nan)
    for image in range(images):
        for row in range(height):
            for column in range(width):
                upper, lower = values[image, 2 * row], values[image, 2 * row + 1]
                first, second = upper[2 * column], upper[2 * column + 1]
                third, fourth = lower[2 * column], lower[2 * column + 1]
                into, winner = pooled[image, row, column], winners[image, row, column]
                for channel in range(channels):  # without a branch, so that many channels are done at once
                    a, b, c, d = first[channel], second[channel], third[channel], fourth[channel]
                    a = top if bound < a < zero else a
                    b = top if bound < b < zero else b
                    c = top if bound < c < zero else c
                    d = top if bound < d < zero else d
                    above, below = max(a, b), max(c, d)
                    which_above = np.uint8(1) if b > a else np.uint8(0)
                    which_below = np.uint8(3) if d > c else np.uint8(2)
                    which = which_below if below > above else which_above
                    best = max(above, below)
                    into[channel] = max(best, zero)
                    winner[channel] = which if best > zero else NOBODY


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _spread(gradient: Whole, winners: NDArray[np.uint8], spread: Whole) -> None:
    """Give each window's gradient (B, H // 2, W // 2, C) to its winner in `spread` (B, H, W, C), and zero to others."""
    images, height, width, channels = gradient.shape
    zero = gradient.dtype.type(0)
    for image in range(images):
        for row in range(height):
            for column in range(width):
                given, winner = gradient[image, row, column], winners[image, row, column]
                for place in range(4):
                    into = spread[image, 2 * row + place // 2, 2 * column + place % 2]
                    for channel in range(channels):
                        into[channel] = given[channel] if winner[channel] == place else zero
