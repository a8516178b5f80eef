import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnviz.datasets import dataset
from cnnviz.plan import Judged, Plan
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, create_run, write_arrays
from cnnviz.training.history import Historian, Mark, marks, plan_of, rates
from cnnviz.training.start import new_run

STEADY = Recipe(schedule="constant", learning_rate=0.1, batch_size=10, epochs=4)
FALLING = Recipe(schedule="plateau", learning_rate=0.1, batch_size=10, epochs=10, factor=0.5, patience=2)


def plan(recipe: Recipe = STEADY, images: int = 100) -> Plan:
    return Plan(recipe, images)


def judged(*losses: float) -> tuple[Judged, ...]:
    return tuple(Judged(epoch, 10 * epoch, loss) for epoch, loss in enumerate(losses, 1))


class TestMarks:
    def test_what_a_person_changed_is_said_with_what_held_before(self) -> None:
        changed = plan().changed(5, {"learning_rate": 0.01}).changed(8, {"learning_rate": 0.5, "flip": 0.25})
        assert marks(changed) == [
            Mark(5, "Learning rate 0.01 in place of 0.1"),
            Mark(8, "Learning rate 0.5 in place of 0.01; flip 0.25 in place of 0"),
        ]

    def test_dropout_was_each_layers_own_until_it_was_changed(self) -> None:
        changed = plan().changed(5, {"dropout": 0.25}).changed(6, {"dropout": 0.5})
        assert [mark.words for mark in marks(changed)] == [
            "Dropout 0.25 in place of each layer's own",
            "Dropout 0.5 in place of 0.25",
        ]

    def test_what_was_asked_for_after_the_last_step_is_none(self) -> None:
        late = plan().changed(5, {"batch_size": 50})
        assert [mark.step for mark in marks(late.changed(30, {"learning_rate": 1}))] == [5]  # it ends before that

    def test_a_plateau_is_marked_where_the_rate_falls(self) -> None:
        falling = replace(plan(FALLING), judged=judged(1, 2, 2, 0.5, 0.6, 0.7))
        assert marks(falling) == [
            Mark(30, "Learning rate 0.05 in place of 0.1: no better validation loss for 2 epochs"),
            Mark(60, "Learning rate 0.025 in place of 0.05: no better validation loss for 2 epochs"),
        ]

    def test_an_early_end_is_marked_with_its_sentence(self) -> None:
        early = replace(plan(Recipe(early_stopping=1, batch_size=10)), judged=judged(1, 2))
        (mark,) = marks(early)
        assert (mark.step, mark.words) == (20, early.why_to_stop())
        assert "Early stopping after epoch 2" in mark.words


class TestRates:
    def test_they_are_those_of_torch_also_after_a_plateau(self) -> None:
        losses = (1.0, 2.0, 2.0, 0.5, 0.6, 0.7)
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        expected = []
        for loss in (*losses, None, None, None, None):
            expected += [optimizer.param_groups[0]["lr"]] * 10
            if loss is not None:
                schedule.step(loss)
        steps, found = rates(replace(plan(FALLING), judged=judged(*losses)))
        assert steps.tolist() == list(range(1, 101))
        np.testing.assert_allclose(found, expected, rtol=1e-6)

    def test_a_change_holds_from_its_step_on(self) -> None:
        _, found = rates(plan().changed(7, {"learning_rate": 0.02}))
        np.testing.assert_allclose(found, [0.1] * 7 + [0.02] * 33, rtol=1e-6)

    def test_of_a_long_training_there_are_few_and_those_around_a_change_are_among_them(self) -> None:
        long = plan(replace(STEADY, epochs=200), 10_000).changed(77_777, {"learning_rate": 0.02})
        steps, found = rates(long)
        assert len(steps) < 1_000
        assert (np.diff(steps) > 0).all()
        assert (steps[0], steps[-1]) == (1, 200_000)
        around = {int(step): float(rate) for step, rate in zip(steps, found, strict=True)}
        assert (around[77_777], around[77_778]) == (pytest.approx(0.1), pytest.approx(0.02))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return new_run("digits", "digits_small", Recipe(schedule="plateau", epochs=3), folder=tmp_path)


def test_the_plan_of_a_run_knows_its_images_and_the_ends_of_its_epochs(run: Run) -> None:
    assert plan_of(run).images == len(dataset("digits").split(0).train)
    assert plan_of(run).judged == ()
    write_arrays(run.step_path(20), {"weight": np.zeros(1, np.float32)}, {})
    write_arrays(run.optimizer_path(20), {"0/step": np.zeros(1, np.float32)}, {"judged": [[1, 20, 0.5]]})
    assert plan_of(run).judged == (Judged(1, 20, 0.5),)


def test_an_older_run_has_the_steps_that_it_says(run: Run) -> None:
    record = {name: value for name, value in run.record.items() if name != "training_images"}
    older = create_run(run.path.parent, record)
    assert plan_of(older).steps == plan_of(run).steps == run.planned_steps


def test_the_history_is_made_anew_only_when_there_is_something_new(run: Run) -> None:
    historian = Historian(run)
    first = historian.history(None)
    assert first.marks == ()
    assert len(first.rates) == run.planned_steps
    run.add_event("paused", 3)
    assert historian.history(None) is first
    run.add_event("changed", 3, settings={"learning_rate": 0.5})
    second = historian.history(None)
    assert [mark.step for mark in second.marks] == [3]
    assert second.rates[3] == pytest.approx(0.5)


def test_the_ends_of_epochs_follow_a_new_batch_size(run: Run) -> None:
    historian = Historian(run)
    before = historian.history(None).epoch_ends
    run.add_event("changed", int(before[0]), settings={"batch_size": 5})
    after = historian.history(None).epoch_ends
    assert after[0] == before[0]
    assert after[-1] > before[-1]
    assert after[-1] == plan_of(run).steps


@pytest.mark.parametrize(
    "event", [{"settings": {"learning_rate": 99}}, {"settings": 3, "step": 1}, {"step": "x", "settings": {"flip": 1}}]
)
def test_events_that_cannot_be_meant_leave_the_page_as_it_was(run: Run, event: dict[str, object]) -> None:
    historian = Historian(run)
    first = historian.history(None)
    line = json.dumps({"event": "changed", "step": 1, **event})
    with (run.path / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{line}{os.linesep}")
    assert historian.history(None) is first


def test_the_ends_of_epochs_are_news_of_a_snapshot(run: Run) -> None:
    historian = Historian(run)
    first = historian.history(None)
    write_arrays(run.step_path(30), {"weight": np.zeros(1, np.float32)}, {})
    ends = [[1, 10, 0.5], [2, 20, 0.6], [3, 30, 0.6], [4, 40, 0.7]]
    write_arrays(run.optimizer_path(30), {"0/step": np.zeros(1, np.float32)}, {"judged": ends})
    assert historian.history(None) is first
    assert [mark.step for mark in historian.history(30).marks] == [40]
