import copy
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor, nn

from cnnviz.errors import NetworkError
from cnnviz.inspection import Prepared, prepare, prepare_once, trace
from tests.inspection.nets import (
    TWINS,
    Branching,
    InPlace,
    Modules,
    Reused,
    image,
    make,
)


def relus(prepared: Prepared) -> list[nn.Module]:
    return [part for part in prepared.parts.values() if isinstance(part, nn.ReLU)]


@pytest.mark.parametrize("kind", TWINS, ids=lambda kind: kind.__name__)
def test_every_relu_and_max_pool_is_a_module_of_its_own_and_not_in_place(kind):
    prepared, _ = prepare(make(kind), image())
    assert len(set(map(id, relus(prepared)))) == len(relus(prepared)) == 2
    assert not any(part.inplace for part in relus(prepared))
    assert sum(isinstance(part, nn.MaxPool2d) for part in prepared.parts.values()) == 1
    assert not prepared.network.training
    assert not any(weight.requires_grad for weight in prepared.network.parameters())


def test_what_reads_a_tensor_that_others_read_too_gets_one_of_its_own():
    """Captum hooks tensors: a ReLU's rule would be applied to all that flows back into its input."""

    class Forked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.relu = nn.ReLU()
            self.pool = nn.MaxPool2d(2)
            self.fc = nn.Linear(16, 2)

        def forward(self, values: Tensor) -> Tensor:
            bent = self.relu(values)
            return self.fc(self.pool(bent + values).flatten(1)) + self.fc(self.pool(self.relu(bent)).flatten(1))

    prepared, _ = prepare(Forked(), torch.randn(1, 8, 8))
    given: list[int] = []
    for part in prepared.parts.values():
        if isinstance(part, nn.ReLU | nn.MaxPool2d):
            part.register_forward_pre_hook(lambda _, values: given.append(id(values[0])) or kept.append(values[0]))
    kept: list[Tensor] = []
    values = torch.randn(1, 1, 8, 8)
    prepared.network(values)
    assert len(set(given)) == len(given) == 4
    assert id(values) not in given


@pytest.mark.parametrize("kind", [*TWINS, Branching], ids=lambda kind: kind.__name__)
def test_it_answers_as_the_network_does_for_batches_too(kind):
    prepared, _ = prepare(make(kind), image())
    batch = torch.stack([image(seed) for seed in range(3)])
    with torch.no_grad():
        expected = make(kind).eval()(batch.clone())
        assert torch.equal(prepared.rows(batch.clone()), expected)
        assert torch.equal(prepared.scores(batch.clone()), expected)
    assert (prepared.outputs, prepared.classes) == (4, 4)
    assert prepared.complete == (kind is not Branching)


def test_it_shares_nothing_with_the_network():
    network = make(Modules)
    prepared, batch = prepare(network, image())
    with torch.no_grad():
        before = prepared.rows(batch.values)
        for weight in network.parameters():
            weight.zero_()
        assert torch.equal(prepared.rows(batch.values), before)


def test_it_knows_the_shapes_of_an_image_of_any_size():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(2, 3))
    prepared, batch = prepare(network, torch.rand(8, 8))
    seen = prepared.seen(batch.values)
    assert dict(seen.shapes) == {"0": (2, 6, 6), "1": (2, 6, 6), "2": (2, 1, 1), "3": (2,), "4": (3,)}
    assert seen.maps == ("0", "1")
    assert seen.bytes == 4 * (72 + 72 + 2 + 2 + 3)
    assert seen.seconds > 0
    assert prepared.seen(torch.rand(1, 1, 5, 4)).shapes["0"] == (2, 3, 2)


class TestKept:
    def test_what_was_prepared_under_a_key_is_used_again_by_the_same_thread_alone(self):
        made: list[nn.Module] = []

        def network() -> nn.Module:
            made.append(make(Modules))
            return made[-1]

        first = prepare_once("a key", network, image())
        again = prepare_once("a key", network, image(1))
        assert again is first
        with ThreadPoolExecutor(1) as other:
            elsewhere = other.submit(prepare_once, "a key", network, image()).result()
        assert elsewhere is not first
        assert len(made) == 2

    def test_the_oldest_is_forgotten(self):
        found = [prepare_once(("many", number), lambda: make(Modules), image()) for number in range(6)]
        assert prepare_once(("many", 5), lambda: pytest.fail("made again"), image()) is found[5]
        assert prepare_once(("many", 0), lambda: make(Modules), image()) is not found[0]

    def test_an_error_is_not_kept(self):
        with pytest.raises(NetworkError):
            prepare_once("wrong", lambda: nn.Conv2d(2, 2, 3), image())
        assert prepare_once("wrong", lambda: make(Modules), image()).complete

    def test_another_thread_is_refused(self):
        prepared, batch = prepare(make(Modules), image())
        with ThreadPoolExecutor(1) as other:
            for use in (lambda: prepared.rows(batch.values), lambda: trace(prepared, image())):
                with pytest.raises(RuntimeError, match="belongs to the thread that made it"):
                    other.submit(use).result()


def test_others_can_train_and_look_while_a_network_is_traced():
    """While torch.fx traces, it changes what a call of any module does, in all threads."""
    stop = threading.Event()

    first, looked_at = make(InPlace, seed=3), make(Reused)  # made here: threads share the random numbers

    def train() -> list[Tensor]:
        network = copy.deepcopy(first)
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
        for step in range(30):
            optimizer.zero_grad()
            network(torch.stack([image(step), image(step + 1)])).square().sum().backward()
            optimizer.step()
        return [value.clone() for value in network.state_dict().values()]

    def prepare_again_and_again() -> int:
        count = 0
        while not stop.is_set():
            prepared, _ = prepare(looked_at, image())
            assert prepared.complete
            count += 1
        return count

    alone = train()
    with ThreadPoolExecutor(3) as threads, switching_often():
        lookers = [threads.submit(prepare_again_and_again) for _ in range(2)]
        try:
            beside = [threads.submit(train).result(timeout=60) for _ in range(3)]
        finally:
            stop.set()
        counts = [looker.result(timeout=60) for looker in lookers]
    assert min(counts) > 3
    for weights in beside:
        assert all(torch.equal(one, other) for one, other in zip(alone, weights, strict=True))
    assert nn.Module.__call__.__module__ == "torch.nn.modules.module", "calls of modules are as they were"


@contextmanager
def switching_often() -> Iterator[None]:
    """Python changes from thread to thread in the middle of everything."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
