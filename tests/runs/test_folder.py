import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnviz.errors import RunError
from cnnviz.runs import (
    Damaged,
    Run,
    create_run,
    delete_run,
    example,
    find_run,
    list_runs,
    run_by_id,
    runs_folder,
    tidy,
    undo_delete,
)
from tests.runs.conftest import RECORD, MakeRun

OUTSIDE = ("../outside", "..", ".", "", "/etc", ".bin", "a/../../outside", "..\\outside", "outside/", "a\0b", "a\n")


def ids(folder: Path) -> list[str]:
    return [entry.id for entry in list_runs(folder)]


class TestTheFolder:
    def test_the_one_given_is_made_and_comes_first(self, tmp_path: Path) -> None:
        assert runs_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"
        assert (tmp_path / "a" / "b").is_dir()

    def test_else_the_one_of_the_environment(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("CNNVIZ_RUNS", str(tmp_path / "named"))
        assert runs_folder() == tmp_path / "named"

    @pytest.mark.parametrize("variable", ["", None])
    def test_else_in_the_users_data_folder_and_never_where_one_happens_to_be(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str | None
    ) -> None:
        (tmp_path / "home").mkdir()
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
        if variable is None:
            monkeypatch.delenv("CNNVIZ_RUNS")
        else:
            monkeypatch.setenv("CNNVIZ_RUNS", variable)
        folder = runs_folder()
        assert folder.is_dir()
        assert tmp_path / "home" in folder.parents
        assert list((tmp_path / "here").iterdir()) == []
        if sys.platform == "linux":
            assert folder == tmp_path / "home" / ".local" / "share" / "cnnviz" / "runs"

    def test_the_home_folder_may_be_meant(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        assert runs_folder("~/mine") == tmp_path / "mine"

    def test_one_that_cannot_be_made_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(RunError, match=r"folder for runs .*file cannot be made: .*Name another one"):
            runs_folder(tmp_path / "file")


class TestCreate:
    def test_the_record_is_kept_under_a_new_id(self, runs_folder: Path) -> None:
        before = time.time()
        made = [create_run(runs_folder, RECORD) for _ in range(20)]
        assert len({run.id for run in made}) == 20
        record = json.loads((runs_folder / made[0].id / "run.json").read_text("utf-8"))
        assert record.items() >= RECORD.items()
        assert record["format"] == 2
        assert before - 0.01 <= record["created"] <= time.time() + 0.01
        assert sorted(ids(runs_folder)) == sorted(path.name for path in runs_folder.iterdir())

    def test_a_folder_that_is_gone_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match=r"written into .*gone: .* Make room there, or name another folder"):
            create_run(tmp_path / "gone", RECORD)


class TestList:
    def test_newest_first(self, make_run: MakeRun, runs_folder: Path) -> None:
        runs = {made: make_run(()) for made in (200.0, 300.0, 100.0)}
        for made, run in runs.items():
            (run.path / "run.json").write_text(json.dumps(run.record | {"created": made}))
        assert ids(runs_folder) == [runs[300].id, runs[200].id, runs[100].id]

    def test_files_and_hidden_folders_are_no_runs(self, make_run: MakeRun, runs_folder: Path) -> None:
        run = make_run()
        (runs_folder / "notes.txt").write_text("")
        (runs_folder / ".new-half").mkdir()
        assert ids(runs_folder) == [run.id]

    @pytest.mark.parametrize(
        ("file", "content", "reason"),
        [
            ("run.json", None, "no run.json"),
            ("run.json", b"", "run.json"),
            ("run.json", b"{}", "format"),
            ("run.json", b'{"format": 99}', "format 99"),
            ("run.json", b'{"format": 1}', "lacks created, dataset"),
            ("run.json", b"\x80\x81", "cannot be read"),
            ("step-00000004.safetensors", b"", "step-00000004.safetensors"),
            ("step-00000004.safetensors", b"\x00" * 100, "step-00000004.safetensors"),
        ],
    )
    def test_a_damaged_one_has_its_reason_and_hides_no_other(
        self, make_run: MakeRun, runs_folder: Path, file: str, content: bytes | None, reason: str
    ) -> None:
        good, bad = make_run(), make_run()
        if content is None:
            (bad.path / file).unlink()
        else:
            (bad.path / file).write_bytes(content)
        found = {entry.id: entry for entry in list_runs(runs_folder)}
        assert isinstance(found[good.id], Run)
        damaged = found[bad.id]
        assert isinstance(damaged, Damaged)
        assert reason in damaged.reason
        assert bad.id in damaged.reason

    def test_a_last_snapshot_cut_short_is_damage(self, make_run: MakeRun, runs_folder: Path) -> None:
        run = make_run()
        path = run.step_path(4)
        os.truncate(path, path.stat().st_size - 1)
        (entry,) = list_runs(runs_folder)
        assert isinstance(entry, Damaged)
        assert "step-00000004.safetensors" in entry.reason

    def test_a_last_snapshot_that_holds_something_else_is_damage(self, make_run: MakeRun, runs_folder: Path) -> None:
        run = make_run()
        strange = make_run(()).path / "a"
        from cnnviz.runs import write_arrays  # not among the readers above

        write_arrays(strange, {"log/strange": run.log().train_loss}, {})
        strange.rename(run.step_path(4))
        assert isinstance({entry.id: entry for entry in list_runs(runs_folder)}[run.id], Damaged)


class TestFind:
    def test_by_id_and_by_path(self, make_run: MakeRun, runs_folder: Path, tmp_path: Path) -> None:
        run = make_run()
        assert find_run(run.id, runs_folder).path == run.path
        assert find_run(str(run.path), tmp_path).path == run.path
        assert find_run(run.path, tmp_path).path == run.path

    def test_the_example(self, runs_folder: Path) -> None:
        assert find_run("example", runs_folder).path == example().path == run_by_id("example", runs_folder).path

    @pytest.mark.parametrize("name", ["nothing", "no/thing", *OUTSIDE[5:]])
    def test_what_is_not_there_is_said(self, runs_folder: Path, name: str) -> None:
        with pytest.raises(RunError, match="There is no run"):
            find_run(name, runs_folder)

    @pytest.mark.parametrize("name", [*OUTSIDE, "x" * 300])
    def test_an_id_is_never_a_path(self, make_run: MakeRun, runs_folder: Path, name: str) -> None:
        make_run().path.rename(runs_folder.parent / "outside")
        with pytest.raises(RunError, match="There is no run"):
            run_by_id(name, runs_folder)

    def test_an_id_is_never_a_full_path(self, make_run: MakeRun, runs_folder: Path) -> None:
        with pytest.raises(RunError, match="There is no run"):
            run_by_id(str(make_run().path), runs_folder)


class TestDelete:
    def test_deleted_it_is_gone_and_undone_it_is_back(self, make_run: MakeRun, runs_folder: Path) -> None:
        run, other = make_run(), make_run()
        delete_run(run.id, runs_folder)
        assert ids(runs_folder) == [other.id]
        undo_delete(run.id, runs_folder)
        assert sorted(ids(runs_folder)) == sorted([run.id, other.id])
        assert Run(run.path).steps() == [0, 1, 4]

    def test_a_damaged_one_can_be_deleted_and_brought_back(self, make_run: MakeRun, runs_folder: Path) -> None:
        run = make_run()
        (run.path / "run.json").write_bytes(b"garbled")
        delete_run(run.id, runs_folder)
        assert ids(runs_folder) == []
        undo_delete(run.id, runs_folder)
        assert ids(runs_folder) == [run.id]

    def test_what_trains_stays(self, make_run: MakeRun, runs_folder: Path) -> None:
        run = make_run()
        with run.lock(), pytest.raises(RunError, match="is training; stop it before you delete it"):
            delete_run(run.id, runs_folder)
        assert ids(runs_folder) == [run.id]

    @pytest.mark.parametrize("name", ["example", "nothing", *OUTSIDE])
    def test_nothing_else_is_deleted(self, make_run: MakeRun, runs_folder: Path, name: str) -> None:
        outside = make_run().path.rename(runs_folder.parent / "outside")
        with pytest.raises(RunError, match="There is no run"):
            delete_run(name, runs_folder)
        assert outside.is_dir()
        assert example().steps()

    @pytest.mark.parametrize("name", ["nothing", "../run", *OUTSIDE])
    def test_nothing_else_is_brought_back(self, make_run: MakeRun, runs_folder: Path, name: str) -> None:
        run, deleted = make_run(), make_run()
        run.path.rename(runs_folder / "run")
        delete_run(deleted.id, runs_folder)
        with pytest.raises(RunError, match="is not in the bin any more"):
            undo_delete(name, runs_folder)
        assert ids(runs_folder) == ["run"]


class TestTidy:
    def test_the_bin_is_emptied_after_days(self, make_run: MakeRun, runs_folder: Path) -> None:
        old, new, kept = make_run(), make_run(), make_run()
        delete_run(old.id, runs_folder)
        delete_run(new.id, runs_folder)
        for run_id, days in ((old.id, 7.1), (new.id, 6.9)):
            then = time.time() - days * 86_400
            os.utime(runs_folder / ".bin" / run_id, (then, then))
        tidy(runs_folder)
        assert [path.name for path in (runs_folder / ".bin").iterdir()] == [new.id]
        assert ids(runs_folder) == [kept.id]
        with pytest.raises(RunError, match="not in the bin any more"):
            undo_delete(old.id, runs_folder)

    def test_days_count_from_the_deletion_not_from_the_training(self, make_run: MakeRun, runs_folder: Path) -> None:
        run = make_run()
        (run.path / "run.json").write_bytes(b"garbled")  # of a good one the lock is tried, which touches the folder
        os.utime(run.path, (0, 0))
        delete_run(run.id, runs_folder)
        tidy(runs_folder)
        undo_delete(run.id, runs_folder)

    def test_what_a_kill_left_half_made_goes_after_an_hour(self, runs_folder: Path) -> None:
        for name, hours in ((".new-old", 2), (".new-just-now", 0)):
            (runs_folder / name).mkdir()
            os.utime(runs_folder / name, (time.time() - hours * 3_600,) * 2)
        tidy(runs_folder)
        assert [path.name for path in runs_folder.iterdir()] == [".new-just-now"]

    def test_a_folder_without_a_bin_stays_as_it_is(self, make_run: MakeRun, runs_folder: Path) -> None:
        run = make_run()
        tidy(runs_folder)
        assert ids(runs_folder) == [run.id]


def test_listing_and_reading_runs_loads_no_torch(make_run: MakeRun, runs_folder: Path) -> None:
    run = make_run()
    code = (
        "import sys\n"
        "from cnnviz.runs import list_runs, find_run, runs_folder\n"
        "assert len(list_runs(runs_folder())) == 1\n"
        f"run = find_run({run.id!r}, runs_folder())\n"
        "assert len(run.log().train_loss) == 4 and run.snapshot(4).step == 4 and run.status().step == 4\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'torch', 'sklearn', 'streamlit', 'plotly'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "[]\n", done.stderr
