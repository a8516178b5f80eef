"""A training as an actor has it, without a cluster: it tells all, and leaves nothing behind."""

import os
import shutil
import subprocess
import sys
import tempfile
from multiprocessing import Pipe
from pathlib import Path

import pytest

from cnnviz.datasets import split_of
from cnnviz.runs import Run
from cnnviz.training import remote
from cnnviz.training.cluster import Cluster
from cnnviz.training.messages import Gone, Train
from cnnviz.training.parcels import to_go_on
from cnnviz.training.remote import Trainer
from tests.training.tiny import assert_same_weights, tiny_run, trained


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where actors make their folders."""
    folder = tmp_path / "homes"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether freed memory is kept, which would hold for this process too."""
    said: list[bool] = []
    monkeypatch.setattr(remote, "keep_freed_memory", lambda: said.append(True))
    return said


def actor(run: Run) -> Trainer:
    return Trainer(Train(run.path, 0), to_go_on(run), split_of(run.record))


def test_all_comes_back_and_its_folder_goes(homes: Path, kept: list[bool]) -> None:
    whole, run = tiny_run(), tiny_run()
    trained(whole)
    one = actor(run)
    assert kept == [True]
    while not (parcel := one.news()).over:
        parcel.unpack(run)
    parcel.unpack(run)
    one.thread.join()
    assert run.steps() == whole.steps()
    assert_same_weights(whole, run, 10)
    assert list(homes.glob("cnnviz-*")) == []


def test_a_folder_that_is_removed_under_it_ends_it(homes: Path) -> None:
    run = tiny_run(epochs=200, learning_rate=1e-4)
    one = actor(run)
    one.news()
    home = next(path for path in homes.iterdir() if path.is_dir())
    shutil.rmtree(home.rename(homes / "gone"))  # at once, while it is written to
    while not (parcel := one.news()).over:
        pass
    assert parcel.reason


def test_the_next_one_on_a_node_removes_what_a_killed_one_left_and_nothing_else(homes: Path) -> None:
    held = "from cnnviz.training.remote import _Home; home = _Home(); print(home.path, flush=True); input()"
    others = []
    for _ in range(2):
        told = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": {**os.environ, "TMPDIR": str(homes)}}
        others.append(subprocess.Popen((sys.executable, "-c", held), text=True, **told))  # type: ignore[call-overload]
    killed, alive = (Path(other.stdout.readline().strip()) for other in others)
    (killed / "run.json").touch()
    others[0].kill()
    others[0].wait()
    assert killed.is_dir()
    home = remote._Home()
    assert {path for path in homes.iterdir() if path.is_dir()} == {alive, home.path}
    others[1].communicate("")
    home.leave()
    remote._Home().leave()
    assert list(homes.iterdir()) == []


@pytest.mark.parametrize("problem", ["its folder goes", "its images cannot be read"])
def test_one_run_that_cannot_begin_ends_no_other(problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny_run()
    ours, theirs = Pipe()

    def images(cluster: Cluster, run: Run) -> None:
        if problem == "its images cannot be read":
            raise ValueError("odd")
        shutil.rmtree(run.path)

    monkeypatch.setattr(Cluster, "_images", images)
    Cluster(theirs, "nowhere")._begin(Train(run.path, 0))
    heard, gone = ours.recv(), ours.recv()
    assert isinstance(gone, Gone)
    expected = {"its folder goes": ("interrupted", "was removed"), "its images cannot be read": ("failed", "odd")}
    assert heard.report.state == expected[problem][0]
    assert expected[problem][1] in str(gone.reason)
    assert not run.is_locked()
