"""What is asked of the inspector, through a real host."""

import os
import shutil
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from cnnviz.datasets import dataset
from cnnviz.errors import RunError
from cnnviz.inspection import load_network
from cnnviz.runs import Run, write_snapshot
from cnnviz.training.control import CallControl
from cnnviz.training.questions import SAMPLE, Evaluate, FindWorst, LookAt, MeasureLayers
from cnnviz.training.session import Session
from tests.training.beside import LIMIT, Beside, question, until
from tests.training.tiny import tiny_run

NOWHERE = Path("no-gallery")  # where no drawing is looked for


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = tiny_run(tmp_path_factory.mktemp("questions"))
    Session(run, CallControl(lambda _report: None)).train()
    return run


def test_a_look_at_an_image(beside: Beside, run: Run) -> None:
    snapshot, seen, label = beside.client.ask(LookAt(run.path, 4, "validation-7", NOWHERE)).result(LIMIT)
    validation = dataset("digits").split(0).validation
    assert (snapshot.step, label) == (4, validation.labels[7])
    with torch.no_grad():
        logits = load_network(run, run.snapshot(4))(torch.tensor(validation.images[7:8]))[0].numpy()
    np.testing.assert_array_equal(seen["input"], validation.images[7])
    np.testing.assert_allclose(seen["fc1"], logits, atol=1e-5)


def test_an_evaluation_is_of_the_test_part(beside: Beside, run: Run) -> None:
    loss, confusion = beside.client.ask(Evaluate(run.path, 10)).result(LIMIT)
    test = dataset("digits").split(0).test
    with torch.no_grad():
        logits = load_network(run, run.snapshot(10))(torch.tensor(test.images)).double().numpy()
    assert confusion.sum() == len(test)
    assert np.trace(confusion) == (logits.argmax(1) == test.labels).sum()
    chosen = logits[np.arange(len(test)), test.labels]
    assert loss == pytest.approx((np.log(np.exp(logits).sum(1)) - chosen).mean(), rel=1e-4)


@pytest.mark.parametrize(
    ("step", "image", "message"),
    [
        (99, "validation-0", "Step 99 of .* is not saved"),
        (4, "validation-9999", "There is no image validation-9999"),
        (4, "test-0", "only evaluating looks at"),
        (4, "nonsense", "names no image"),
        (None, "validation-0", r"live\.safetensors is not there any more"),
    ],
)
def test_one_that_fails_gives_its_error(beside: Beside, run: Run, step: int | None, image: str, message: str) -> None:
    error = beside.client.ask(LookAt(run.path, step, image, NOWHERE)).exception(LIMIT)
    assert error is not None
    with pytest.raises(type(error), match=message):
        raise error


def test_any_other_error_is_one_too(beside: Beside) -> None:
    error = beside.client.ask(question(partial(divmod, 1, 0))).exception(LIMIT)
    assert isinstance(error, RunError)
    assert str(error).startswith("ZeroDivisionError: ")
    assert beside.client.ask(question(partial(divmod, 7, 2))).result(LIMIT) == (3, 1)


def test_a_killed_inspector_fails_its_questions_and_is_started_again(beside: Beside) -> None:
    asked = [beside.client.ask(question(partial(signal.raise_signal, signal.SIGKILL))) for _ in range(3)]
    for future in asked:
        error = future.exception(LIMIT)
        assert isinstance(error, RunError)
        assert "has been started again" in str(error)
    assert beside.client.ask(question(partial(divmod, 7, 2))).result(LIMIT) == (3, 1)
    assert beside.losses == 0


def test_one_asked_of_an_inspector_that_is_just_dead_does_not_end_the_host(beside: Beside) -> None:
    inspector = psutil.Process(beside.client.ask(question(os.getpid)).result(LIMIT))
    beside.host.suspend()  # so that it hears of the question and of the death together
    try:
        inspector.kill()
        until(lambda: inspector.status() == psutil.STATUS_ZOMBIE, "the inspector is dead")
        future = beside.client.ask(question(os.getpid))
    finally:
        beside.host.resume()
    assert isinstance(future.exception(LIMIT), RunError)
    assert beside.client.ask(question(os.getpid)).result(LIMIT) != inspector.pid
    assert beside.losses == 0


def test_a_kill_in_the_middle_of_an_answer_does_not_end_the_host(beside: Beside) -> None:
    code = (
        "import gc, os, signal\nfrom multiprocessing.connection import Connection\n"
        "[line] = [one for one in gc.get_objects() if isinstance(one, Connection) and not one.closed]\n"
        "os.write(line.fileno(), bytes([0, 0, 1, 0]) + b'the first of 256 bytes')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    error = beside.client.ask(question(partial(exec, code))).exception(LIMIT)
    assert "has been started again" in str(error)
    assert beside.losses == 0


def test_training_goes_on_meanwhile(beside: Beside) -> None:
    run = tiny_run()
    beside.client.train(run.path, 20)
    beside.wait_for_state(run, "training")
    beside.client.ask(question(partial(signal.raise_signal, signal.SIGKILL))).exception(LIMIT)
    beside.wait_until_gone(run)
    assert run.status().state == "finished"


def test_what_layers_give_is_asked_of_the_first_validation_images(beside: Beside, run: Run) -> None:
    found = beside.client.ask(MeasureLayers(run.path, 4)).result(LIMIT)
    images = torch.tensor(dataset("digits").split(0).validation.images[:SAMPLE])
    with torch.no_grad():
        logits = load_network(run, run.snapshot(4))(images).double().numpy()
    assert list(found) == ["pool1", "conv1", "norm1", "relu1", "dropout1", "flatten1", "fc1"]
    assert (found["fc1"].mean, found["fc1"].deviation) == pytest.approx((logits.mean(), logits.std()), rel=1e-5)


@pytest.mark.parametrize("is_noted", [True, False])
def test_the_worst_mistakes_are_those_that_were_noted_or_they_are_found(
    beside: Beside, run: Run, tmp_path: Path, is_noted: bool
) -> None:
    worst = run.snapshot(4).worst
    assert worst
    copy = Run(shutil.copytree(run.path, tmp_path / "copy"))
    if not is_noted:  # as in runs of older versions
        write_snapshot(copy.step_path(4), replace(run.snapshot(4), worst=None))
    found, pixels = beside.client.ask(FindWorst(copy.path, 4)).result(LIMIT)
    assert [(one.index, one.label, one.prediction) for one in found] == [
        (one.index, one.label, one.prediction) for one in worst
    ]
    images = dataset("digits").split(0).validation.images[[one.index for one in worst]]
    np.testing.assert_array_equal(pixels, np.round(images * 255))
