"""What every task must hold; a new one is tested by being listed."""

import re

import numpy as np
import pytest
import torch

from cnnviz.tasks import TASKS, Task

every_task = pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
every_width = pytest.mark.parametrize("outputs", [1, 2, 5, 10])


def batch(outputs: int, spread: float = 3) -> tuple[torch.Tensor, torch.Tensor]:
    drawn = torch.Generator().manual_seed(outputs)
    logits = torch.randn(40, outputs, generator=drawn) * spread
    return logits, torch.randint(0, max(2, outputs), (40,), generator=drawn)


@every_task
def test_it_tells_what_it_is(task):
    assert isinstance(task, Task)
    assert TASKS[task.name] is task
    assert re.fullmatch(r"[a-z][a-z0-9_]*", task.name)
    assert task.title


@every_task
@every_width
def test_its_loss_is_one_number_that_falls_down_its_gradient(task, outputs):
    logits, labels = batch(outputs)
    logits.requires_grad_()
    loss = task.loss(logits, labels)
    assert loss.shape == ()
    assert torch.isfinite(loss)
    (slope,) = torch.autograd.grad(loss, logits)
    assert task.loss(logits - 0.1 * slope / slope.abs().max(), labels) < loss


@every_task
@every_width
def test_its_loss_is_a_mean_so_that_the_size_of_a_batch_does_not_matter(task, outputs):
    logits, labels = batch(outputs)
    twice = task.loss(torch.cat([logits, logits]), torch.cat([labels, labels]))
    assert twice.item() == pytest.approx(task.loss(logits, labels).item(), rel=1e-5)


@every_task
@every_width
def test_its_predictions_are_classes_and_the_most_probable_ones(task, outputs):
    logits, _ = batch(outputs)
    predictions = task.predictions(logits)
    assert predictions.shape == (40,)
    assert predictions.dtype == torch.int64
    for row, prediction in zip(logits.numpy(), predictions.tolist(), strict=True):
        probabilities = task.probabilities(row)
        assert probabilities.shape == (max(2, outputs),)
        assert probabilities.dtype == np.float32
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)
        assert (probabilities >= 0).all()
        assert probabilities.argmax() == prediction


@every_task
@every_width
def test_large_logits_overflow_nowhere(task, outputs):
    logits, labels = batch(outputs, spread=1e4)
    assert torch.isfinite(task.loss(logits, labels))
    for row in logits.numpy():
        assert np.isfinite(task.probabilities(row)).all()
