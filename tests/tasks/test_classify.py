import math

import numpy as np
import pytest
import torch

from cnnviz.tasks.classify import Classify


def rows(outputs: int) -> tuple[np.ndarray, list[int]]:
    rng = np.random.default_rng(outputs)
    return rng.normal(0, 2, (9, outputs)).astype(np.float32), rng.integers(0, max(2, outputs), 9).tolist()


def softmax(row: np.ndarray) -> list[float]:
    powers = [math.exp(float(value)) for value in row]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_the_loss_is_the_mean_negative_logarithm_of_the_labels_probability(classes):
    logits, labels = rows(classes)
    expected = sum(-math.log(softmax(row)[label]) for row, label in zip(logits, labels, strict=True)) / len(labels)
    assert Classify().loss(torch.tensor(logits), torch.tensor(labels)).item() == pytest.approx(expected, rel=1e-5)


def test_with_one_output_the_loss_is_binary_cross_entropy():
    logits, labels = rows(1)
    total = 0.0
    for (logit,), label in zip(logits, labels, strict=True):
        p = 1 / (1 + math.exp(-float(logit)))  # of the second class
        total -= label * math.log(p) + (1 - label) * math.log(1 - p)
    loss = Classify().loss(torch.tensor(logits), torch.tensor(labels)).item()
    assert loss == pytest.approx(total / len(labels), rel=1e-5)


def test_losses_by_pen_and_paper():
    even = Classify().loss(torch.zeros(4, 10), torch.tensor([0, 3, 5, 9])).item()
    assert even == pytest.approx(math.log(10))  # no class preferred: the logarithm of their number
    assert Classify().loss(torch.zeros(2, 1), torch.tensor([0, 1])).item() == pytest.approx(math.log(2))
    sure = torch.tensor([[1000.0], [-1000.0]])
    assert Classify().loss(sure, torch.tensor([1, 0])).item() == 0
    assert Classify().loss(sure, torch.tensor([0, 1])).item() == pytest.approx(1000)


@pytest.mark.parametrize("classes", [2, 10])
def test_probabilities_are_the_softmax(classes):
    for row in rows(classes)[0]:
        assert Classify().probabilities(row) == pytest.approx(softmax(row), rel=1e-5)


def test_with_one_output_the_second_class_has_the_sigmoid():
    for value in (-30.0, -2.0, 0.0, 0.5, 30.0):
        p = 1 / (1 + math.exp(-value))
        assert Classify().probabilities(np.array([value], np.float32)) == pytest.approx([1 - p, p], abs=1e-6)


def test_predictions_are_the_largest_logit_or_the_sign_of_the_only_one():
    several = torch.tensor([[0.0, 2.0, 1.0], [-1.0, -3.0, -2.0], [5.0, 5.5, 5.6]])
    assert Classify().predictions(several).tolist() == [1, 0, 2]
    assert Classify().predictions(torch.tensor([[0.1], [-0.1], [7.0], [0.0]])).tolist() == [1, 0, 1, 0]
