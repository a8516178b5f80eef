"""The log of a run: whole, quick the second time, and untouched by what is given up."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import RunError
from cnnviz.runs import Log, Run, Snapshot, copy_run, import_run, logs, read_arrays, write_archive, write_snapshot
from cnnviz.runs.files import whole
from cnnviz.runs.logs import read_whole_log, thin_step
from tests.runs.conftest import MakeRun


def same(one: Log, other: Log) -> bool:
    pairs = [(one.arrays()[name], other.arrays()[name]) for name in one.arrays() if name != "snapshots"]
    return all(np.array_equal(first, second) for first, second in pairs)


class TestReading:
    def test_files_that_were_read_are_not_opened_again(
        self, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = make_run((0, 1, 4))
        opened: list[str] = []
        read = logs.read_log
        monkeypatch.setattr(logs, "read_log", lambda path: (opened.append(path.name), read(path))[1])
        run.log()
        assert len(opened) == 3
        opened.clear()
        write_snapshot(run.step_path(9), Snapshot(9, {}, {}, 1), Log(snapshots=np.array([9], np.int32)))
        assert run.log().snapshots.tolist() == [0, 1, 4, 9]
        assert opened == ["step-00000009.safetensors"]

    def test_a_file_that_is_another_one_now_is_read_anew(self, make_run: MakeRun) -> None:
        run, other = make_run((0, 1, 4)), make_run((0, 4))
        run.log()
        other.step_path(4).replace(run.step_path(4))
        assert run.log().train_step.tolist() == [1, 1, 2, 3, 4]  # both begin at 1

    def test_damage_is_said_each_time_and_cured_it_is_forgotten(self, make_run: MakeRun) -> None:
        run = make_run((0, 1, 4))
        content = run.step_path(1).read_bytes()
        run.step_path(1).write_bytes(content[:50])
        for _ in range(2):
            with pytest.raises(RunError, match=r"step-00000001.safetensors of .* is damaged"):
                run.log()
        run.step_path(1).write_bytes(content)
        assert run.log().train_step.tolist() == [1, 2, 3, 4]

    def test_a_folder_that_is_gone_is_said(self, make_run: MakeRun) -> None:
        run = make_run()
        run.log()
        run.path.rename(run.path.with_name("elsewhere"))
        with pytest.raises(RunError, match=f"{run.path.name} is not there any more"):
            run.log()

    def test_a_step_that_is_thinned_while_we_read_does_no_harm(
        self, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = make_run((0, 1, 2, 4))
        before = run.log()
        logs.forget()
        read = logs.read_log

        def thin_first(path: object) -> Log:
            if run.step_path(2).exists():
                thin_step(run.path, 2)
            return read(path)  # type: ignore[arg-type]

        monkeypatch.setattr(logs, "read_log", thin_first)
        assert same(run.log(), before)

    def test_only_so_many_runs_are_remembered(self, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(logs, "_REMEMBERED", 2)
        for _ in range(4):
            make_run((0,)).log()
        assert len(logs._known) == 2


class TestJoining:
    """Of a run with so many files that opening them takes long; here three are many."""

    @pytest.fixture(autouse=True)
    def three_are_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(logs, "JOIN_FROM", 3)

    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        names: list[str] = []
        read = logs.read_log
        monkeypatch.setattr(logs, "read_log", lambda path: (names.append(path.name), read(path))[1])
        return names

    @staticmethod
    def joined(run: Run) -> Path:
        return run.path / ".curves.safetensors"

    @staticmethod
    def cold(run: Run) -> Log:
        logs.forget()
        return run.log()

    def test_who_reads_next_opens_one_file_and_what_came_since(self, make_run: MakeRun, opened: list[str]) -> None:
        run = make_run((0, 1, 4))
        before = run.log()
        opened.clear()
        assert same(self.cold(run), before)
        assert opened == []
        write_snapshot(run.step_path(9), Snapshot(9, {}, {}, 1), Log(snapshots=np.array([9], np.int32)))
        assert self.cold(run).snapshots.tolist() == [0, 1, 4, 9]
        assert opened == ["step-00000009.safetensors"]

    def test_who_reads_along_joins_too(self, make_run: MakeRun, opened: list[str]) -> None:
        run = make_run((0,))
        for step in range(1, 4):
            write_snapshot(run.step_path(step), Snapshot(step, {}, {}, 1), Log(snapshots=np.array([step], np.int32)))
            run.log()
        opened.clear()
        assert self.cold(run).snapshots.tolist() == [0, 1, 2, 3]
        assert opened == ["step-00000003.safetensors"]

    def test_of_few_nothing_is_written(self, make_run: MakeRun) -> None:
        run = make_run((0, 1))
        run.log()
        assert not self.joined(run).exists()

    def test_what_changed_since_is_read_anew(self, make_run: MakeRun) -> None:
        run, other = make_run((0, 1, 2, 4)), make_run((0, 4))
        before = run.log()
        thin_step(run.path, 2)
        assert same(self.cold(run), before)
        assert run.log().snapshots.tolist() == [0, 1, 4]
        other.step_path(4).replace(run.step_path(4))
        assert self.cold(run).train_step.tolist() == [1, 2, 1, 2, 3, 4]

    @pytest.mark.parametrize("harm", ["short", "garbled", "empty", "another"])
    def test_damaged_it_counts_for_nothing(self, make_run: MakeRun, harm: str) -> None:
        run, other = make_run((0, 1, 4)), make_run((0, 1, 2))
        before, path = run.log(), self.joined(run)
        other.log()
        content = path.read_bytes()
        worse = {
            "short": content[:-4],
            "garbled": content[:-4] + b"\1\2\3\4",
            "empty": b"",
            "another": self.joined(other).read_bytes(),
        }
        path.write_bytes(worse[harm])
        log = self.cold(run)
        assert same(log, before)
        assert log.snapshots.tolist() == [0, 1, 4]
        assert path.read_bytes() == content  # made anew

    def test_where_it_cannot_be_written_the_curves_are_there(self, make_run: MakeRun) -> None:
        run = make_run((0, 1, 4))
        self.joined(run).mkdir()
        assert run.log().train_step.tolist() == self.cold(run).train_step.tolist() == [1, 2, 3, 4]

    def test_what_a_kill_left_of_it_is_tidied(self, make_run: MakeRun) -> None:
        run = make_run((0, 1, 4))
        with whole(self.joined(run)) as temporary:
            name = temporary.name
            temporary.touch()
        (run.path / name).write_bytes(b"half")
        run.tidy()
        assert not (run.path / name).exists()

    def test_it_does_not_travel(self, make_run: MakeRun, tmp_path: Path) -> None:
        run, file = make_run((0, 1, 4)), tmp_path / "one.zip"
        before = run.log()
        write_archive(run, file)
        with zipfile.ZipFile(file) as archive:
            assert not [name for name in archive.namelist() if "curves" in name]
        copy = copy_run(run, run.path.parent, step=4)
        assert not self.joined(copy).exists()
        for other in (copy, import_run(file, run.path.parent)):
            assert same(self.cold(other), before)


class TestThinning:
    def test_the_curves_stay_whole_and_the_step_goes(self, make_run: MakeRun) -> None:
        run = make_run((0, 1, 2, 4, 9))
        before, size = run.log(), run.step_path(2).stat().st_size
        freed = thin_step(run.path, 2)
        assert run.steps() == [0, 1, 4, 9] == run.log().snapshots.tolist()
        assert same(run.log(), before)
        assert freed == size - (run.path / "log-00000002.safetensors").stat().st_size
        with pytest.raises(RunError, match=r"Step 2 of .* is not saved; saved are 4 steps from 0 to 9"):
            run.snapshot(2)

    def test_the_names_of_layers_stay(self, make_run: MakeRun) -> None:
        run = make_run((0,))
        norms = Log(
            norm_step=np.array([3], np.int32),
            gradient_norm=np.array([[0.5, 2.0]], np.float32),
            weight_norm=np.array([[1.0, 3.0]], np.float32),
            snapshots=np.array([4], np.int32),
            layers=("conv1", "fc1"),
        )
        write_snapshot(run.step_path(4), Snapshot(4, {}, {}, 1), norms)
        thin_step(run.path, 4)
        log = read_whole_log(run.path)
        assert log.layers == ("conv1", "fc1")
        np.testing.assert_array_equal(log.gradient_norm, [[0.5, 2.0]])

    def test_between_writing_and_removing_nothing_counts_twice(self, make_run: MakeRun) -> None:
        run = make_run((0, 1, 4))
        content = run.step_path(1).read_bytes()
        thin_step(run.path, 1)
        run.step_path(1).write_bytes(content)  # as a kill between the two would leave it
        assert run.log().train_step.tolist() == [1, 2, 3, 4]
        assert run.log().snapshots.tolist() == [0, 1, 4]

    def test_a_kill_at_any_write_loses_no_row(self, make_run: MakeRun) -> None:
        run = make_run((0, 1, 2, 4))
        before = run.log()
        code = (
            "import os, pathlib, signal, sys; from cnnviz.runs import logs\n"
            "name, count = sys.argv[2], [0]\n"
            "def die(*arguments, **more): os.kill(os.getpid(), signal.SIGKILL)\n"
            "setattr(pathlib.Path, name, die)\n"
            "logs.thin_step(pathlib.Path(sys.argv[1]), 2)\n"
        )
        for moment in ("replace", "unlink"):
            done = subprocess.run([sys.executable, "-c", code, str(run.path), moment], check=False, timeout=60)
            assert done.returncode == -9
            assert same(run.log(), before)

    def test_where_the_rows_cannot_be_written_the_step_stays(
        self, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = make_run((0, 1, 4))

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("cnnviz.runs.files.save_file", full)
        monkeypatch.setattr(logs, "free_arrays", full)
        with pytest.raises(RunError, match=r"log-00000001.safetensors of .* cannot be written: .*No space left"):
            thin_step(run.path, 1)
        assert run.steps() == [0, 1, 4]
        assert sorted(path.name for path in run.path.glob("*log-*")) == []

    @pytest.mark.parametrize("take", ["archive", "copy"])
    def test_one_that_is_thinned_while_a_run_is_taken_along_leaves_its_rows(
        self, make_run: MakeRun, runs_folder: Path, monkeypatch: pytest.MonkeyPatch, take: str
    ) -> None:
        run, stat = make_run((0, 1, 2, 4)), Path.iterdir

        def listed_before(path: Path, *_: object) -> list[Path]:
            found = list(stat(path))
            if path == run.path and run.step_path(2).exists():
                thin_step(path, 2)
            return [one for one in found if take == "archive" or one.name.startswith("step")]

        monkeypatch.setattr(Path, "iterdir" if take == "archive" else "glob", listed_before)
        if take == "archive":
            write_archive(run, runs_folder / "run.zip")
            monkeypatch.undo()
            again = import_run(runs_folder / "run.zip", runs_folder)
        else:
            again = copy_run(run, runs_folder, step=4)
            monkeypatch.undo()
        assert again.log().train_step.tolist() == [1, 2, 3, 4]
        assert again.steps() == [0, 1, 4]

    def test_a_thinned_file_is_one_of_ours(self, make_run: MakeRun) -> None:
        run = make_run((0, 1))
        thin_step(run.path, 1)
        arrays, header = read_arrays(run.path / "log-00000001.safetensors")
        assert header["step"] == 1
        assert arrays["log/train_step"].tolist() == [1]
