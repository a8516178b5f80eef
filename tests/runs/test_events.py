"""What happened to a run, read from whatever stands there, and written where it can be."""

import json
from pathlib import Path
from typing import Any

import pytest

from cnnviz.errors import RunError, StorageError
from cnnviz.runs import Run, list_entries, listing
from cnnviz.runs.folder import delete_run, tidy, undo_delete
from tests.runs.conftest import MakeRun

ODD: list[Any] = [
    {"event": ["x"]},
    {"event": None},
    {"step": 3},
    {"event": "failed", "step": "abc"},
    {"event": "failed", "step": None},
    {"event": "failed", "reason": {"a": 1}},
    {"event": "changed"},
    {"event": "changed", "step": 5},
    {"event": "changed", "step": 2.5, "settings": {"batch_size": 8}},
    {"event": "changed", "step": 5, "settings": 3},
    {"event": "started", "planned_steps": "many"},
    {"event": "started", "planned_steps": None},
    {"event": "parked", "pace": "quick"},
    {"event": "stopped", "time": "today"},
    "a text",
]


@pytest.mark.parametrize("odd", ODD, ids=json.dumps)
def test_what_cannot_be_meant_is_left_out(odd: Any, make_run: MakeRun) -> None:
    run = make_run((0, 1))
    run.add_event("finished", 1)
    before, status = run.events(), run.status()
    with (run.path / "events.jsonl").open("a") as file:
        file.write(json.dumps(odd) + "\n")
    assert run.events() == before
    assert (run.status(), run.planned_steps) == (status, run.record["planned_steps"])


class TestWhatCannotBeWritten:
    """A sentence and no bare error; a folder in the way of a file does what a closed one would, for root too."""

    def test_an_event(self, make_run: MakeRun) -> None:
        run = make_run()
        (run.path / "events.jsonl").unlink(missing_ok=True)
        (run.path / "events.jsonl").mkdir()
        with pytest.raises(StorageError, match=rf"events\.jsonl of {run.id} cannot be written: Is a directory"):
            run.add_event("started", 0)

    def test_a_lock(self, make_run: MakeRun) -> None:
        run = make_run()
        (run.path / "lock").unlink(missing_ok=True)
        (run.path / "lock").mkdir()
        with pytest.raises(StorageError, match=f"{run.id} cannot be written to: Is a directory"), run.lock():
            pass
        assert not run.is_locked()

    def test_what_happens_under_a_lock_is_said_as_it_is(self, make_run: MakeRun) -> None:
        with pytest.raises(OSError, match="own"), make_run().lock():
            raise OSError("own")

    def test_the_bin(self, make_run: MakeRun) -> None:
        run = make_run()
        (run.path.parent / ".bin").touch()
        with pytest.raises(RunError, match=f"{run.id} cannot be moved: File exists"):
            delete_run(run.id, run.path.parent)
        (run.path.parent / ".bin").unlink()
        delete_run(run.id, run.path.parent)
        run.path.mkdir()
        (run.path / "in the way").touch()
        with pytest.raises(RunError, match=f"{run.id} cannot be moved: Directory not empty"):
            undo_delete(run.id, run.path.parent)


def test_what_goes_while_we_tidy_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / ".bin").mkdir()
    (tmp_path / ".bin" / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / ".new-gone").symlink_to(tmp_path / "nowhere")
    tidy(tmp_path, keep_days=-1)


def test_a_listing_is_not_disturbed_by_another(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of several people list at once, and whoever reads a run for the first time adds it to what is known."""

    class Watched(dict[Path, Any]):
        def __iter__(self) -> Any:
            assert listing._lock.locked()
            return super().__iter__()

    run: Run = make_run()
    monkeypatch.setattr(listing, "_known", Watched())
    assert len(list_entries(run.path.parent)) == 1
