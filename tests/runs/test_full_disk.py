"""Room is made where a disk takes not one byte more, and nothing is lost by a kill on the way."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import StorageError
from cnnviz.runs import Log, Run, Snapshot, files, logs, read_log, write_snapshot
from cnnviz.runs.budget import bytes_of, tidy_now
from cnnviz.runs.logs import end_thinning, thin_step
from tests.runs.conftest import MakeRun

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux frees a part of a file")
WEIGHTS = 50_000  # of a snapshot: 200 kB


@pytest.fixture
def large(make_run: MakeRun) -> Run:
    """A run with snapshots of some size."""
    run = make_run(range(11))
    for step in run.steps():
        log = read_log(run.step_path(step))
        write_snapshot(run.step_path(step), Snapshot(step, {"w": np.full(WEIGHTS, step, np.float32)}, {}, 1), log)
    return run


@pytest.fixture
def small_disk(runs_folder: Path) -> Iterator[None]:
    """The folder of the runs on a disk of 4 MB."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "cnnviz", runs_folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this user may not make a small disk")
    yield
    subprocess.run(["umount", "--lazy", runs_folder], check=True)


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", 0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass


def assert_same_curves(log: Log, before: Log) -> None:
    for name, column in before.arrays().items():
        if name != "snapshots":
            np.testing.assert_array_equal(log.arrays()[name], column, name)


def test_a_full_disk_is_thinned(small_disk: None, large: Run, runs_folder: Path) -> None:
    before = large.log()
    fill(runs_folder)
    with pytest.raises(StorageError):
        files.write_text(runs_folder / "one byte", "1")
    done = tidy_now(runs_folder, bytes_of(runs_folder) - 300_000)
    assert done.thinned == {large.id: 2}
    assert done.after == bytes_of(runs_folder)
    assert large.steps() == large.log().snapshots.tolist() == [0, 1, 2, 4, 5, 7, 8, 9, 10]
    assert_same_curves(large.log(), before)
    files.write_text(runs_folder / "one byte", "1")  # there is room again


class TestAKillOnTheWay:
    @pytest.fixture
    def full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(path: Path, *_: object) -> None:
            raise StorageError(f"{path.name} cannot be written: No space left on device.")

        monkeypatch.setattr(logs, "write_arrays", refuse)

    @pytest.mark.parametrize("at", ["before", "after"])
    def test_the_rows_are_there_and_the_next_look_ends_it(
        self, large: Run, full: None, at: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before, size = large.log(), large.step_path(3).stat().st_size

        def killed(path: Path, but: str) -> None:
            if at == "after":
                files.free_arrays(path, but)
            raise KeyboardInterrupt

        monkeypatch.setattr(logs, "free_arrays", killed)
        with pytest.raises(KeyboardInterrupt):
            thin_step(large.path, 3)
        logs.forget()
        assert large.steps() == large.log().snapshots.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]
        assert_same_curves(large.log(), before)
        monkeypatch.undo()
        end_thinning(large.path)
        assert (large.path / "log-00000003.safetensors").stat().st_size < size / 100
        assert_same_curves(large.log(), before)

    def test_others_may_take_the_room_first(self, large: Run, full: None) -> None:
        before, size, blocks = large.log(), large.step_path(3).stat().st_size, large.step_path(3).stat().st_blocks
        assert thin_step(large.path, 3) > 0.98 * size
        assert (large.path / "log-00000003.safetensors").stat().st_blocks < blocks / 10
        assert 3 not in large.steps()
        assert_same_curves(large.log(), before)

    def test_a_system_that_cannot_free_a_part_keeps_the_step(
        self, large: Run, full: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
        with pytest.raises(StorageError, match="No space left"):
            thin_step(large.path, 3)
        assert large.snapshot(3).weights["w"][0] == 3
        assert not (large.path / "log-00000003.safetensors").exists()
