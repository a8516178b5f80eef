"""A full disk, a folder that is removed, memory that runs out, a process that is killed: each is told in a sentence,
nothing that was saved is lost, and the other runs go on.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pytest

from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.training.control import CallControl
from cnnviz.training.messages import Gone, Heard
from cnnviz.training.session import Session
from cnnviz.training.start import new_run
from tests.training.beside import LIMIT, Beside, assert_gone, question, until
from tests.training.tiny import assert_same_weights, tiny_run

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="limits of other processes")]
TWO_PLACES = (
    sys.executable,
    "-c",
    "from cnnviz.training import dispatch, host; host.places = lambda: 2; dispatch.PARK_AFTER = 0.5; host.main()",
)


class Trouble(NamedTuple):
    """What befalls a worker, and what is said of it."""

    befall: Callable[[Beside, Run], None]
    said: str
    leaves: bool = True  # whether the run can go on


def fill_the_disk(beside: Beside, run: Run) -> None:
    beside.worker(run).rlimit(psutil.RLIMIT_FSIZE, (1_000, psutil.RLIM_INFINITY))


def take_the_memory(beside: Beside, run: Run) -> None:
    worker = beside.worker(run)
    worker.rlimit(psutil.RLIMIT_AS, (worker.memory_info().vms, psutil.RLIM_INFINITY))


def remove_the_folder(_beside: Beside, run: Run) -> None:
    shutil.rmtree(run.path)


def kill(beside: Beside, run: Run) -> None:
    beside.worker(run).kill()


TROUBLES = {
    "disk": Trouble(fill_the_disk, "File too large. Make room for it; then it can go on at step "),
    "memory": Trouble(take_the_memory, "Memory ran out: a smaller batch or network"),
    "folder": Trouble(remove_the_folder, "Its folder was removed or renamed while it trained", leaves=False),
    "kill": Trouble(kill, "most likely because memory ran out; it can go on at step "),
}


@pytest.fixture(scope="module")
def beside() -> Iterator[Beside]:
    one = Beside(TWO_PLACES)
    one.client.start()
    until(lambda: one.client.is_ready, "the host is there")
    yield one
    left = [one.host, *one.host.children()]
    one.client.close()
    assert_gone(left)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = new_run("digits", "digits_small", Recipe(epochs=4), folder=tmp_path_factory.mktemp("unbroken"))
    Session(run, CallControl(lambda _report: None)).train()
    return run


@pytest.mark.parametrize("name", TROUBLES)
def test_it_is_told_nothing_saved_is_lost_and_the_other_goes_on(beside: Beside, unbroken: Run, name: str) -> None:
    trouble = TROUBLES[name]
    run, other = (
        new_run("digits", "digits_small", Recipe(epochs=4)),
        new_run("digits", "digits_small", Recipe(epochs=4)),
    )
    since = len(beside.heard)
    for one in (run, other):
        beside.client.train(one.path, 20)
    try:
        beside.wait(
            lambda said: isinstance(said, Heard) and said.run == run.path and said.report.step >= 12, "step 12", since
        )
        saved = {path.name: path.read_bytes() for path in run.path.glob("step-*")}
        trouble.befall(beside, run)
        _, gone = beside.wait(lambda said: isinstance(said, Gone) and said.run == run.path, "its end", since)
        assert isinstance(gone, Gone)
        assert trouble.said in str(gone.reason)
        assert other.status().state == "training"
        assert_goes_on(beside, run, unbroken, saved) if trouble.leaves else assert_left_alone(run)
        if trouble.leaves and name != "disk":  # where nothing could be written
            assert gone.reason in [event.get("reason") for event in run.events()]
    finally:
        beside.steer(other, "pace", 0)
        beside.wait_until_gone(other, since)
    assert_same_weights(other, unbroken, 80)


def assert_goes_on(beside: Beside, run: Run, unbroken: Run, saved: dict[str, bytes]) -> None:
    """What was saved is as it was, and the run comes to the end it would have come to."""
    assert run.status().state == "interrupted"
    for file, content in saved.items():
        assert (run.path / file).read_bytes() == content
    beside.finish(run)
    assert run.status().state == "finished"
    assert_same_weights(run, unbroken, 80)


def assert_left_alone(run: Run) -> None:
    """A removed folder is not made again."""
    assert not run.path.exists()


def test_when_memory_runs_out_the_system_ends_a_worker_before_the_server(beside: Beside) -> None:
    until(lambda: len(beside.host.children()) == 2, "only those that wait are left")
    for child in beside.host.children():
        assert int(Path(f"/proc/{child.pid}/oom_score_adj").read_text("ascii")) == 500


def test_paused_for_long_it_keeps_no_process_and_goes_on_as_before(beside: Beside, unbroken: Run) -> None:
    run = new_run("digits", "digits_small", Recipe(epochs=4))
    beside.client.train(run.path, 50)
    beside.wait_for_state(run, "training")
    _, since = beside.steer(run, "pause")
    _, paused = beside.wait_for_state(run, "paused", since)
    beside.wait_until_gone(run, since)
    assert (run.status().state, run.status().step, run.status().is_parked) == ("paused", paused.step, True)
    assert not run.is_locked()
    beside.step(run, paused.step)  # which wakes it
    assert run.is_locked()
    _, since = beside.steer(run, "resume")
    _, training = beside.wait_for_state(run, "training", since)
    assert (training.step, training.pace) == (paused.step + 1, 50)
    beside.steer(run, "pace", 0)
    beside.wait_until_gone(run, since)
    assert run.status().state == "finished"
    assert_same_weights(run, unbroken, 80)
    for name in ("train_loss", "train_accuracy"):
        np.testing.assert_array_equal(getattr(run.log(), name), getattr(unbroken.log(), name))


def test_a_killed_host_loses_nothing_at_any_instant(unbroken: Run) -> None:
    beside, run = Beside(TWO_PLACES), new_run("digits", "digits_small", Recipe(epochs=4))
    beside.client.start()
    try:
        for step in (0, 7, 61):
            since = len(beside.heard)
            beside.client.train(run.path)
            beside.wait(lambda said, step=step: isinstance(said, Heard) and said.report.step >= step, "a step", since)
            first, losses = beside.host, beside.losses
            first.kill()
            until(lambda losses=losses: beside.losses > losses, "the loss is told")
            assert beside.client.ask(question(tiny_run)).result(LIMIT)
            assert run.status().state in ("interrupted", "finished")
            for saved in run.steps():
                assert run.snapshot(saved).step == saved
        beside.finish(run)
        assert_same_weights(run, unbroken, 80)
    finally:
        beside.client.close()
