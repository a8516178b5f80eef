from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import RunError
from cnnviz.runs import Run, copy_run, write_arrays
from cnnviz.runs.logs import thin_step
from tests.runs.conftest import RECORD, MakeRun

RECIPE = {"seed": 0, "learning_rate": 0.01, "optimizer": "adam", "nesterov": False}


@pytest.fixture
def trained(make_run: MakeRun) -> Run:
    """Three snapshots, the optimizer's state at the last."""
    run = make_run((0, 1, 4), recipe=RECIPE, owner="a" * 64, augmentation={"shift": 0})
    write_arrays(run.optimizer_path(4), {"0/step": np.ones(1, np.float32)}, {"step": 4})
    return run


def what(run: Run) -> str:
    sentence: str = run.record["parent"]["what"]
    return sentence


class TestFromTheStart:
    def test_it_is_the_same_but_for_what_was_changed(self, trained: Run, runs_folder: Path) -> None:
        twin = copy_run(trained, runs_folder, {"recipe.learning_rate": 0.1, "group": "g1", "owner": "b" * 64})
        own = ("created", "parent", "owner", "group", "recipe")
        assert {name: value for name, value in twin.record.items() if name not in own} == {
            name: value for name, value in trained.record.items() if name not in own
        }
        assert twin.record["recipe"] == {**RECIPE, "learning_rate": 0.1}
        assert (twin.owner, twin.record["group"]) == ("b" * 64, "g1")
        assert (twin.steps(), twin.status().step) == ([], 0)
        assert twin.id != trained.id
        assert twin.record["parent"]["run"] == trained.id
        assert twin.record["parent"]["step"] is None
        assert what(twin) == f"As {trained.label}, with learning rate 0.1 in place of 0.01."

    def test_the_other_stays_as_it_is(self, trained: Run, runs_folder: Path) -> None:
        before = {path.name: path.read_bytes() for path in trained.path.iterdir()}
        copy_run(trained, runs_folder, {"recipe.seed": 5, "classes": ["1", "2"]})
        assert {path.name: path.read_bytes() for path in trained.path.iterdir()} == before
        assert trained.record["recipe"]["seed"] == 0

    def test_whose_it_was_and_its_group_are_not_taken_along(self, trained: Run, runs_folder: Path) -> None:
        first = copy_run(trained, runs_folder, {"group": "g1"})
        assert first.owner is None
        assert "group" not in copy_run(first, runs_folder).record

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({}, "with nothing changed."),
            ({"recipe.nesterov": True}, "with nesterov yes in place of no."),
            ({"recipe.momentum": 0.9}, "with momentum 0.9 in place of none."),
            (
                {"recipe.batch_size": 8, "planned_steps": 90, "steps_per_epoch": 9},
                "with batch size 8 in place of none.",  # the steps only follow
            ),
            ({"augmentation.shift": 2, "recipe.seed": 1}, "with seed 1 in place of 0; shift 2 in place of 0."),
            (
                {"network": {"name": "larger", "layers": [{}, {}]}},
                "with network larger (2 layers) in place of tiny (0 layers).",
            ),
            ({"classes": ["0", "1", "2"]}, "with classes 0, 1, 2 in place of 0, 1."),
        ],
    )
    def test_what_differs_is_said(self, trained: Run, runs_folder: Path, changes: dict[str, Any], said: str) -> None:
        assert what(copy_run(trained, runs_folder, changes)) == f"As {trained.label}, {said}"


class TestFromAStep:
    def test_it_has_the_log_and_weights_up_to_there(self, trained: Run, runs_folder: Path) -> None:
        copy = copy_run(trained, runs_folder, step=1)
        assert copy.steps() == [0, 1]
        assert copy.log().train_step.tolist() == [1]
        for step in (0, 1):
            assert copy.step_path(step).read_bytes() == trained.step_path(step).read_bytes()
        assert copy.record["parent"]["step"] == 1

    def test_the_optimizer_goes_on_where_its_state_was_kept(self, trained: Run, runs_folder: Path) -> None:
        copy = copy_run(trained, runs_folder, step=4)
        assert copy.optimizer_path(4).read_bytes() == trained.optimizer_path(4).read_bytes()
        assert what(copy) == f"From step 4 of {trained.label}, with nothing changed."

    @pytest.mark.parametrize(("step", "changes"), [(1, {}), (4, {"recipe.optimizer": "sgd"})])
    def test_else_it_is_said_that_it_begins_anew(
        self, trained: Run, runs_folder: Path, step: int, changes: dict[str, Any]
    ) -> None:
        copy = copy_run(trained, runs_folder, changes, step=step)
        assert list(copy.path.glob("optimizer-*")) == []
        assert what(copy).endswith(f"The optimizer begins anew: its state at step {step} is not there.")

    def test_thinned_steps_leave_their_rows(self, trained: Run, runs_folder: Path) -> None:
        thin_step(trained.path, 1)
        copy = copy_run(trained, runs_folder, step=4)
        assert copy.steps() == [0, 4]
        assert copy.log().train_step.tolist() == [1, 2, 3, 4]

    def test_what_changed_on_the_way_comes_along_and_more_may_change_from_there(
        self, trained: Run, runs_folder: Path
    ) -> None:
        for step, rate in ((2, 0.5), (4, 0.25), (9, 0.125)):
            trained.add_event("changed", step, settings={"learning_rate": rate})
        copy = copy_run(trained, runs_folder, step=4, onward={"learning_rate": 0.001})
        events = [event for event in copy.events() if event["event"] == "changed"]
        assert [(event["step"], event["settings"]["learning_rate"]) for event in events] == [(2, 0.5), (4, 0.001)]
        assert what(copy) == f"From step 4 of {trained.label}, with learning rate 0.001 from there on."
        assert copy.record["recipe"] == RECIPE

    def test_what_changed_at_the_step_itself_holds_from_there_on(self, trained: Run, runs_folder: Path) -> None:
        """As in the run that is copied, but for what is to differ."""
        trained.add_event("changed", 4, settings={"learning_rate": 0.25, "batch_size": 8}, planned_steps=77)
        copy = copy_run(trained, runs_folder, step=4, onward={"learning_rate": 0.001})
        held = [event["settings"] for event in copy.events() if event["event"] == "changed"]
        assert held == [{"batch_size": 8}, {"learning_rate": 0.001}]
        assert copy.planned_steps == 77

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({"network": {"name": "other", "layers": []}}, "network"),
            ({"recipe.seed": 1}, "seed"),
            ({"dataset": "faces", "classes": ["a", "b"]}, "dataset and the classes"),
            ({"preparation.size": 9}, "size"),
        ],
    )
    def test_what_the_weights_stand_on_cannot_be_changed(
        self, trained: Run, runs_folder: Path, changes: dict[str, Any], named: str
    ) -> None:
        before = sorted(runs_folder.iterdir())
        with pytest.raises(RunError, match=f"step 4 stand on the {named}; to change that, copy from the start"):
            copy_run(trained, runs_folder, changes, step=4)
        assert sorted(runs_folder.iterdir()) == before

    def test_a_step_that_is_not_saved_is_said(self, trained: Run, runs_folder: Path) -> None:
        with pytest.raises(RunError, match=r"Step 3 of .* is not saved"):
            copy_run(trained, runs_folder, step=3)
        with pytest.raises(RunError, match="need a saved step to begin at"):
            copy_run(trained, runs_folder, onward={"learning_rate": 0.1})


def test_a_disk_that_is_full_leaves_nothing_half_there(
    trained: Run, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(RunError, match=r"No run can be written into .*: No space left on device"):
        copy_run(trained, runs_folder, step=4)
    assert [path.name for path in runs_folder.iterdir()] == [trained.id]


def test_a_network_with_a_name_of_a_persons_own_makes_an_id(make_run: MakeRun, runs_folder: Path) -> None:
    run = make_run((), network=RECORD["network"] | {"name": "../Mein Netz/ü"})
    assert run.path.parent == runs_folder
    assert Run(run.path).record["network"]["name"] == "../Mein Netz/ü"
