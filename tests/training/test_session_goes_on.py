"""A break, whatever made it, changes nothing of what a training gives."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cnnviz.augmentation import Augmentation
from cnnviz.errors import RunError
from cnnviz.optimizers import OPTIMIZERS
from cnnviz.runs import Run
from cnnviz.schedules import SCHEDULES
from cnnviz.training import keeping
from cnnviz.training.control import Command
from cnnviz.training.engine import Engine
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.here import train_here
from tests.training.tiny import assert_same_weights, broken, tiny_run, trained

STOP = Command("stop")


EVERYTHING: dict[str, Any] = {  # that a recipe can ask for at once
    "batch_size": 128,
    "epochs": 3,
    "warm_up": 4,
    "weight_decay": 0.01,
    "l1": 1e-4,
    "clip_norm": 0.5,
    "label_smoothing": 0.1,
    "early_stopping": 50,
}
ON = {
    "shift": 1,
    "rotate": 5.0,
    "scale": 0.1,
    "flip": 0.5,
    "crop": 0.1,
    "brightness": 0.2,
    "noise": 0.05,
    "cutout": 0.2,
}
SHORT = {"plateau": {"patience": 1}, "step": {"step_every": 6}}


def assert_same_run(whole: Run, cut: Run) -> None:
    """All that both have saved, to the last bit."""
    assert whole.status() == cut.status()
    both = set(whole.steps()) & set(cut.steps())
    assert {0, whole.steps()[-1]} <= both
    for step in both:
        assert_same_weights(whole, cut, step)
    for name in ("train_step", "train_loss", "train_accuracy"):
        np.testing.assert_array_equal(getattr(whole.log(), name), getattr(cut.log(), name), err_msg=name)


@contextmanager
def dying_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As with a kill just before the snapshot of a step is there."""
    write = keeping.write_snapshot

    def die(path: Path, *given: object) -> None:
        if path.name == f"step-{step:08d}.safetensors":
            raise EOFError
        write(path, *given)

    with monkeypatch.context() as patched:
        patched.setattr(keeping, "write_snapshot", die)
        with pytest.raises(EOFError):
            yield


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_after_a_break_the_weights_are_those_without_one(optimizer: str, schedule: str) -> None:
    whole, cut = (tiny_run(optimizer=optimizer, schedule=schedule, seed=4) for _ in range(2))
    trained(whole)
    broken(cut, 3)
    trained(cut, *[None] * 4, STOP)
    torch.manual_seed(77)
    trained(cut)
    assert cut.status().state == "finished"
    for step in whole.steps():
        assert_same_weights(whole, cut, step)
    for name, column in whole.log().arrays().items():
        np.testing.assert_array_equal(column, getattr(cut.log(), name), err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_with_all_a_recipe_can_ask_for_too(optimizer: str, schedule: str) -> None:
    """Dropout and batch norm are in the network, all of augmentation is on, and things are changed on the way."""
    changes = EVERYTHING | SHORT.get(schedule, {}) | {"optimizer": optimizer, "schedule": schedule}
    whole, cut = (tiny_run(augmentation=Augmentation(**ON), **changes) for _ in range(2))
    change = Command("change", settings={"batch_size": 64, "dropout": 0.1, "noise": 0.0})
    later = [Command("change", settings={"learning_rate": 0.02, "weight_decay": 0.1, "shift": 0})]
    trained(whole, *[None] * 14, change, *[None] * 11, *later)
    broken(cut, 6)
    broken(cut, 8, change, None, None)
    broken(cut, 3)
    torch.manual_seed(77)
    trained(cut, *[None] * 6, *later)
    assert whole.planned_steps == cut.planned_steps == 10 + 4 + 12 + 20
    assert_same_run(whole, cut)


def test_a_change_without_its_snapshot_is_made_again_at_its_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill between the two, with much of what a recipe can ask for."""
    recipe = EVERYTHING | {"batch_size": 2, "epochs": 2, "schedule": "plateau", "patience": 1, "optimizer": "adamw"}
    whole, cut = (tiny_run(augmentation=Augmentation(**ON), **recipe) for _ in range(2))
    change = Command("change", settings={"batch_size": 64, "dropout": 0.1, "noise": 0.0})
    trained(whole, *[None] * 40, change)
    with dying_at(40, monkeypatch):
        trained(cut, *[None] * 40, change)
    assert cut.steps()[-1] == 32
    trained(cut)
    assert whole.planned_steps == cut.planned_steps == 40 + 19 + 20
    assert_same_run(whole, cut)


def test_an_early_end_comes_where_it_would_have() -> None:
    """Nothing is learnt at this rate, so that the first epoch stays the best."""
    recipe = {"batch_size": 128, "epochs": 20, "early_stopping": 3, "learning_rate": 1e-6, "optimizer": "sgd"}
    whole, cut = tiny_run(**recipe), tiny_run(**recipe)
    trained(whole)
    broken(cut, 25)
    trained(cut)
    assert whole.status().step < whole.planned_steps
    assert "Early stopping" in str(whole.status().reason)
    assert_same_run(whole, cut)


def test_steps_that_were_not_saved_are_taken_again() -> None:
    whole, cut = (tiny_run(batch_size=2, epochs=1) for _ in range(2))
    trained(whole, *[None] * 64, STOP)
    broken(cut, 40)
    assert (cut.status().state, cut.status().step) == ("interrupted", 32)
    script = trained(cut, *[None] * 32, STOP)
    assert [row for report in script.reports for row in report.log.train_step.tolist()] == list(range(33, 65))
    assert_same_weights(whole, cut, 64)


def test_an_optimizer_state_without_its_snapshot_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill between the two files of a step."""
    whole, cut = tiny_run(), tiny_run()
    trained(whole)
    with dying_at(6, monkeypatch):
        trained(cut)
    assert cut.optimizer_path(6).exists()
    assert cut.optimizer_path(5).exists()
    trained(cut)
    assert_same_weights(whole, cut, 10)


def test_a_damaged_last_snapshot_is_said() -> None:
    run = tiny_run()
    trained(run, None, STOP)
    run.step_path(1).write_bytes(b"garbled")
    with pytest.raises(RunError, match=r"step-00000001\.safetensors .* is damaged"):
        trained(run)


def test_a_finished_one_stays_as_it_is() -> None:
    run = tiny_run()
    trained(run)
    before = {path.name: path.stat().st_mtime_ns for path in run.path.glob("*.safetensors")}
    trained(run)
    assert before == {path.name: path.stat().st_mtime_ns for path in run.path.glob("*.safetensors")}
    assert run.status().state == "finished"


def test_a_step_that_diverges_leaves_all_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the running statistics of batch norm, which the way forward changes before anything is known of the loss."""
    whole, cut = (tiny_run(batch_size=2, epochs=1) for _ in range(2))
    trained(whole, *[None] * 40, STOP)
    gradients, left = Engine.gradients, iter([*[1.0] * 40, float("inf")])
    monkeypatch.setattr(Engine, "gradients", lambda self, batch, *more: gradients(self, batch * next(left), *more))
    trained(cut)
    assert (cut.status().state, cut.steps()[-1]) == ("failed", 40)
    assert_same_weights(whole, cut, 40)


class TestCtrlC:
    """It comes in the middle of step 41, when the weights are those of after it and nothing else is."""

    @pytest.fixture(autouse=True)
    def heard(self) -> Iterator[None]:
        """As in a terminal: a shell that starts something in the background has it ignore Ctrl-C."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @staticmethod
    def press(monkeypatch: pytest.MonkeyPatch, *, times: int, at: int = 41) -> None:
        step, count = FlatOptimizer.step, iter(range(1, 10_000))

        def interrupted(self: FlatOptimizer) -> None:
            step(self)
            if next(count) == at:
                for _ in range(times):
                    signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(FlatOptimizer, "step", interrupted)

    def test_it_waits_for_the_end_of_the_step(self, monkeypatch: pytest.MonkeyPatch) -> None:
        whole, cut = (tiny_run(batch_size=2, epochs=1) for _ in range(2))
        trained(whole, *[None] * 41, STOP)
        self.press(monkeypatch, times=1)
        with pytest.raises(KeyboardInterrupt):
            train_here(cut)
        assert (cut.status().state, cut.steps()[-1]) == ("stopped", 41)
        assert_same_weights(whole, cut, 41)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_a_second_one_does_not_wait_and_saves_nothing_half(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = tiny_run(batch_size=2, epochs=1)
        self.press(monkeypatch, times=2)
        with pytest.raises(KeyboardInterrupt):
            train_here(run)
        assert (run.status().state, run.steps()[-1]) == ("stopped", 32)

    def test_in_the_last_step_it_is_not_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run = tiny_run()
        self.press(monkeypatch, times=1, at=10)
        with pytest.raises(KeyboardInterrupt):
            train_here(run)
        assert run.status().state == "finished"
