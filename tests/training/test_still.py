"""A snapshot is written beside the training, from a copy of what it was."""

import threading
from pathlib import Path
from typing import Any

import pytest

from cnnviz.errors import StorageError
from cnnviz.recipe import Recipe
from cnnviz.runs import logs, read_arrays
from cnnviz.training import keeping
from cnnviz.training.control import Command
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.still import Still, weights_of
from tests.training.tiny import TINY, assert_same_weights, tiny_run, trained

STOP = Command("stop")
PATIENCE = 20  # s


def test_training_goes_on_while_one_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds what was, its optimizer's file too, and it is told of when it is there."""
    whole, held = (tiny_run(batch_size=2, epochs=1) for _ in range(2))
    trained(whole, *[None] * 64, STOP)
    gate, write = threading.Event(), keeping.write_snapshot

    def wait_at_64(path: Path, *given: Any) -> None:
        if path == held.step_path(64):
            assert gate.wait(PATIENCE)
        write(path, *given)

    seen = []

    def look() -> None:
        seen.append(held.steps()[-1])
        gate.set()

    monkeypatch.setattr(keeping, "write_snapshot", wait_at_64)
    script = trained(held, *[None] * 70, look, STOP)
    assert seen == [32]
    told = [report.step for report in script.reports if 64 in report.log.snapshots]
    assert len(told) == 1
    assert told[0] >= 70
    assert held.steps()[-2:] == [64, 70]
    assert_same_weights(whole, held, 64)
    trained(whole, *[None] * 6, STOP)
    first, second = (read_arrays(run.optimizer_path(70))[0] for run in (whole, held))
    assert all((first[name] == values).all() for name, values in second.items())


def test_one_that_cannot_be_written_ends_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    run, write = tiny_run(batch_size=2, epochs=1), keeping.write_snapshot

    def full_at_64(path: Path, *given: Any) -> None:
        if path == run.step_path(64):
            raise StorageError("The disk is full.")
        write(path, *given)

    monkeypatch.setattr(keeping, "write_snapshot", full_at_64)
    with pytest.raises(StorageError, match="full"):
        trained(run)
    assert run.steps()[-1] == 32
    assert not run.is_locked()


def test_a_still_stays_until_the_next_is_taken() -> None:
    network = TINY.build(0)
    optimizer = FlatOptimizer(Recipe(optimizer="adam"), network)
    still = Still(network, optimizer)
    still.take()
    assert still.gradients == still.optimizer_state() == {}
    for _ in range(2):
        optimizer.show_gradient()
        optimizer.gradient.fill_(0.5)
        optimizer.step()
        network.norm1.running_mean.add_(1)
        still.take()
        taken = {name: values.copy() for name, values in weights_of(still.network).items()}
        state = {name: values.copy() for name, values in still.optimizer_state().items()}
        for name, values in network.state_dict().items():
            assert (taken[name] == values.numpy()).all(), name
        assert {name.split("/")[1] for name in state} == {"step", "exp_avg", "exp_avg_sq"}
        assert (still.gradients["fc1"] == 0.5).all()
        optimizer.step()
        optimizer.gradient.zero_()
        for name, values in weights_of(still.network).items():
            assert (taken[name] == values).all(), name
        for name, values in still.optimizer_state().items():
            assert (state[name] == values).all(), name
        assert (still.gradients["fc1"] == 0.5).all()


def test_the_files_of_a_long_one_are_joined_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the run itself is damaged, the training does not mind."""
    monkeypatch.setattr(keeping, "JOINED_EVERY", 4)
    monkeypatch.setattr(logs, "JOIN_FROM", 4)
    sound, damaged = tiny_run(), tiny_run()
    trained(sound)
    logs.forget()
    assert (sound.path / ".curves.safetensors").exists()
    assert sound.log().train_step.tolist() == list(range(1, 11))
    trained(damaged, None, STOP)
    damaged.step_path(0).write_bytes(b"")
    trained(damaged)
    assert damaged.status().state == "finished"
