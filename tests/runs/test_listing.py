"""Runs at a glance: quick because little is read, and never older than the files."""

import json
import os
from pathlib import Path

import pytest

from cnnviz.errors import RunError
from cnnviz.runs import Damaged, Entry, Run, list_entries, listing
from tests.runs.conftest import MakeRun


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything counts as unchanged for long: a change is seen by its own time or not at all."""
    monkeypatch.setattr(listing, "SETTLED", -(10**18))


def one(folder: Path) -> Entry:
    (entry,) = list_entries(folder)
    assert isinstance(entry, Entry)
    return entry


def test_what_it_says_of_a_run(make_run: MakeRun, runs_folder: Path) -> None:
    run = make_run((0, 1, 4))
    run.rename("Mine")
    run.annotate("A note.")
    run.add_event("finished", 4)
    entry = one(runs_folder)
    assert (entry.id, entry.label, entry.note, entry.step, entry.saved) == (run.id, "Mine", "A note.", 4, 3)
    assert entry.accuracy == 0.5
    assert entry.status.state == "finished"


def test_of_each_run_only_the_last_snapshot_is_read_and_that_once(
    make_run: MakeRun, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run((0, 1, 4))
    run.add_event("finished", 4)
    opened: list[str] = []
    read = listing.read_log
    monkeypatch.setattr(listing, "read_log", lambda path: (opened.append(path.name), read(path))[1])
    for _ in range(3):
        list_entries(runs_folder)
    assert opened == ["step-00000004.safetensors"]


def later(path: Path) -> None:
    """As if the file had been changed a second after the last look."""
    about = path.stat()
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns + 10**9))


@pytest.mark.parametrize("change", ["name", "note", "event", "record", "snapshot", "damage"])
def test_every_change_is_seen(make_run: MakeRun, runs_folder: Path, change: str) -> None:
    run = make_run((0, 1))
    run.add_event("stopped", 1)
    before = one(runs_folder)
    match change:
        case "name":
            run.rename("Other")
            later(run.path)
            assert one(runs_folder).label == "Other"
        case "note":
            run.annotate("Other")
            later(run.path)
            assert one(runs_folder).note == "Other"
        case "event":
            run.add_event("finished", 1)
            assert one(runs_folder).status.state == "finished"
        case "record":
            (run.path / "run.json").write_text(json.dumps(run.record | {"dataset": "faces", "more": 1}))
            assert one(runs_folder).run.record["dataset"] == "faces"
        case "snapshot":
            run.step_path(1).rename(run.step_path(3))
            later(run.path)
            assert one(runs_folder).step == 3
        case "damage":
            run.step_path(1).write_bytes(b"half")
            assert isinstance(list_entries(runs_folder)[0], Damaged)
    assert before.label == run.id


def test_one_that_trains_is_asked_for_its_state_each_time(make_run: MakeRun, runs_folder: Path) -> None:
    run = make_run((0,))
    run.add_event("started", 0)
    entry = one(runs_folder)
    assert entry.status.state == "interrupted"
    with run.lock():
        assert one(runs_folder).status.state == entry.status.state == "training"


def test_what_is_gone_is_forgotten(make_run: MakeRun, runs_folder: Path) -> None:
    run = make_run((0,))
    one(runs_folder)
    assert run.path in listing._known
    run.path.rename(runs_folder.parent / "elsewhere")
    assert list_entries(runs_folder) == []
    assert run.path not in listing._known


def test_a_change_just_after_a_look_is_seen_on_a_coarse_clock(
    make_run: MakeRun, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    run = make_run((0,))
    for name in ("one", "two", "three", "four"):
        run.rename(name)
        assert one(runs_folder).label == name


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"The folder for runs .*none cannot be read: No such file or directory"):
        list_entries(tmp_path / "none")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", True),
        ("mine", True),
        ("DIGITS tiny", True),
        ("fast finished", True),
        ("fast slow", False),
        ("interrupted", False),
    ],
)
def test_every_word_must_be_there(make_run: MakeRun, runs_folder: Path, words: str, found: bool) -> None:
    run = make_run((0,))
    run.rename("Mine")
    run.annotate("Learned fast.")
    assert one(runs_folder).matches(words, "finished") is found


class TestNotes:
    def test_a_note_is_kept_whole_and_may_be_emptied(self, make_run: MakeRun) -> None:
        run = make_run(())
        assert run.note == ""
        run.annotate("  Zwölf\n\nZeilen ")
        assert Run(run.path).note == "Zwölf\n\nZeilen"
        run.annotate(" ")
        assert run.note == ""

    def test_one_that_is_too_long_leaves_the_old_one(self, make_run: MakeRun) -> None:
        run = make_run(())
        run.annotate("before")
        with pytest.raises(RunError, match="A note has up to 2,000 characters; received 2,001"):
            run.annotate("a" * 2_001)
        assert run.note == "before"

    def test_a_full_disk_leaves_the_old_name_and_note(self, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
        run = make_run(())
        run.annotate("before")
        run.rename("before")

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_text", full)
        for write, name in ((run.annotate, "note"), (run.rename, "name")):
            with pytest.raises(RunError, match=rf"{name}\.txt of {run.id} cannot be written: No space left"):
                write("after")
        assert (run.note, run.label) == ("before", "before")
