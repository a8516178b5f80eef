"""A run as one file: there and back, and whatever else somebody sends."""

import io
import json
import stat
import struct
import zipfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.errors import NetworkError, RunError
from cnnviz.runs import Run, delete_run, import_run, write_archive, write_arrays
from cnnviz.runs.archive import LARGEST
from tests.runs.conftest import MakeRun

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def run(make_run: MakeRun) -> Run:
    made = make_run((0, 1, 4), owner="a" * 64)
    made.rename("Mine")
    made.annotate("A note.")
    made.add_event("finished", 4)
    write_arrays(made.optimizer_path(4), {"0/step": np.ones(1, np.float32)}, {"step": 4})
    for name in ("live.safetensors", "lock", "stray.txt"):
        (made.path / name).write_bytes(b"none of it")
    return made


def packed(run: Run) -> Path:
    write_archive(run, run.path.parent.parent / "run.zip")
    return run.path.parent.parent / "run.zip"


def files(run: Run) -> dict[str, bytes]:
    """What stands in a run's file, by name within its folder."""
    with zipfile.ZipFile(packed(run)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def zipped(content: dict[str, bytes], folder: str = "other-abc234/", kind: int = zipfile.ZIP_STORED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, data in content.items():
            archive.writestr(f"{folder}{name}", data)
    return file


def assert_refused(file: Any, folder: Path, words: str, **more: Any) -> None:
    """With a sentence, and as if it had never come."""
    before = sorted(str(path) for path in folder.parent.rglob("*"))
    with pytest.raises(RunError, match=words):
        import_run(file, folder, name="sent.zip", **more)
    assert sorted(str(path) for path in folder.parent.rglob("*")) == before


class TestThereAndBack:
    def test_it_is_the_same_run_under_its_id(self, run: Run, runs_folder: Path, tmp_path: Path) -> None:
        (tmp_path / "others").mkdir()
        again = import_run(packed(run), tmp_path / "others", owner="b" * 64)
        assert again.path == tmp_path / "others" / run.id
        assert again.record == run.record | {"owner": "b" * 64}
        assert (again.label, again.note, again.steps()) == ("Mine", "A note.", [0, 1, 4])
        assert again.status().state == "finished"
        parts = {path.name for path in again.path.iterdir()}
        assert parts == {
            *("run.json", "events.jsonl", "name.txt", "note.txt", "optimizer-00000004.safetensors"),
            *(f"step-{step:08d}.safetensors" for step in (0, 1, 4)),
        }
        for name in parts - {"run.json"}:
            assert (again.path / name).read_bytes() == (run.path / name).read_bytes()

    def test_an_id_that_is_taken_is_left_to_who_has_it(self, run: Run, runs_folder: Path) -> None:
        again = import_run(packed(run), runs_folder)
        assert again.id != run.id
        assert again.id.startswith("tiny-")
        assert again.owner is None
        assert again.log().train_loss.tolist() == run.log().train_loss.tolist()

    def test_an_id_in_the_bin_is_taken_too(self, run: Run, runs_folder: Path) -> None:
        file = packed(run)
        delete_run(run.id, runs_folder)
        assert import_run(file, runs_folder).id != run.id

    def test_a_file_without_a_folder_and_one_that_was_packed_anew(self, run: Run, runs_folder: Path) -> None:
        for folder in ("", "other-abc234/"):
            again = import_run(zipped(files(run), folder, zipfile.ZIP_DEFLATED), runs_folder)
            assert again.log().train_loss.tolist() == run.log().train_loss.tolist()
        assert again.id == "other-abc234"

    def test_a_run_without_a_step_and_one_with_thinned_steps(self, make_run: MakeRun, runs_folder: Path) -> None:
        from cnnviz.runs.logs import thin_step

        assert import_run(packed(make_run(())), runs_folder).steps() == []
        thinned = make_run((0, 1, 4))
        thin_step(thinned.path, 1)
        again = import_run(packed(thinned), runs_folder)
        assert again.steps() == [0, 4]
        assert again.log().train_step.tolist() == [1, 2, 3, 4]

    def test_words_are_cut_to_their_bounds(self, run: Run, runs_folder: Path) -> None:
        long = files(run) | {"name.txt": b"a\nb " + b"c" * 90, "note.txt": b"\xff" + b"n" * 3_000}
        again = import_run(zipped(long), runs_folder)
        assert again.label == "a b " + "c" * 56
        assert len(again.note) == 2_000

    def test_what_only_a_network_can_tell_is_asked_before_it_appears(self, run: Run, runs_folder: Path) -> None:
        seen: list[Run] = []

        def check(made: Run) -> None:
            seen.append(made)
            assert made.steps() == [0, 1, 4]
            assert not (runs_folder / "other-abc234").exists()
            raise NetworkError(f"{made.id} is strange.")

        assert_refused(
            zipped(files(run)), runs_folder, r"sent\.zip was not taken: other-abc234 is strange", check=check
        )
        assert len(seen) == 1


def without(*names: str) -> Change:
    return lambda content: [content.pop(name) for name in names] and None


def with_file(name: str, data: bytes) -> Change:
    return lambda content: content.update({name: data})


def with_record(**changes: Any) -> Change:
    def change(content: dict[str, bytes]) -> None:
        content["run.json"] = json.dumps(json.loads(content["run.json"]) | changes).encode()

    return change


STEP = "step-00000001.safetensors"


def moved(content: dict[str, bytes]) -> None:
    content["step-00000002.safetensors"] = content.pop(STEP)


def uneven(content: dict[str, bytes]) -> None:
    from safetensors.numpy import load, save

    arrays = load(content[STEP])
    header = json.loads(content[STEP][8 : 8 + struct.unpack("<Q", content[STEP][:8])[0]])["__metadata__"]
    content[STEP] = save(arrays | {"log/train_loss": np.zeros(7, np.float32)}, header)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("run.json"), "no file of one run: it needs one folder with a run.json"),
        (with_file("evil.py", b"print()"), "holds 'other-abc234/evil.py', which is no part of a run"),
        (with_file("weights.pkl", b"\x80\x04."), "weights.pkl', which is no part of a run"),
        (with_file("../../evil", b"1"), "which is no part of a run"),
        (with_file("sub/run.json", b"{}"), "which is no part of a run"),
        (with_file(".bin/run.json", b"{}"), "which is no part of a run"),
        (with_file("lock", b""), "which is no part of a run"),
        (with_file("step-1.safetensors", b"1"), "which is no part of a run"),
        (with_file("run.json", b"{"), "run.json in sent.zip cannot be read"),
        (with_file("run.json", b"[" * 100_000), "run.json in sent.zip cannot be read"),
        (with_file("run.json", b"[]"), "describes no network, and so no run"),
        (with_file("run.json", b"{}"), "describes no network"),
        (with_record(network={}), "describes no network"),
        (with_record(network={"name": ["a"]}), "describes no network"),
        (with_record(format=99), "has format 99, and this cnnviz reads up to"),
        (with_record(planned_steps="many"), "lacks planned_steps"),
        (with_file(STEP, b"\x80\x04K\x01."), f"{STEP} of other-abc234"),
        (with_file(STEP, b""), f"{STEP} of other-abc234 is damaged"),
        (with_file(STEP, struct.pack("<Q", 1 << 40) + b"{}"), "says that it holds more than any step does"),
        (with_file("optimizer-00000004.safetensors", b"1234567890"), "optimizer-00000004"),
        (moved, "of another step than its name says"),
        (uneven, "columns of different lengths"),
        (with_file("note.txt", b" " * (33 * 2**20)), "a text of more than"),
    ],
)
def test_what_is_no_run_is_refused_in_a_sentence(run: Run, runs_folder: Path, change: Change, words: str) -> None:
    content = files(run)
    change(content)
    assert_refused(zipped(content), runs_folder, words)


@pytest.mark.parametrize(
    "name",
    [
        "../evil/run.json",
        "/etc/run.json",
        "a/b/run.json",
        "..\\run.json",
        "C:\\run.json",
        "../run.json",
        "a/../run.json",
    ],
)
def test_no_name_leads_outside(run: Run, runs_folder: Path, name: str) -> None:
    for extra in (files(run), {}):
        file = zipped(extra)
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr(name, files(run)["run.json"])
        before = sorted(runs_folder.parent.rglob("*"))
        try:
            made = import_run(file, runs_folder)
        except RunError:
            assert sorted(runs_folder.parent.rglob("*")) == before
        else:
            assert made.path.parent == runs_folder  # a run alone, under an id that is none of its own making
            assert not extra


def test_two_runs_in_one_file_are_refused(run: Run, runs_folder: Path) -> None:
    file = zipped(files(run))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("second/note.txt", b"")
    assert_refused(file, runs_folder, "which is no part|no file of one run")


def test_a_link_is_refused(run: Run, runs_folder: Path) -> None:
    info = zipfile.ZipInfo("other-abc234/note.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = zipped({name: data for name, data in files(run).items() if name != "note.txt"})
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    assert_refused(file, runs_folder, "'other-abc234/note.txt', which is no part of a run")


def test_the_same_name_twice_is_refused(run: Run, runs_folder: Path) -> None:
    file = zipped(files(run))
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("other-abc234/run.json", b"{}")
    assert_refused(file, runs_folder, "run.json', which is no part of a run")


def test_a_bomb_is_refused_before_it_is_unpacked(run: Run, runs_folder: Path) -> None:
    bomb = files(run) | {"step-00000009.safetensors": bytes(80 * 2**20)}
    file = zipped(bomb, kind=zipfile.ZIP_DEFLATED)
    assert file.getbuffer().nbytes < 2**20
    assert_refused(file, runs_folder, "would grow from [0-9,]+ bytes to [0-9,]+, as no run does; nothing was unpacked")


def test_one_that_says_less_than_it_holds_is_refused(run: Run, runs_folder: Path) -> None:
    content = zipped(files(run), kind=zipfile.ZIP_DEFLATED).getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo(f"other-abc234/{STEP}").file_size
    lying = content.replace(struct.pack("<L", size), struct.pack("<L", 12))
    assert lying != content
    assert_refused(io.BytesIO(lying), runs_folder, r"sent\.zip")


def test_no_more_is_taken_than_there_is_room_for(run: Run, runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(100, 90, 10))
    assert_refused(packed(run), runs_folder, r"holds [0-9,]+ bytes; there is room for 10\.")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(2 * LARGEST, 0, 2 * LARGEST))
    monkeypatch.setattr("cnnviz.runs.archive.LARGEST", 5)
    assert_refused(packed(run), runs_folder, r"there is room for 5\.")


def test_a_disk_that_fills_meanwhile_leaves_nothing(
    run: Run, runs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    file = packed(run)
    monkeypatch.setattr("shutil.copyfileobj", full)
    assert_refused(file, runs_folder, r"No run can be written into .*: No space left on device")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all" * 100])
def test_what_is_no_zip_is_refused(runs_folder: Path, content: bytes) -> None:
    assert_refused(io.BytesIO(content), runs_folder, r"sent\.zip is no zip file, or is damaged")


def test_one_cut_short_or_changed_anywhere_is_refused_or_whole(run: Run, runs_folder: Path) -> None:
    content = packed(run).read_bytes()
    for place in range(0, len(content), 97):
        changed = bytearray(content)
        changed[place] ^= 0xFF
        for damaged in (content[:place], bytes(changed)):
            try:
                made = import_run(io.BytesIO(damaged), runs_folder)
            except RunError:
                continue
            made.log()  # what was changed is no content: a time, an attribute
    assert not list(runs_folder.glob(".new-*"))


def test_a_file_that_is_not_there_is_said(runs_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"none\.zip is not there"):
        import_run(tmp_path / "none.zip", runs_folder)
