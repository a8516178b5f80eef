import copy
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune, weight_norm

from cnnviz.errors import NetworkError
from cnnviz.inspection import Prepared, prepare, prepare_once, trace
from tests.inspection.nets import (
    TWINS,
    Branching,
    Functional,
    InPlace,
    Modules,
    Reused,
    are_same,
    image,
    make,
    states,
)

PLAIN = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3))


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


class TestCopying:
    def test_hooks_of_the_owner_are_not_called_and_that_is_said(self):
        called: list[object] = []
        network = make(Modules)
        network.conv1.register_forward_hook(lambda *given: called.append(given))
        network.fc.register_full_backward_hook(lambda *given: called.append(given))
        prepared, batch = prepare(network, image())
        prepared.scores(batch.values.requires_grad_()).sum().backward()
        assert called == []
        assert prepared.notes == ("2 of the module's hooks were left out of the copy.",)

    @pytest.mark.filterwarnings("ignore::FutureWarning")
    def test_hooks_by_which_torch_works_out_weights_are_kept(self):
        torch.manual_seed(0)
        bent = nn.Sequential(weight_norm(nn.Conv2d(1, 2, 3)), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3))
        parametrizations.orthogonal(bent[3])
        prune.l1_unstructured(bent[0], "bias", amount=1)
        bent(torch.rand(1, 1, 8, 8))  # now it holds a weight that torch does not copy
        seen = trace(bent, torch.ones(8, 8))
        with torch.no_grad():
            np.testing.assert_allclose(seen.logits, bent(torch.ones(1, 1, 8, 8))[0].numpy(), atol=1e-6)
        assert seen.complete
        assert seen.notes == ()

    def test_what_was_left_lying_in_a_module_does_not_hinder(self):
        class Keeping(Functional):
            def forward(self, values: Tensor, *more: object) -> Tensor:
                self.last = self.conv1(values)
                return super().forward(values)

        network = Keeping()
        network.load_state_dict(make(Modules).state_dict())
        network(image()[None])
        before = network.last
        assert trace(network, image()).complete
        assert network.last is before

    @pytest.mark.parametrize("wrap", [nn.DataParallel, lambda network: torch.compile(network, backend="eager")])
    def test_what_is_wrapped_is_looked_at_inside(self, wrap):
        assert list(trace(wrap(make(Modules)), image()).activations)[:2] == ["conv1", "bn1"]

    def test_lazy_weights_that_are_not_made_yet_are_refused(self):
        """They would be random ones, and others each time."""
        network = nn.Sequential(nn.LazyConv2d(2, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3))
        with pytest.raises(NetworkError, match="no weights yet; call it once on an image first"):
            trace(network, torch.rand(3, 8, 8))
        network(torch.rand(1, 3, 8, 8))
        assert trace(network, torch.rand(3, 8, 8)).complete

    def test_modules_that_torch_does_not_see_are_in_eval_mode_too(self):
        class Hiding(nn.Module):
            def __init__(self, *parts: nn.Module) -> None:
                super().__init__()
                self.parts, self.fc = list(parts), nn.Linear(4, 2)

            def forward(self, values: Tensor) -> Tensor:
                for part in self.parts:
                    values = part(values)
                return self.fc(values.flatten(1))

        norm = nn.BatchNorm2d(1)
        norm.running_mean.fill_(0.5)
        network = Hiding(norm, nn.Dropout(0.5)).train()
        before = copy.deepcopy(norm.state_dict())
        seen = trace(network, torch.ones(2, 2))
        expected = network.fc((torch.ones(1, 4) - 0.5) / (1 + norm.eps) ** 0.5)
        np.testing.assert_allclose(seen.logits, expected[0].detach().numpy(), atol=1e-6)
        assert "as a BatchNorm2d in a plain list, are in eval mode here" in seen.notes[0]
        assert norm.training
        assert all(torch.equal(before[name], values) for name, values in norm.state_dict().items())

    @pytest.mark.parametrize("how", ["forward", "attribute", "wrapped", "global"])
    def test_a_function_that_works_on_a_module_from_outside_is_refused(self, how):
        """It would stay the owner's in the copy: run in train mode, and changed."""
        network = make(Modules)
        before = states(network)

        class Calling(nn.Module):
            def __init__(self, function: object) -> None:
                super().__init__()
                self.function = function

            def forward(self, values: Tensor) -> Tensor:
                return self.function(values)

        class Outside(nn.Module):
            def forward(self, values: Tensor) -> Tensor:
                return PLAIN(values[:, :1])

        def inner(values: Tensor) -> Tensor:
            return network(values)

        given = {
            "attribute": Calling(inner),
            "wrapped": Calling(lambda values: inner(values)),
            "global": Outside(),
        }.get(how, network)
        if how == "forward":
            network.forward = lambda values: Modules.forward(network, values)
        with pytest.raises(NetworkError, match="works on a (Modules|Sequential) from outside"):
            prepare(given, image())
        vars(network).pop("forward", None)
        assert are_same(before, states(network))

    @pytest.mark.filterwarnings("ignore::FutureWarning")
    def test_torchscript_shows_only_its_answer(self):
        network = PLAIN.eval()
        seen = trace(torch.jit.script(network), torch.ones(8, 8))
        assert "holds TorchScript" in seen.notes[0]
        np.testing.assert_allclose(seen.logits, trace(network, torch.ones(8, 8)).logits, atol=1e-6)

    def test_what_cannot_be_copied_is_refused_with_the_reason(self):
        network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        network.lock = threading.Lock()
        with pytest.raises(NetworkError, match=r"This Sequential cannot be copied \(cannot pickle .*lock.*\)"):
            prepare(network, torch.rand(2, 2))

    def test_what_happens_inside_a_part_of_torch_is_said_to_be_unseen(self):
        class Attending(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.block = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
                self.fc = nn.Linear(4, 2)

            def forward(self, values: Tensor) -> Tensor:
                return self.fc(self.block(values.flatten(2)).mean(1))

        prepared, _ = prepare(Attending(), torch.rand(3, 2, 2))
        assert prepared.notes == ("What happens inside block (TransformerEncoderLayer) is not seen.",)
        assert not prepared.complete


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
