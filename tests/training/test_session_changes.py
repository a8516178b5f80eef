"""What a person changes while it trains, the end of an epoch, and what is decided there."""

from typing import Any

import numpy as np
import pytest
import torch

from cnnviz.layers import Flatten, FullyConnected
from cnnviz.networks import NetworkSpec
from cnnviz.recipe import Recipe, snapshot_steps
from cnnviz.runs import Run
from cnnviz.training.control import Command
from cnnviz.training.replica import drops
from cnnviz.training.session import Session
from cnnviz.training.start import new_run
from tests.training.tiny import Act, Script, broken, tiny_run, trained

PAUSE, RESUME, STEP, STOP, EPOCH = (Command(verb) for verb in ("pause", "resume", "step", "stop", "epoch"))


def change(**settings: Any) -> Command:
    return Command("change", settings=settings)


def with_session(run: Run, *acts: Any) -> Script:
    """Train by a script whose functions are given the session."""
    script = Script()
    session = Session(run, script)
    script._acts = iter([act if act is None or isinstance(act, Command) else lambda a=act: a(session) for act in acts])
    session.train()
    return script


class TestChange:
    def test_it_is_written_saved_and_holds_from_the_next_step(self) -> None:
        run = tiny_run(batch_size=32, epochs=4)  # 160 steps, saved at 8, 16 and so on
        rates: list[float] = []

        def look(session: Session) -> None:
            rates.append(session.keeper.optimizer.param_groups[0]["lr"])

        acts: list[Any] = [None, look] * 9
        with_session(run, *acts, change(learning_rate=0.5, weight_decay=0.01), look, None, look, STOP)
        assert rates[8:] == [0.01, 0.01, 0.5]
        assert 9 in run.steps()
        assert 9 not in snapshot_steps(160)
        told = next(event for event in run.events() if event["event"] == "changed")
        assert (told["step"], told["settings"]) == (9, {"learning_rate": 0.5, "weight_decay": 0.01})

    def test_a_new_batch_size_changes_batches_and_the_number_of_steps(self) -> None:
        run = tiny_run()
        script = trained(run, None, None, change(batch_size=128))
        assert (run.status().state, run.status().step) == ("finished", 2 + 6 + 10)
        assert run.planned_steps == 18
        assert {report.planned_steps for report in script.reports} == {10, 18}
        assert Run(run.path).planned_steps == 18
        assert run.steps() == list(range(19))

    def test_dropout_is_set_in_every_layer(self) -> None:
        found: list[float] = []
        run = tiny_run()
        with_session(
            run,
            None,
            change(dropout=0.8),
            None,
            lambda session: found.extend(module.p for module in drops(session.keeper.network)),
            STOP,
        )
        assert found == [0.8]

    def test_augmentation_begins_to_vary_the_images(self) -> None:
        plain, varied, alike = tiny_run(), tiny_run(), tiny_run()
        trained(plain)
        trained(varied, None, None, change(shift=2, noise=0.1))
        trained(alike, None, None, change(shift=2, noise=0.1))
        losses = [run.log().train_loss for run in (plain, varied, alike)]
        np.testing.assert_array_equal(losses[0][:2], losses[1][:2])
        assert (losses[0][2:] != losses[1][2:]).all()
        np.testing.assert_array_equal(losses[1], losses[2])

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"learning_rate": 100}, "Learning rate: 100 is above 10; use 1e-06 to 10."),
            ({"batch_size": 2.5}, "Batch size: 2.5 is not a whole number"),
            ({"epochs": 3}, "'epochs' is unknown; choose from learning_rate"),
        ],
    )
    def test_a_wrong_value_is_said_and_the_training_goes_on(self, settings: dict[str, Any], words: str) -> None:
        run, plain = tiny_run(), tiny_run()
        trained(plain)
        script = trained(run, None, change(**settings))
        assert [words in report.refused for report in script.reports if report.refused] == [True]
        assert run.status().state == "finished"
        assert not [event for event in run.events() if event["event"] == "changed"]
        np.testing.assert_array_equal(run.log().train_loss, plain.log().train_loss)

    def test_without_a_dropout_layer_there_is_no_dropout_to_change(self) -> None:
        spec = NetworkSpec.stack("linear", (1, 8, 8), [Flatten(), FullyConnected(out_features=10)])
        run = new_run("digits", spec, Recipe(batch_size=512, epochs=1))
        script = trained(run, None, change(dropout=0.2))
        assert [report.refused for report in script.reports if report.refused] == [
            "Dropout: this network has no dropout layer; build one with it first."
        ]

    def test_while_paused_it_waits_for_the_next_step(self) -> None:
        run = tiny_run()
        script = trained(run, None, PAUSE, change(learning_rate=0.02), RESUME)
        assert script.states == [("training", 0), ("paused", 1), ("training", 1), ("finished", 10)]


class TestEpoch:
    def test_it_goes_on_to_the_end_of_the_epoch_and_pauses(self) -> None:
        run = tiny_run()
        script = trained(run, None, EPOCH, *[None] * 4, RESUME)
        assert script.states == [("training", 0), ("paused", 5), ("training", 5), ("finished", 10)]

    def test_from_a_pause_too_and_from_the_end_of_an_epoch_to_the_next(self) -> None:
        run = tiny_run(epochs=3)
        acts: list[Act] = [None, PAUSE, EPOCH, *[None] * 4, EPOCH, *[None] * 5, RESUME]
        script = trained(run, *acts)
        assert script.states == [
            ("training", 0),
            ("paused", 1),
            ("training", 1),
            ("paused", 5),
            ("training", 5),
            ("paused", 10),
            ("training", 10),
            ("finished", 15),
        ]

    def test_with_another_batch_size_the_end_of_the_epoch_is_another(self) -> None:
        run = tiny_run()
        script = trained(run, None, EPOCH, change(batch_size=128), *[None] * 8, RESUME)
        assert ("paused", 9) in script.states

    @pytest.mark.parametrize("verb", [PAUSE, STEP])
    def test_a_pause_on_the_way_forgets_it(self, verb: Command) -> None:
        run = tiny_run()
        script = trained(run, None, EPOCH, None, verb, RESUME)
        assert [state for state, _ in script.states].count("paused") == 1
        assert run.status().state == "finished"

    def test_the_last_epoch_ends_the_training(self) -> None:
        script = trained(tiny_run(epochs=1), EPOCH)
        assert script.states == [("training", 0), ("finished", 5)]


def losses_of(run: Run, monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> list[int]:
    """Have the ends of epochs judged by these; the steps at which that was asked."""
    from cnnviz.training.keeping import Keeper

    asked: list[int] = []
    given = iter(losses)

    def loss(keeper: Keeper) -> float:
        asked.append(keeper.run.steps()[-1])
        return next(given)

    monkeypatch.setattr(Keeper, "loss", loss)
    return asked


class TestEarlyStopping:
    def test_it_ends_with_a_reason_and_keeps_the_best_epoch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = tiny_run(batch_size=128, epochs=30, early_stopping=2)  # 10 steps an epoch
        losses_of(run, monkeypatch, [0.9, 0.5, 0.7, 0.6])
        script = trained(run)
        status = run.status()
        assert (status.state, status.step) == ("finished", 40)
        assert status.reason == (
            "Early stopping after epoch 4: the validation loss has not fallen for 2 epochs. "
            "The best epoch was 2, at step 20, with 0.5."
        )
        assert script.reports[-1].reason == status.reason
        assert {10, 20, 40} <= set(run.steps())
        assert run.snapshot(40).confusion.sum() == run.record["validation_images"]
        before = {path.name for path in run.path.glob("*.safetensors")}
        trained(run)  # going on ends at once
        assert {path.name for path in run.path.glob("*.safetensors")} == before
        assert run.status().reason == status.reason

    def test_it_looks_at_all_validation_images_and_nothing_else(self) -> None:
        run = tiny_run(epochs=3, early_stopping=50)
        script = trained(run)
        session = Session(run, Script())
        session.keeper.open()
        images = session.keeper.split.validation
        with torch.no_grad():
            logits = session.keeper.network.eval()(torch.tensor(images.images))
        expected = torch.nn.functional.cross_entropy(logits, torch.tensor(images.labels)).item()
        assert session.keeper.loss() == pytest.approx(expected, rel=1e-5)
        assert script.states[-1] == ("finished", 15)

    def test_one_that_always_learns_goes_to_its_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = tiny_run(epochs=4, early_stopping=1)
        losses_of(run, monkeypatch, [0.9, 0.8, 0.7, 0.6])
        trained(run)
        assert (run.status().state, run.status().step, run.status().reason) == ("finished", 20, None)


def test_a_plateau_lowers_the_rate_from_the_next_epoch_on(monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny_run(epochs=4, schedule="plateau", patience=1, factor=0.1)
    losses_of(run, monkeypatch, [0.9, 0.9, 0.8, 0.9])
    rates: list[float] = []

    def look(session: Session) -> None:
        rates.append(session.keeper.optimizer.param_groups[0]["lr"])

    with_session(run, *[None, look] * 20)
    assert rates == pytest.approx([0.01] * 10 + [0.001] * 9)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_what_is_off_asks_for_no_validation(schedule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny_run(schedule=schedule)
    asked = losses_of(run, monkeypatch, [])
    trained(run)
    assert asked == []


def test_an_old_record_opens_with_defaults() -> None:
    """As format 1 wrote it."""
    run, plain = tiny_run(), tiny_run()
    names = ("optimizer", "learning_rate", "schedule", "batch_size", "epochs", "seed")
    for name in ("preparation", "augmentation"):
        del run.record[name]
    run.record["recipe"] = {name: run.record["recipe"][name] for name in names}
    broken(run, 3)
    trained(run)
    trained(plain)
    np.testing.assert_array_equal(run.log().train_loss, plain.log().train_loss)
