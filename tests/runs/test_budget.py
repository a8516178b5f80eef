"""Making room: by the rule, under the lock of who trains, and never more than has to go."""

import os
import shutil
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import RunError
from cnnviz.runs import Run, Snapshot, delete_run, write_snapshot
from cnnviz.runs import budget as budget_module
from cnnviz.runs.budget import Tidy, bytes_of, disk_budget, parse_size, second_ones, size_text, tidy_now
from tests.runs.conftest import MakeRun
from tests.runs.test_run import another_process_trains, change_record

STEPS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)


@pytest.fixture
def large(make_run: MakeRun) -> MakeRun:
    """Makes a run whose snapshots are of 40,000 bytes and more, made at a time."""

    def make(created: float, steps: tuple[int, ...] = STEPS) -> Run:
        run = make_run(steps)
        log = {step: run.step_path(step) for step in steps}
        from cnnviz.runs import read_log

        for step, path in log.items():
            write_snapshot(path, Snapshot(step, {"w": np.full(10_000, step, np.float32)}, {}, 1), read_log(path))
        return Run(change_record(run, created=created))

    return make


class TestSizes:
    @pytest.mark.parametrize(
        ("text", "size"),
        [
            ("5GB", 5 * 10**9),
            ("500 mb", 500 * 10**6),
            ("1.5TiB", int(1.5 * 2**40)),
            ("10K", 10_000),
            ("12", 12),
            ("0B", 0),
            ("2 MiB", 2**21),
        ],
    )
    def test_a_size_is_read(self, text: str, size: int) -> None:
        assert parse_size(text) == size

    @pytest.mark.parametrize("text", ["", "GB", "-5GB", "5 XB", "5iB", "1e9", "five", "5GBGB", "٣GB"])
    def test_what_is_none_is_said(self, text: str) -> None:
        with pytest.raises(RunError, match="is no size; write it as in 5GB"):
            parse_size(text)

    def test_for_people(self) -> None:
        assert [size_text(size) for size in (12, 1_500, 2_340_000, 5 * 10**9, 1.5e12)] == [
            *("12 bytes", "1.5 kB", "2.34 MB", "5 GB", "1.5 TB")
        ]

    def test_the_variable_counts_else_20_gb_or_half_the_disk(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CNNVIZ_DISK_BUDGET", raising=False)
        disk = shutil.disk_usage(tmp_path)
        assert disk_budget(tmp_path) == min(20 * 10**9, disk.total // 2)
        monkeypatch.setattr("shutil.disk_usage", lambda _: disk._replace(total=1_000))
        assert disk_budget(tmp_path) == 500
        monkeypatch.setenv("CNNVIZ_DISK_BUDGET", "3GB")
        assert disk_budget(tmp_path) == 3 * 10**9
        monkeypatch.setenv("CNNVIZ_DISK_BUDGET", "off")
        assert disk_budget(tmp_path) is None
        monkeypatch.setenv("CNNVIZ_DISK_BUDGET", "lots")
        with pytest.raises(RunError, match="CNNVIZ_DISK_BUDGET: 'lots' is no size"):
            disk_budget(tmp_path)

    def test_bytes_are_counted_all_through(self, tmp_path: Path) -> None:
        (tmp_path / "a").mkdir()
        for name, size in (("one", 5), ("a/two", 7)):
            (tmp_path / name).write_bytes(bytes(size))
        (tmp_path / "link").symlink_to(tmp_path / "a")
        assert bytes_of(tmp_path) == 12 + (tmp_path / "link").lstat().st_size
        assert bytes_of(tmp_path / "none") == 0


class TestTheRule:
    def test_every_second_of_those_that_are_not_kept(self) -> None:
        assert second_ones([0, 1, 2, 4, 8, 10, 20, 30, 64, 70, 80]) == [10, 30]
        assert second_ones([5, 6, 7]) == [6]  # the first and the last stay, whatever they are
        assert second_ones([0, 1, 2, 4, 9]) == []
        assert second_ones([]) == second_ones([3]) == []

    def test_nothing_goes_that_need_not(self, large: MakeRun, runs_folder: Path) -> None:
        run = large(100.0)
        for budget in (bytes_of(runs_folder), None):
            done = tidy_now(runs_folder, budget)
            assert done.is_enough
            assert (done.thinned, done.before) == ({}, done.after)
        assert run.steps() == list(STEPS)

    def test_one_byte_too_much_takes_one_step_of_the_oldest(self, large: MakeRun, runs_folder: Path) -> None:
        new, old = large(200.0), large(100.0)
        done = tidy_now(runs_folder, bytes_of(runs_folder) - 1)
        assert done.thinned == {old.id: 1}
        assert new.steps() == list(STEPS)
        assert old.steps() == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]
        assert done.after == bytes_of(runs_folder) < done.before

    def test_all_runs_have_a_turn_before_the_second_turn_of_one(self, large: MakeRun, runs_folder: Path) -> None:
        new, old = large(200.0), large(100.0)
        size = old.step_path(3).stat().st_size
        tidy_now(runs_folder, int(bytes_of(runs_folder) - 3.9 * size))  # 3, 6 and 9 of each are every second one
        assert old.steps() == [0, 1, 2, 4, 5, 7, 8, 10]
        assert new.steps() == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]

    def test_at_the_end_first_last_and_powers_of_two_are_left_and_that_is_said(
        self, large: MakeRun, runs_folder: Path
    ) -> None:
        run = large(100.0)
        before = run.log()
        done = tidy_now(runs_folder, 1)
        assert run.steps() == [0, 1, 2, 4, 8, 10]
        assert not done.is_enough
        assert done.thinned == {run.id: 5}
        np.testing.assert_array_equal(run.log().train_loss, before.train_loss)
        np.testing.assert_array_equal(run.log().validation_loss, before.validation_loss)
        assert tidy_now(runs_folder, 1).thinned == {}

    def test_what_trains_is_left_alone(self, large: MakeRun, runs_folder: Path) -> None:
        run, other = large(100.0), large(200.0)
        with another_process_trains(run):
            assert tidy_now(runs_folder, 1).thinned == {other.id: 5}
        assert run.steps() == list(STEPS)

    def test_a_trial_says_the_same_and_does_nothing(self, large: MakeRun, runs_folder: Path) -> None:
        runs = [large(100.0), large(200.0)]
        budget = bytes_of(runs_folder) // 2
        said = tidy_now(runs_folder, budget, is_trial=True)
        assert [run.steps() for run in runs] == [list(STEPS)] * 2
        done = tidy_now(runs_folder, budget)
        assert said.thinned == done.thinned
        assert said.after == pytest.approx(done.after, rel=0.01)

    def test_what_was_deleted_goes_first_but_not_at_once(self, large: MakeRun, runs_folder: Path) -> None:
        old, new, kept = large(100.0), large(200.0), large(300.0)
        for run, hours in ((old, 2.0), (new, 0.5)):
            delete_run(run.id, runs_folder)
            then = time.time() - hours * 3_600
            os.utime(runs_folder / ".bin" / run.id, (then, then))
        done = tidy_now(runs_folder, bytes_of(runs_folder) - 1)
        assert (done.emptied, done.thinned) == ((old.id,), {})
        tidy_now(runs_folder, 1)
        assert [path.name for path in (runs_folder / ".bin").iterdir()] == [new.id]
        assert kept.steps() == [0, 1, 2, 4, 8, 10]

    def test_a_damaged_run_and_a_damaged_step_stop_nothing(self, large: MakeRun, runs_folder: Path) -> None:
        torn, hurt, good = large(100.0), large(200.0), large(300.0)
        (torn.path / "run.json").write_text("{")
        hurt.step_path(3).write_bytes(b"half")
        tidy_now(runs_folder, 1)
        assert good.steps() == [0, 1, 2, 4, 8, 10]
        assert torn.steps() == list(STEPS)
        assert 3 in hurt.steps()

    def test_a_folder_that_is_gone_is_no_work(self, tmp_path: Path) -> None:
        assert tidy_now(tmp_path / "none", 0).thinned == {}


def test_who_wants_to_train_waits_for_a_portion_only(large: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job is done in short steps, and between two of them nobody holds the run."""
    monkeypatch.setattr(budget_module, "_AT_ONCE", 2)
    run = large(1.0)
    left, steps = [len(run.steps())], Tidy(run.path.parent, 0).steps()
    for _ in steps:
        left.append(len(run.steps()))
        assert not run.is_locked()
    assert max(before - after for before, after in pairwise(left)) == 2
    assert run.steps() == [0, 1, 2, 4, 8, 10]
