import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import dataset
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.recipe import Recipe, snapshot_steps
from cnnviz.runs import EXAMPLE_FOLDER, Run, example
from cnnviz.training import make_example

LARGEST = 6 * 1024 * 1024  # bytes; it is part of every installation


def test_it_is_complete() -> None:
    run = example()
    assert (run.id, run.is_example) == ("example", True)
    assert run.steps() == snapshot_steps(run.planned_steps)
    assert (run.status().state, run.status().step) == ("finished", run.planned_steps)
    log = run.log()
    assert log.train_step.tolist() == list(range(1, run.planned_steps + 1))
    assert log.snapshots.tolist() == log.validation_step.tolist() == run.steps()
    for name, column in log.arrays().items():
        assert np.isfinite(column).all(), name


def test_every_step_holds_what_is_shown_of_it() -> None:
    run = example()
    spec = NETWORKS["digits_small"].spec((1, 8, 8), 10)
    shapes = {"input": (1, 8, 8), **spec.shapes()}
    probe = dataset("digits").split(run.record["recipe"]["seed"]).validation
    for step in run.steps():
        snapshot = run.snapshot(step)
        assert {name: values.shape for name, values in snapshot.activations.items()} == shapes
        np.testing.assert_array_equal(snapshot.activations["input"], probe.images[0])
        assert snapshot.label == probe.labels[0]
        assert snapshot.confusion is not None
        assert snapshot.confusion.sum() == run.record["validation_images"] == len(probe)


def test_it_is_made_as_the_command_says_and_has_learned() -> None:
    run = example()
    assert Recipe.from_record(run.record["recipe"]) == make_example.RECIPE
    assert Augmentation.from_record(run.record["augmentation"]) == make_example.AUGMENTATION
    assert NetworkSpec.from_record(run.record["network"]) == NETWORKS["digits_small"].spec((1, 8, 8), 10)
    assert run.log().validation_accuracy[0] < 0.3
    assert (run.last_validation_accuracy() or 0) >= 0.97


def test_it_holds_nothing_else_and_is_small() -> None:
    (folder,) = EXAMPLE_FOLDER.iterdir()
    known = {"run.json", "events.jsonl", "name.txt", *(example().step_path(step).name for step in example().steps())}
    assert {path.name for path in folder.iterdir()} - {"lock"} == known
    assert sum(path.stat().st_size for path in folder.iterdir()) < LARGEST


def test_it_is_read_without_torch() -> None:
    code = (
        "import sys; from cnnviz.runs import example; run = example()\n"
        "assert len(run.log().train_loss) == 200 and run.snapshot(200).step == 200 and run.status().step == 200\n"
        "assert run.label and run.class_names\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "False\n", done.stderr


@pytest.mark.slow
def test_the_command_that_made_it_gives_the_same_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_example, "EXAMPLE_FOLDER", tmp_path)
    make_example.main()
    made, shipped = Run(tmp_path / "digits_small"), example()
    assert {path.name for path in made.path.iterdir()} - {"lock"} == {path.name for path in shipped.path.iterdir()} - {
        "lock"
    }
    assert made.label == shipped.label
    for name, column in shipped.log().arrays().items():
        if not column.size:  # older versions measured less
            continue
        np.testing.assert_allclose(getattr(made.log(), name), column, atol=1e-3, err_msg=name)
    for step in shipped.steps():
        for name, values in shipped.snapshot(step).weights.items():
            np.testing.assert_allclose(made.snapshot(step).weights[name], values, atol=1e-3, err_msg=f"{step} {name}")
