"""Max pooling and ReLU in one pass, against PyTorch's own operations: the same bits, forward and back."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

pytest.importorskip("numba", reason="Numba is an extra, and not installed.")
from cnnviz.training.pooling import PooledReLU

DTYPES = st.sampled_from([torch.float32, torch.bfloat16])
LAYOUTS = st.sampled_from([torch.channels_last, torch.contiguous_format])
# Few of them, so that there are ties; both zeros, and what is next to zero and to infinity.
VALUES = torch.tensor([-math.inf, -2.0, -1e-40, -0.0, 0.0, 1e-40, 1.0, 1.0078125, 3.3e38, math.inf])


def theirs(values: torch.Tensor) -> torch.Tensor:
    return nn.functional.max_pool2d(nn.functional.relu(values), 2)


def there_and_back(operation: nn.Module, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What it gives, and the gradient by the values, where every result has another."""
    leaf = values.detach().requires_grad_()
    given = operation(leaf)
    weights = torch.arange(given.numel(), dtype=given.dtype).reshape(given.shape)
    (back,) = torch.autograd.grad(given, leaf, weights)
    return given.detach(), back


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.integers(1, 3), st.integers(1, 40), st.integers(2, 9), st.integers(2, 9)]), DTYPES, LAYOUTS)
def test_values_and_gradients_are_those_of_pytorch(
    shape: tuple[int, ...], dtype: torch.dtype, layout: torch.memory_format
) -> None:
    chosen = torch.randint(len(VALUES), shape, generator=torch.Generator().manual_seed(sum(shape)))
    values = VALUES[chosen].to(dtype).contiguous(memory_format=layout)
    for ours, other in zip(there_and_back(PooledReLU(), values), there_and_back(theirs, values), strict=True):
        assert ours.dtype == other.dtype
        assert torch.equal(ours, other)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_not_a_number_is_seen_behind(dtype: torch.dtype, place: int, sign: int) -> None:
    values = torch.tensor([-1.0, 5.0, math.inf, 0.0]).roll(1).to(dtype)
    values[place] = math.copysign(math.nan, sign)
    given = PooledReLU()(values.reshape(1, 1, 2, 2).contiguous(memory_format=torch.channels_last))
    assert given.isnan().all()


def test_other_numbers_go_pytorchs_own_way() -> None:
    values = torch.randn(2, 3, 5, 4, dtype=torch.float64).contiguous(memory_format=torch.channels_last)
    assert torch.equal(PooledReLU()(values), theirs(values))
