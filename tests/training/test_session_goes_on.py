"""A break, whatever made it, changes nothing of what a training gives."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cnnviz.errors import RunError
from cnnviz.training import session as session_module
from cnnviz.training.control import Command
from tests.training.tiny import assert_same_weights, broken, tiny_run, trained

STOP = Command("stop")


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_after_a_break_the_weights_are_those_without_one(optimizer: str, schedule: str) -> None:
    whole, cut = (tiny_run(optimizer=optimizer, schedule=schedule, seed=4) for _ in range(2))
    trained(whole)
    broken(cut, 3)
    trained(cut, *[None] * 4, STOP)
    torch.manual_seed(77)
    trained(cut)
    assert cut.status().state == "finished"
    for step in whole.steps():
        assert_same_weights(whole, cut, step)
    for name, column in whole.log().arrays().items():
        np.testing.assert_array_equal(column, getattr(cut.log(), name), err_msg=name)


def test_steps_that_were_not_saved_are_taken_again() -> None:
    whole, cut = (tiny_run(batch_size=2, epochs=1) for _ in range(2))
    trained(whole, *[None] * 64, STOP)
    broken(cut, 40)
    assert (cut.status().state, cut.status().step) == ("interrupted", 32)
    script = trained(cut, *[None] * 32, STOP)
    assert [row for report in script.reports for row in report.log.train_step.tolist()] == list(range(33, 65))
    assert_same_weights(whole, cut, 64)


def test_an_optimizer_state_without_its_snapshot_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill between the two files of a step."""
    whole, cut = tiny_run(), tiny_run()
    trained(whole)
    write = session_module.write_snapshot

    def fail_at_6(path: Path, *given: object) -> None:
        if path.name == "step-00000006.safetensors":
            raise EOFError
        write(path, *given)

    monkeypatch.setattr(session_module, "write_snapshot", fail_at_6)
    with pytest.raises(EOFError):
        trained(cut)
    monkeypatch.undo()
    assert cut.optimizer_path(6).exists()
    assert cut.optimizer_path(5).exists()
    trained(cut)
    assert_same_weights(whole, cut, 10)


def test_a_damaged_last_snapshot_is_said() -> None:
    run = tiny_run()
    trained(run, None, STOP)
    run.step_path(1).write_bytes(b"garbled")
    with pytest.raises(RunError, match=r"step-00000001\.safetensors .* is damaged"):
        trained(run)


def test_a_finished_one_stays_as_it_is() -> None:
    run = tiny_run()
    trained(run)
    before = {path.name: path.stat().st_mtime_ns for path in run.path.glob("*.safetensors")}
    trained(run)
    assert before == {path.name: path.stat().st_mtime_ns for path in run.path.glob("*.safetensors")}
    assert run.status().state == "finished"
