"""`kill -9` at any instant: nothing is half, and training goes on as if nothing had been."""

import random
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from cnnviz.runs import Log, Run
from cnnviz.training.control import CallControl
from cnnviz.training.messages import Heard
from cnnviz.training.session import Session
from cnnviz.training.start import new_run
from tests.training.beside import Beside, assert_gone, until

pytestmark = pytest.mark.slow
KILLS = 30
# A worker that reads which write to die in, and on which side of the rename; the next one finds nothing to read.
DYING = """
import os, signal, sys
from pathlib import Path
from cnnviz.runs import files
from cnnviz.training import host
plan, rename, written = Path(sys.argv.pop(1)), Path.replace, 0

def replace(path, target):
    global written
    if written == 0 and plan.exists():
        replace.at, replace.side = plan.read_text().split()
        plan.unlink()
    written += 1
    if str(written) == replace.at and replace.side == "half":
        os.truncate(path, path.stat().st_size // 2)
    if str(written) == replace.at and replace.side in ("half", "before"):
        os.kill(os.getpid(), signal.SIGKILL)
    rename(path, target)
    if str(written) == replace.at:
        os.kill(os.getpid(), signal.SIGKILL)

replace.at = replace.side = ""
Path.replace = replace
host.places = lambda: 1
host.main()
"""


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Log]:
    run = new_run("digits", "digits_small", folder=tmp_path_factory.mktemp("unbroken"))
    Session(run, CallControl(lambda _report: None)).train()
    return run, run.log()


def assert_whole(run: Run) -> None:
    """Everything that is listed reads, and hangs together."""
    status, steps = Run(run.path).status(), run.steps()
    assert status.state in ("interrupted", "finished")
    assert status.step == (steps[-1] if steps else 0)
    for step in steps:
        snapshot = run.snapshot(step)
        assert snapshot.step == step
        assert snapshot.confusion is not None
        assert snapshot.confusion.sum() == 179
        assert len(snapshot.activations) == 8
    assert run.log().train_step.tolist() == list(range(1, status.step + 1))
    assert run.log().snapshots.tolist() == steps


def assert_goes_on_to_the_end(beside: Beside, run: Run, unbroken: tuple[Run, Log]) -> None:
    beside.finish(run)
    assert_whole(run)
    assert run.status().state == "finished"
    expected, log = unbroken
    assert run.steps() == expected.steps()
    for name, values in expected.snapshot(200).weights.items():
        np.testing.assert_array_equal(values, run.snapshot(200).weights[name], err_msg=name)
    for name, column in log.arrays().items():
        np.testing.assert_array_equal(column, getattr(run.log(), name), err_msg=name)


def test_at_any_instant(beside: Beside, unbroken: tuple[Run, Log]) -> None:
    rng = random.Random(7)
    stopped_at = []
    for kill in range(KILLS):
        run = new_run("digits", "digits_small")
        since = len(beside.heard)
        beside.client.train(run.path)
        instant = 200 * (kill + rng.random()) / KILLS  # in steps, as seconds differ with what else the machine does
        beside.wait(
            lambda said, run=run, instant=instant: (
                isinstance(said, Heard) and said.run == run.path and said.report.step >= int(instant)
            ),
            "the instant",
            since,
        )
        with suppress(psutil.NoSuchProcess, StopIteration):  # a late kill may find it finished
            beside.worker(run).kill()
        beside.wait_until_gone(run, since)
        assert_whole(run)
        stopped_at.append(run.status().step)
        assert_goes_on_to_the_end(beside, run, unbroken)
    assert len({step for step in stopped_at if step < 200}) >= KILLS / 4, stopped_at


@pytest.fixture(scope="module")
def dying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Beside, Path]]:
    plan = tmp_path_factory.mktemp("dying") / "plan"
    one = Beside((sys.executable, "-c", DYING, str(plan)))
    one.client.start()
    until(lambda: one.client.is_ready, "the host is there")
    yield one, plan
    left = [one.host, *one.host.children()]
    one.client.close()
    assert_gone(left)


@pytest.mark.parametrize("side", ["half", "before", "after"])
@pytest.mark.parametrize("write", [1, 2, 3, 4, 41, 42])  # optimizer and snapshot of step 0, of step 1, of one between
def test_within_a_write(dying: tuple[Beside, Path], unbroken: tuple[Run, Log], write: int, side: str) -> None:
    beside, plan = dying
    run = new_run("digits", "digits_small")
    plan.write_text(f"{write} {side}")
    since = len(beside.heard)
    beside.client.train(run.path)
    beside.wait_until_gone(run, since)
    assert run.status().state == "interrupted"
    whole = write // 2 if side == "after" else (write - 1) // 2  # pairs of optimizer and snapshot that were finished
    assert len(run.steps()) == whole
    assert_whole(run)
    assert_goes_on_to_the_end(beside, run, unbroken)
