"""What is measured while a network trains, against plain loops, and where a training is said to have gone wrong."""

import math
from itertools import islice

import numpy as np
import pytest
import torch

from cnnviz.datasets import Images, dataset
from cnnviz.errors import TrainingError
from cnnviz.layers import ResidualBlock
from cnnviz.networks import NetworkSpec
from cnnviz.plan import Plan
from cnnviz.recipe import Recipe
from cnnviz.tasks import TASKS
from cnnviz.training.loop import make_optimizer, train_steps, validate
from cnnviz.training.measures import (
    FIRST_STEPS,
    MEASURED_EVERY,
    MOST_MISTAKES,
    MOST_VALUES,
    Trouble,
    Worst,
    evenly,
    gradient_histograms,
    is_divergence,
    layers_of,
    norms,
)
from cnnviz.training.session import Session
from tests.training.tiny import TINY, Script, broken, tiny_run, trained

CLASSIFY = TASKS["classify"]
BLOCKS = NetworkSpec.stack("blocks", (1, 8, 8), [ResidualBlock(out_channels=3), *(layer for _, layer in TINY.layers)])


def learning(spec: NetworkSpec = TINY, **changes: object) -> tuple:
    """A network, its steps, and their plan; batches of 256 digits."""
    recipe = Recipe(**{"batch_size": 256, "epochs": 6, "schedule": "constant"} | changes)
    images = dataset("digits").split(0).train
    network, plan = spec.build(0), Plan(recipe, len(images))
    return network, train_steps(network, make_optimizer(recipe, network), CLASSIFY, images, plan), plan


@pytest.mark.parametrize("spec", [TINY, BLOCKS], ids=lambda spec: spec.name)
def test_norms_are_those_that_a_loop_adds_up(spec: NetworkSpec) -> None:
    network, steps, _ = learning(spec)
    next(steps)
    found = norms(layers_of(network))
    nodes = [node.name for node in spec.nodes()]
    assert list(found.layers) == [name for name in nodes if list(network.get_submodule(name).parameters())]
    for name, gradient, weight in zip(*found, strict=True):
        own = list(network.get_submodule(name).parameters())
        by_hand = [
            math.sqrt(sum(float(value) ** 2 for one in own for value in part(one).flatten()))
            for part in (lambda one: one.grad, lambda one: one.detach())
        ]
        assert (gradient, weight) == pytest.approx(by_hand, rel=1e-5)


def test_a_row_is_of_the_gradient_that_made_the_step_and_of_the_weights_before() -> None:
    network, steps, _ = learning(optimizer="sgd", learning_rate=0.5)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    row = next(steps).norms
    at = row.layers.index("fc1")
    own = [(before[f"fc1.{name}"], network.state_dict()[f"fc1.{name}"]) for name in ("weight", "bias")]
    moved = math.sqrt(sum(float(((old - new) / 0.5).square().sum()) for old, new in own))  # as SGD goes
    assert row.gradient[at] == pytest.approx(moved, rel=1e-4)
    assert row.weight[at] == pytest.approx(math.sqrt(sum(float(old.square().sum()) for old, _ in own)), rel=1e-5)


def test_the_first_steps_have_a_row_each_and_then_every_tenth() -> None:
    _, steps, plan = learning()
    measured = [step.number for step in steps if step.norms]
    assert plan.steps == 30
    assert measured == [*range(1, FIRST_STEPS + 1), 20, 30]
    assert MEASURED_EVERY == 10


def test_clipping_leaves_the_norms_as_they_were_and_cuts_what_the_optimizer_is_given() -> None:
    free, clipped = (next(learning(clip_norm=clip)[1]) for clip in (0, 1e-3))
    np.testing.assert_array_equal(free.norms.gradient, clipped.norms.gradient)
    network, steps, _ = learning(clip_norm=1e-3)
    next(steps)
    assert float(np.sqrt((norms(layers_of(network)).gradient ** 2).sum())) == pytest.approx(1e-3, rel=1e-3)


def test_measuring_changes_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    network, steps, _ = learning()
    losses = [step.loss for step in islice(steps, 12)]
    monkeypatch.setattr("cnnviz.training.loop.norms_at", lambda *_: None)
    other, others, _ = learning()
    assert losses == [step.loss for step in islice(others, 12)]
    for name, values in network.state_dict().items():
        assert torch.equal(values, other.state_dict()[name])


def test_gradient_histograms_are_those_of_every_value() -> None:
    network, steps, _ = learning()
    assert gradient_histograms(layers_of(network)) == {}  # before the first step
    next(steps)
    for name, found in gradient_histograms(layers_of(network)).items():
        gradient = network.get_submodule(name).weight.grad.double().numpy()
        edges = np.linspace(-found.scale, found.scale, len(found.counts) + 1)
        theirs, _ = np.histogram(gradient, edges)
        assert found.scale == pytest.approx(np.abs(gradient).max())
        assert np.abs(found.counts - theirs).sum() <= 2  # at the very edge of a bin
        assert found.counts.sum() == gradient.size


@pytest.mark.parametrize("shape", [(128, 1600), (64, 32, 3, 3), (512, 128), (1000,), (256, 512)])
def test_of_many_values_some_of_every_unit_are_counted(shape: tuple[int, ...]) -> None:
    rows = torch.arange(shape[-1]).repeat(int(np.prod(shape[:-1])))  # every value is its column
    columns, counts = evenly(rows).unique(return_counts=True)
    assert counts.sum() <= MOST_VALUES
    assert len(columns) == shape[-1]
    assert counts.max() - counts.min() <= 1


class TestWorst:
    def worst_by_hand(self, logits: np.ndarray, labels: np.ndarray) -> list[tuple]:
        """Every image by itself, in double precision."""
        wrong = []
        for number, (row, label) in enumerate(zip(logits.astype(np.float64), labels, strict=True)):
            powers = np.exp(row - row.max())
            shares = powers / powers.sum()
            if row.argmax() != label:
                wrong.append((shares[label], number, int(label), int(row.argmax()), shares[row.argmax()]))
        return [found[1:] for found in sorted(wrong)[:MOST_MISTAKES]]

    def test_they_are_the_wrong_ones_with_the_highest_loss(self) -> None:
        rng = np.random.default_rng(3)
        images = Images(rng.random((300, 1, 8, 8), dtype=np.float32), rng.integers(10, size=300))
        network, worst = TINY.build(0), Worst(CLASSIFY)
        _, counts = validate(network, CLASSIFY, images, 10, worst)  # in more than one chunk
        with torch.no_grad():
            logits = network.eval()(torch.tensor(images.images)).numpy()
        expected = self.worst_by_hand(logits, images.labels)
        found = worst.found()
        assert len(expected) == len(found) == MOST_MISTAKES < counts.sum() - counts.trace()
        assert [(one.index, one.label, one.prediction) for one in found] == [one[:3] for one in expected]
        assert [one.probability for one in found] == pytest.approx([one[3] for one in expected], rel=1e-4)

    def test_one_output_speaks_for_the_second_class(self) -> None:
        worst = Worst(CLASSIFY)
        worst.see(5, torch.tensor([[2.0], [-3.0], [0.5], [-0.5]]), torch.tensor([0, 1, 0, 0]))
        found = [(one.index, one.label, one.prediction, round(one.probability, 6)) for one in worst.found()]
        sure = [1 / (1 + math.exp(-value)) for value in (3, 2, 0.5)]
        assert found == [(6, 1, 0, round(sure[0], 6)), (5, 0, 1, round(sure[1], 6)), (7, 0, 1, round(sure[2], 6))]

    def test_where_all_is_right_or_nothing_was_seen_there_are_none(self) -> None:
        worst = Worst(CLASSIFY)
        assert worst.found() == ()
        worst.see(0, torch.tensor([[1.0, 0], [0, 1]]), torch.tensor([0, 1]))
        assert worst.found() == ()

    def test_what_is_no_number_comes_first_and_does_no_harm(self) -> None:
        worst = Worst(CLASSIFY)
        worst.see(0, torch.tensor([[5.0, 0], [math.nan, math.nan]]), torch.tensor([1, 1]))
        assert [one.index for one in worst.found()] == [1, 0]


class TestDivergence:
    """Where it began, for each way in which it can; the weights of a layer are made large, or its gradient is."""

    def sentence(self, spoil: object, **changes: object) -> str:
        network, steps, _ = learning(learning_rate=0.02, **changes)
        list(islice(steps, 13))  # no row of norms is near: the checks are those of a usual step
        spoil(network)
        with pytest.raises(TrainingError) as stopped:
            list(steps)
        assert is_divergence(str(stopped.value))
        return str(stopped.value)

    def test_activations_that_overflow(self) -> None:
        def spoil(network: torch.nn.Sequential) -> None:
            network.conv1.weight.data.fill_(1e38)

        said = self.sentence(spoil)
        assert said.startswith("Step 14: the activations of conv1 are infinite (the loss was ")
        assert said.endswith(" the step before); use a learning rate below 0.02.")

    @pytest.mark.parametrize("clip", [0.0, 1.0])
    def test_a_gradient_that_is_no_number_is_found_by_the_next_loss(self, clip: float) -> None:
        """All layers before the one are spoilt with it; it is the first on the way back."""

        def spoil(network: torch.nn.Sequential) -> None:
            network.norm1.weight.register_hook(lambda gradient: gradient * math.nan)
            network.conv1.weight.register_hook(lambda gradient: gradient * math.nan)

        said = self.sentence(spoil, clip_norm=clip)
        assert said.startswith("Step 14: the gradient of norm1 is not a number any more (its loss was ")

    def test_a_gradient_of_a_measured_step_is_found_before_it_spoils_the_weights(self) -> None:
        network, steps, _ = learning()
        next(steps)
        network.conv1.bias.register_hook(lambda gradient: gradient / 0)
        before = {name: value.clone() for name, value in network.named_parameters()}
        with pytest.raises(TrainingError, match=r"^Step 2: the gradient of conv1 is (infinite|not a number any more) "):
            next(steps)
        assert all(torch.equal(value, before[name]) for name, value in network.named_parameters())

    def test_a_loss_alone(self) -> None:
        trouble = Trouble("loss", None, is_infinite=True)
        assert trouble.sentence(3, 2.5, 0.1) == (
            "Step 3: the loss is infinite (the loss was 2.5 the step before); use a learning rate below 0.1."
        )
        assert trouble.sentence(1, math.nan, 0.1) == "Step 1: the loss is infinite; use a learning rate below 0.1."

    def test_a_run_keeps_all_up_to_there(self) -> None:
        run = tiny_run()
        session = Session(run, script := Script())

        def spoil() -> None:
            session.keeper.network.norm1.weight.register_hook(lambda gradient: gradient * math.inf)

        script._acts = iter([*[None] * 4, spoil])
        session.train()
        assert (run.status().state, run.status().step) == ("failed", 4)  # at a measured step: nothing is spoilt
        assert "the gradient of norm1 is " in str(run.status().reason)
        assert run.log().train_step.tolist() == [1, 2, 3, 4]
        assert np.isfinite(run.log().validation_loss).all()

    def test_a_saved_step_that_is_spoilt_ends_the_run_even_the_last(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = tiny_run()
        session = Session(run, script := Script())
        monkeypatch.setattr("cnnviz.training.loop.norms_at", lambda *_: None)

        def spoil() -> None:
            session.keeper.network.fc1.bias.register_hook(lambda gradient: gradient * math.nan)

        script._acts = iter([*[None] * 9, spoil])
        session.train()
        assert (run.status().state, run.status().step) == ("failed", 10)
        assert str(run.status().reason).startswith(
            "Step 10: the gradient of fc1 is not a number any more (its loss was "
        )
        log = run.log()
        assert log.train_step.tolist() == list(range(1, 11))
        assert np.isfinite(log.validation_loss).tolist() == [*[True] * 10, False]


def test_what_is_measured_is_the_same_after_a_break() -> None:
    whole, cut = tiny_run(), tiny_run()
    trained(whole)
    broken(cut, 7)
    trained(cut)
    for name, column in whole.log().arrays().items():
        np.testing.assert_array_equal(getattr(cut.log(), name), column, err_msg=name)
    for step in whole.steps()[1:]:
        one, other = whole.snapshot(step), cut.snapshot(step)
        assert one.worst == other.worst
        for name, found in one.gradients.items():
            np.testing.assert_array_equal(found.counts, other.gradients[name].counts)
