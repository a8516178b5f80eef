"""Gradients in halves, in bfloat16 and in another order, against PyTorch on the network as it is."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.layers import Convolution, Dropout, Flatten, FullyConnected, MaxPooling, ReLU
from cnnviz.networks import NetworkSpec, network
from cnnviz.recipe import Recipe
from cnnviz.tasks import TASKS
from cnnviz.training import engine as engine_module
from cnnviz.training import threads
from cnnviz.training.devices import available
from cnnviz.training.engine import Engine, multiply_adds
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.measures import layers_of
from cnnviz.training.replica import drops
from cnnviz.training.start import new_run
from cnnviz.training.threads import one_thread
from tests.training.tiny import assert_same_weights, broken, trained

CLASSIFY = TASKS["classify"]
SHAPE = (2, 12, 12)
PLAIN = NetworkSpec.stack(
    "plain",
    SHAPE,
    [Convolution(6, kernel_size=3), ReLU(), MaxPooling(), Flatten(), Dropout(share=0.4), FullyConnected(4)],
)
NORM = network("small_resnet").spec((3, 12, 12), 4)
HAS_BFLOAT16 = "bfloat16" in available()["cpu"]
needs_bfloat16 = pytest.mark.skipif(not HAS_BFLOAT16, reason="The processor does not work in bfloat16.")


@pytest.fixture(autouse=True)
def alone():
    with one_thread():
        yield


@pytest.fixture
def halved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "WORTH_HALVING", 0)
    monkeypatch.setattr(engine_module, "cores_of_machine", lambda: 2)


def batch(count: int = 40, channels: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    drawn = torch.Generator().manual_seed(2)
    return torch.rand(count, channels, 12, 12, generator=drawn), torch.randint(4, (count,), generator=drawn)


def ready(spec: NetworkSpec = PLAIN, precision: str = "float32") -> tuple[nn.Sequential, FlatOptimizer, Engine]:
    made = spec.build(1)
    optimizer = FlatOptimizer(Recipe(optimizer="sgd", learning_rate=0.1), made)
    return made, optimizer, Engine(made, optimizer, CLASSIFY, precision)


def plain(made: nn.Sequential, images: torch.Tensor, labels: torch.Tensor, seed: int) -> tuple[float, int]:
    """The loss and right answers, with gradients left in the network: as anybody would write it."""
    torch.manual_seed(seed)
    made.train().zero_grad()
    logits = made(images.contiguous(memory_format=torch.channels_last))
    loss = nn.functional.cross_entropy(logits, labels)
    loss.backward()
    return loss.item(), int((logits.argmax(1) == labels).sum())


def without_dropout(spec: NetworkSpec = PLAIN) -> NetworkSpec:
    return NetworkSpec.stack("dry", spec.input_shape, [layer for _, layer in spec.layers if layer.kind != "dropout"])


@pytest.mark.parametrize(("spec", "channels"), [(PLAIN, 2), (NORM, 3)], ids=["dropout", "batch norm"])
def test_a_batch_gives_what_pytorch_gives_to_the_bit(spec: NetworkSpec, channels: int) -> None:
    made, _, engine = ready(spec)
    theirs = spec.build(1).to(memory_format=torch.channels_last)
    for seed in (7, 8):
        images, labels = batch(channels=channels)
        assert tuple(engine.gradients(images, labels, seed)) == plain(theirs, images, labels, seed)
        for ours, other in zip(made.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(ours.grad, other.grad)
    for ours, other in zip(made.buffers(), theirs.buffers(), strict=True):
        assert torch.equal(ours, other)


@pytest.mark.usefixtures("halved")
class TestHalves:
    @pytest.mark.parametrize("count", [40, 41])
    def test_they_add_up_to_the_gradient_of_the_batch(self, count: int) -> None:
        spec = without_dropout()
        made, _, engine = ready(spec)
        images, labels = batch(count)
        given = engine.gradients(images, labels, 0)
        theirs = spec.build(1)
        loss, correct = plain(theirs, images, labels, 0)
        assert given == (pytest.approx(loss, rel=1e-6), correct)
        for ours, other in zip(made.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(ours.grad, other.grad, rtol=1e-5, atol=1e-7)
        assert len(engine._pieces(images, labels, 0)) == 2

    @pytest.mark.parametrize("precision", ["float32", pytest.param("bfloat16", marks=needs_bfloat16)])
    def test_one_thread_and_two_give_the_same_bits(self, precision: str) -> None:
        """Dropout included, and whatever else draws random numbers meanwhile."""
        ends = []
        for at_once in (False, True):
            _, optimizer, engine = ready(precision=precision)
            engine._pair._is_possible, engine._pair._at_once = False, at_once
            losses = []
            for number in range(12):
                losses.append(engine.gradients(*batch(), number).loss)
                optimizer.step()
                torch.rand(number)
            ends.append((losses, optimizer.values.detach().clone()))
        assert ends[0][0] == ends[1][0]
        assert torch.equal(ends[0][1], ends[1][1])
        assert len(set(ends[0][0])) == 12

    def test_a_training_goes_on_with_the_same_bits_on_another_number_of_threads(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dry = [Convolution(4, kernel_size=3), ReLU(), MaxPooling(), Dropout(share=0.3), Flatten(), FullyConnected(10)]
        spec = NetworkSpec.stack("halved", (1, 8, 8), dry)
        recipe = Recipe(batch_size=128, epochs=2, seed=3)
        whole, cut = (new_run("digits", spec, recipe) for _ in range(2))
        monkeypatch.setattr(threads, "cores", lambda: 1)
        trained(whole)
        monkeypatch.setattr(threads, "cores", lambda: 2)  # trials begin with two at once
        broken(cut, 7)
        trained(cut)
        assert whole.steps() == cut.steps()
        assert_same_weights(whole, cut, whole.steps()[-1])
        np.testing.assert_array_equal(whole.log().train_loss, cut.log().train_loss)

    def test_dropout_draws_as_pytorch_does_and_otherwise_in_each_half(self) -> None:
        _, _, engine = ready()
        images, labels = batch()
        pieces = engine._pieces(images, labels, 5)
        seen = []
        for piece in pieces:
            piece[0].network.dropout1.register_forward_hook(lambda _module, given, gave: seen.append((given[0], gave)))
            piece.learn(CLASSIFY)
        torch.manual_seed(5)
        assert torch.equal(nn.functional.dropout(seen[0][0], 0.4), seen[0][1])
        assert pieces[0][0].chance.initial_seed() != pieces[1][0].chance.initial_seed()

    def test_batch_norm_sees_the_whole_batch(self) -> None:
        _, _, engine = ready(NORM)
        assert len(engine._pieces(*batch(channels=3), 0)) == 1

    def test_few_images_are_not_divided(self) -> None:
        _, _, engine = ready()
        assert len(engine._pieces(*batch(15), 0)) == 1

    def test_dropout_can_be_changed_on_the_way(self) -> None:
        made, _, engine = ready()
        engine.gradients(*batch(), 0)
        engine.drop(0.0)
        assert [module.p for module in drops(made)] == [0.0]
        losses = {engine.gradients(*batch(), seed).loss for seed in range(3)}
        assert len(losses) == 1

    @pytest.mark.parametrize("half", [0, 1])
    def test_a_loss_that_is_no_number_leaves_the_gradient_and_names_the_layer(self, half: int) -> None:
        _, optimizer, engine = ready()
        images, labels = batch()
        engine.gradients(images, labels, 0)
        before = optimizer.gradient.clone()
        images[39 * half, 0, 3, 3] = math.inf
        given = engine.gradients(images, labels, 1)
        assert not math.isfinite(given.loss)
        assert torch.equal(optimizer.gradient, before)
        trouble = engine.trouble(images, labels, 1, given.loss)
        assert (trouble.what, trouble.layer) == ("activations", "conv1")


@needs_bfloat16
class TestBfloat16:
    @pytest.mark.parametrize(("spec", "channels"), [(without_dropout(), 2), (NORM, 3)], ids=["plain", "batch norm"])
    def test_it_rounds_on_the_way_and_keeps_what_is_of_record(self, spec: NetworkSpec, channels: int) -> None:
        made, _, engine = ready(spec, "bfloat16")
        theirs = spec.build(1)
        images, labels = batch(channels=channels)
        given = engine.gradients(images, labels, 0)
        loss, _ = plain(theirs, images, labels, 0)
        assert given.loss == pytest.approx(loss, rel=0.02)
        assert given.loss != loss
        for name, own in layers_of(made).items():
            for ours, other in zip(own, layers_of(theirs)[name], strict=True):
                assert ours.dtype == ours.grad.dtype == torch.float32
                if ours.dim() > 1:  # what a bias before batch norm gets is zero but for rounding
                    assert (ours.grad - other.grad).norm() < 0.2 * other.grad.norm(), name
        for ours, other in zip(made.buffers(), theirs.buffers(), strict=True):
            assert ours.dtype == other.dtype
            torch.testing.assert_close(ours, other, rtol=0.02, atol=0.02)

    def test_only_batch_norm_stays_float32(self) -> None:
        _, _, engine = ready(NORM, "bfloat16")
        whole = engine._whole.network
        found = {type(part).__name__: one.dtype for part in whole.modules() for one in part.parameters(recurse=False)}
        assert found == {"Conv2d": torch.bfloat16, "BatchNorm2d": torch.float32, "Linear": torch.bfloat16}

    def test_small_updates_are_not_lost(self) -> None:
        """Of a weight near 1, bfloat16 knows no step below 0.004; the weights of record do."""
        made, optimizer, engine = ready(precision="bfloat16")
        with torch.no_grad():
            made.fc1.weight.fill_(1)
        optimizer.param_groups[0]["lr"] = 1e-5
        for seed in range(3):
            engine.gradients(*batch(), seed)
            optimizer.step()
        assert (made.fc1.weight != 1).any()

    def test_weights_that_are_replaced_are_learnt_with(self) -> None:
        made, _, engine = ready(precision="bfloat16")
        first = engine.gradients(*batch(), 0).loss
        made.load_state_dict(PLAIN.build(3).state_dict())
        assert engine.gradients(*batch(), 0).loss != first


def test_multiply_adds_are_those_by_hand() -> None:
    made = network("keras_example").spec((1, 28, 28), 10).build(0)
    by_hand = 26 * 26 * 32 * 9 + 11 * 11 * 64 * (9 * 32) + 1600 * 128 + 128 * 10
    assert multiply_adds(made, torch.zeros(1, 1, 28, 28)) == by_hand
