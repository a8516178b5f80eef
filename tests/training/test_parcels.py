import shutil
from pathlib import Path

import numpy as np
import pytest

from cnnviz.runs import Run
from cnnviz.training.control import Command, Report
from cnnviz.training.parcels import Changes, Parcel, to_go_on
from cnnviz.training.session import Session
from tests.training.tiny import Script, assert_same_weights, tiny_run, trained


def moved(run: Run, folder: Path) -> Run:
    """The run as another machine gets it."""
    target = folder / run.id
    target.mkdir()
    for name, content in to_go_on(run).items():
        (target / name).write_bytes(content)
    return Run(target)


def test_what_is_sent_is_enough_to_go_on_and_no_more(tmp_path: Path) -> None:
    run, whole = tiny_run(), tiny_run()
    trained(whole)
    trained(run, *[None] * 7, Command("stop"))
    run.rename("Mine")
    there = moved(run, tmp_path)
    assert there.steps() == [7]
    assert there.optimizer_path(7).exists()
    assert there.label == there.id
    assert not (there.path / "lock").exists()
    trained(there)
    assert_same_weights(there, whole, 10)


def test_changes_bring_the_folder_up_to_date_from_any_instant(tmp_path: Path) -> None:
    """After every parcel, the folder that gets them holds what is needed to go on to the same numbers."""
    run, whole = tiny_run(), tiny_run()
    trained(whole)
    there = moved(run, tmp_path)
    changes, parcels = Changes(there.path), []

    class Looking(Script):
        def send(self, report: Report) -> None:
            parcels.append(Parcel())
            changes.since(parcels[-1])

    Session(there, Looking()).train()
    Looking().send(Report("finished", 10))
    assert sum(bool(parcel.files) for parcel in parcels) > 3
    for number, parcel in enumerate(parcels):
        for name, content in parcel.files.items():  # who unpacks may be killed between two of them
            Parcel(files={name: content}).unpack(run)
            assert all(run.optimizer_path(step).exists() for step in run.steps()[-1:])
        parcel.unpack(run)
        for step in run.steps():
            assert run.snapshot(step).step == step
        if number % 4 == 1:
            copy = Run(shutil.copytree(run.path, tmp_path / f"copy-{number}" / run.id))
            trained(copy)
            assert_same_weights(copy, whole, 10)
    assert run.steps() == whole.steps() == there.steps()
    assert run.status().state == "finished"
    assert [event["event"] for event in run.events()] == ["created", "started", "finished"]
    assert len(list(run.path.glob("optimizer-*"))) == 1
    for name, column in whole.log().arrays().items():
        np.testing.assert_array_equal(column, getattr(run.log(), name), err_msg=name)


def test_a_step_waits_until_it_is_whole(tmp_path: Path) -> None:
    """As a look may find the folder while a snapshot is being written: a listing is not of one instant."""
    (tmp_path / "events.jsonl").touch()
    for name in ("optimizer-00000001", "step-00000001"):
        (tmp_path / f"{name}.safetensors").touch()
    changes = Changes(tmp_path)

    def seen() -> tuple[list[str], list[str]]:
        parcel = Parcel()
        changes.since(parcel)
        return [name.partition(".")[0] for name in parcel.files], parcel.removed

    (tmp_path / "step-00000002.safetensors").touch()
    (tmp_path / "optimizer-00000001.safetensors").unlink()
    (tmp_path / "live.safetensors").touch()
    assert seen() == (["live"], [])
    (tmp_path / "optimizer-00000002.safetensors").touch()
    assert sorted(seen()[0]) == ["optimizer-00000002", "step-00000002"]
    (tmp_path / "step-00000003.safetensors").touch()
    (tmp_path / "optimizer-00000003.safetensors").touch()
    (tmp_path / "optimizer-00000002.safetensors").unlink()
    assert seen()[1] == ["optimizer-00000002.safetensors"]


def test_what_is_taken_away_while_it_is_looked_at_is_seen_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "events.jsonl").touch()
    changes, parcel = Changes(tmp_path), Parcel()
    for name in ("optimizer-00000001.safetensors", "step-00000001.safetensors"):
        (tmp_path / name).touch()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Path, "read_bytes", lambda path: path.with_name("gone").open("rb").read())
        changes.since(parcel)
    assert parcel == Parcel()
    changes.since(parcel)
    assert len(parcel.files) == 2


def test_of_a_file_that_changed_twice_the_last_is_sent(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").touch()
    changes, parcel = Changes(tmp_path), Parcel()
    for content in (b"first", b"the second"):
        (tmp_path / "live.safetensors").write_bytes(content)
        changes.since(parcel)
    assert parcel.files == {"live.safetensors": b"the second"}
    (tmp_path / "live.safetensors").unlink()
    changes.since(parcel)
    run = tiny_run()
    parcel.unpack(run)
    assert not run.live_path.exists()


def test_a_folder_that_is_gone_is_not_made_again() -> None:
    run = tiny_run()
    shutil.rmtree(run.path)
    with pytest.raises(OSError, match="No such file"):
        Parcel(files={"live.safetensors": b""}).unpack(run)
    assert not run.path.exists()
