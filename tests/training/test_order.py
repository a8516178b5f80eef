"""Pooling before ReLU: the same numbers to the last bit, and nobody else sees another order."""

import sys

import pytest
import torch
from torch import nn

from cnnviz.layers import Convolution, Flatten, FullyConnected, MaxPooling, ReLU
from cnnviz.networks import NETWORKS, NetworkSpec, network
from cnnviz.recipe import Recipe
from cnnviz.training.order import pass_of_both, pooled_first, quickest
from cnnviz.training.start import new_run
from tests.training.tiny import assert_same_weights, trained


def plain(pool: nn.Module, activation: nn.Module | None = None) -> nn.Sequential:
    torch.manual_seed(0)
    parts = (nn.Conv2d(2, 5, 3, padding=1), activation or nn.ReLU(), pool, nn.Flatten(), nn.LazyLinear(3))
    made = nn.Sequential(*parts)
    made(torch.zeros(1, 2, 9, 9))
    return made


def numbers(made: nn.Sequential, images: torch.Tensor) -> list[torch.Tensor]:
    """What it gives, and the gradient by images and by all weights."""
    images = images.clone().requires_grad_()
    made.zero_grad()
    given = made(images)
    given.square().sum().backward()
    return [given.detach(), images.grad, *(parameter.grad.clone() for parameter in made.parameters())]


POOLS = {
    "2": nn.MaxPool2d(2),
    "overlapping": nn.MaxPool2d(3, 1),
    "padded": nn.MaxPool2d(3, 2, 1),
    "dilated": nn.MaxPool2d(2, 2, dilation=2),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=["rows", "channels last"])
def test_values_and_gradients_are_the_same_bits(pool: str, dtype: torch.dtype, layout: torch.memory_format) -> None:
    made = plain(POOLS[pool]).to(dtype=dtype, memory_format=layout)
    images = torch.randint(-2, 3, (6, 2, 9, 9), generator=torch.Generator().manual_seed(1)).to(dtype)
    with torch.no_grad():  # ties everywhere, and windows without a value above zero
        made[0].weight.copy_(made[0].weight.sign())
        made[0].bias.copy_(torch.tensor([-9, -3, 0, 0, 2]))
    images = images.contiguous(memory_format=layout)
    hidden = made[:2](images)
    assert (hidden == 0).any()
    assert (POOLS[pool](hidden) == 0).any()
    quick = pooled_first(made)
    assert [type(part) for part in quick][1:3] == [nn.MaxPool2d, nn.ReLU]
    for ours, theirs in zip(numbers(quick, images), numbers(made, images), strict=True):
        assert torch.equal(ours, theirs)


def test_the_network_stays_as_it_is() -> None:
    made = network("keras_example").spec((1, 28, 28), 10).build(0)
    names = [name for name, _ in made.named_children()]
    quick = pooled_first(made)
    assert [name for name, _ in made.named_children()] == names
    moved = [name for name, _ in quick.named_children()]
    assert moved[:6] == ["conv1", "pool1", "relu1", "conv2", "pool2", "relu2"]
    assert sorted(moved) == sorted(names)
    assert all(quick.get_submodule(name) is made.get_submodule(name) for name in names)
    assert quick.training is made.training


@pytest.mark.parametrize("name", NETWORKS)
def test_presets_give_the_same_bits(name: str) -> None:
    made = network(name).spec((3, 32, 32), 10).build(0).eval()
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(pooled_first(made)(images), made(images))


def test_nothing_else_is_moved() -> None:
    for made in (plain(nn.MaxPool2d(2), nn.LeakyReLU()), plain(nn.AvgPool2d(2)), plain(nn.MaxPool2d(2), nn.GELU())):
        assert pooled_first(made) is made


class TestQuickest:
    def test_both_become_one_pass_under_the_same_names(self) -> None:
        pytest.importorskip("numba", reason="Numba is an extra, and not installed.")
        made = network("keras_example").spec((1, 28, 28), 10).build(0)
        quick = quickest(made)
        assert [name for name, _ in quick.named_children()][:3] == ["conv1", "pool1", "relu1"]
        assert [type(part).__name__ for part in quick][:3] == ["Conv2d", "PooledReLU", "Identity"]
        assert quick.conv1 is made.conv1
        images = torch.rand(3, 1, 28, 28).contiguous(memory_format=torch.channels_last)
        for ours, theirs in zip(numbers(quick.eval(), images), numbers(made.eval(), images), strict=True):
            assert torch.equal(ours, theirs)

    @pytest.mark.parametrize("pool", POOLS)
    def test_only_two_by_two_without_overlap(self, pool: str) -> None:
        pytest.importorskip("numba", reason="Numba is an extra, and not installed.")
        found = {type(part).__name__ for part in quickest(plain(POOLS[pool]))}
        assert ("PooledReLU" in found) == (pool == "2")

    def test_what_has_no_such_pair_stays_itself(self) -> None:
        for made in (plain(nn.AvgPool2d(2)), plain(nn.MaxPool2d(2), nn.GELU()), nn.Sequential(nn.MaxPool2d(2))):
            assert quickest(made) is made

    def test_without_numba_a_training_gives_the_same_bits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spec = NetworkSpec.stack(
            "pooled", (1, 8, 8), [Convolution(4, kernel_size=3), ReLU(), MaxPooling(), Flatten(), FullyConnected(10)]
        )
        runs = [new_run("digits", spec, Recipe(batch_size=256, epochs=1)) for _ in range(2)]
        pass_of_both.cache_clear()
        trained(runs[0])
        monkeypatch.setitem(sys.modules, "cnnviz.training.pooling", None)  # as if it could not be imported
        pass_of_both.cache_clear()
        try:
            trained(runs[1])
            assert pass_of_both() is None
        finally:
            pass_of_both.cache_clear()
        assert_same_weights(*runs, runs[0].steps()[-1])
