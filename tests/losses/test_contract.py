"""What every loss must hold; a new one is tested by being listed."""

import re

import numpy as np
import pytest
import torch

from cnnviz.losses import LOSSES
from cnnviz.recipe import Recipe
from cnnviz.tasks import TASKS

every_loss = pytest.mark.parametrize("name", LOSSES)
every_width = pytest.mark.parametrize("outputs", [1, 2, 5, 10])


def task(name, **changes):
    return TASKS["classify"].learnt_by(Recipe(loss=name, **changes))


def batch(outputs, spread=3.0):
    drawn = torch.Generator().manual_seed(outputs)
    logits = torch.randn(40, outputs, generator=drawn) * spread
    return logits, torch.randint(0, max(2, outputs), (40,), generator=drawn)


@every_loss
def test_it_tells_what_it_is(name):
    member = LOSSES[name]
    assert member.name == name
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert member.title[0].isupper()
    assert re.fullmatch(r"[A-Z].*\.", member.about)
    assert re.fullmatch(r"([A-Z].*\.)?", member.meaning)
    assert member.is_softmax or member.meaning
    assert all(name in Recipe.declared()[setting].only["loss"] for setting in member.settings)


@every_loss
@every_width
def test_it_is_one_number_that_falls_down_its_gradient(name, outputs):
    logits, labels = batch(outputs)
    logits.requires_grad_()
    loss = task(name).loss(logits, labels)
    assert loss.shape == ()
    assert loss > 0
    (slope,) = torch.autograd.grad(loss, logits)
    assert task(name).loss(logits - 0.01 * slope / slope.abs().max(), labels) < loss


@every_loss
@every_width
def test_it_is_a_mean_so_that_the_size_of_a_batch_does_not_matter(name, outputs):
    logits, labels = batch(outputs)
    twice = task(name).loss(torch.cat([logits, logits]), torch.cat([labels, labels]))
    assert twice.item() == pytest.approx(task(name).loss(logits, labels).item(), rel=1e-5)


@every_loss
@every_width
def test_the_predicted_class_is_the_most_probable_and_all_add_up_to_one(name, outputs):
    for spread in (0.1, 3.0, 1e4):
        logits, labels = batch(outputs, spread)
        assert torch.isfinite(task(name).loss(logits, labels))
        predictions = task(name).predictions(logits).tolist()
        for row, prediction in zip(logits.numpy(), predictions, strict=True):
            probabilities = task(name).probabilities(row)
            assert probabilities.shape == (max(2, outputs),)
            assert probabilities.dtype == np.float32
            assert (probabilities >= 0).all()
            assert probabilities.sum() == pytest.approx(1, abs=1e-5)
            assert probabilities[prediction] == probabilities.max()


@every_loss
@every_width
def test_its_lines_of_pytorch_give_the_same_probabilities(name, outputs):
    for spread in (0.1, 3.0):
        for row in batch(outputs, spread)[0]:
            names = {"torch": torch, "fc1": row[None]}
            exec("\n".join(LOSSES[name].code("fc1", outputs)), names)
            found = [1 - float(names["p"]), float(names["p"])] if outputs == 1 else names["probabilities"].tolist()
            assert task(name).probabilities(row.numpy()) == pytest.approx(found, abs=1e-6)


@every_loss
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_logits_that_are_no_numbers_raise_nothing(name, outputs, odd):
    with np.errstate(invalid="ignore"):
        assert np.isnan(task(name).probabilities(np.full(outputs, odd, np.float32))).all()


@every_loss
@pytest.mark.parametrize("outputs", [1, 3])
def test_who_learns_by_it_answers_rightly(name, outputs):
    """Three heaps (or two) are told apart by a linear map trained with plain gradient descent."""
    classes = max(2, outputs)
    drawn = torch.Generator().manual_seed(1)
    labels = torch.arange(60) % classes
    images = torch.nn.functional.one_hot(labels, 4).float() + 0.2 * torch.randn(60, 4, generator=drawn)
    layer = torch.nn.Linear(4, outputs)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.4)
    for _ in range(150):
        optimizer.zero_grad()
        task(name).loss(layer(images), labels).backward()
        optimizer.step()
    assert (task(name).predictions(layer(images)) == labels).float().mean() > 0.95
