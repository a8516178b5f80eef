"""Values and gradients, against PyTorch's own classes and by hand in float64."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.losses import LOSSES

Value = Callable[[np.ndarray, np.ndarray], float]
SMOOTHING = 0.3


def drawn(outputs: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(outputs)
    return rng.normal(0, 2, (9, outputs)), rng.integers(0, max(2, outputs), 9)


def ours(name: str, logits: np.ndarray, labels: np.ndarray, smoothing: float = 0.0) -> tuple[float, np.ndarray]:
    """The value and the gradient for the logits."""
    given = torch.tensor(logits, requires_grad=True)
    settings = {"label_smoothing": smoothing} if name == "cross_entropy" else {}
    value = LOSSES[name].value(given, torch.tensor(labels), **settings)
    (slope,) = torch.autograd.grad(value, given)
    return value.item(), slope.numpy()


def slopes(value: Value, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The gradient by small differences."""
    found = np.zeros_like(logits)
    for place in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[place] = 1e-6
        found[place] = (value(logits + step, labels) - value(logits - step, labels)) / 2e-6
    return found


def entropy(smoothing: float) -> Value:
    def value(logits: np.ndarray, labels: np.ndarray) -> float:
        total = 0.0
        for row, label in zip(logits, labels, strict=True):
            both = np.array([0, row[0]]) if len(row) == 1 else row
            p = np.exp(both) / np.exp(both).sum()
            target = np.full(len(both), smoothing / len(both))
            target[label] += 1 - smoothing
            total -= (target * np.log(p)).sum()
        return total / len(labels)

    return value


def binary(logits: np.ndarray, labels: np.ndarray) -> float:
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        for k, z in enumerate(row):
            s = 1 / (1 + np.exp(-z))
            is_true = label == (1 if len(row) == 1 else k)
            total -= np.log(s if is_true else 1 - s)
    return total / logits.size


def squares(logits: np.ndarray, labels: np.ndarray) -> float:
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        for k, z in enumerate(row):
            target = (1 if label else -1) if len(row) == 1 else float(label == k)
            total += (z - target) ** 2
    return total / logits.size


def hinge(logits: np.ndarray, labels: np.ndarray) -> float:
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        if len(row) == 1:
            total += max(0.0, 1 - (1 if label else -1) * row[0])
        else:
            total += sum(max(0.0, 1 - row[label] + z) for k, z in enumerate(row) if k != label) / len(row)
    return total / len(labels)


BY_HAND: dict[str, Value] = {
    "cross_entropy": entropy(0.0),
    "binary_cross_entropy": binary,
    "mean_squared_error": squares,
    "hinge": hinge,
}


@pytest.mark.parametrize("outputs", [1, 2, 5])
@pytest.mark.parametrize("name", LOSSES)
def test_value_and_gradient_are_those_made_by_hand(name: str, outputs: int) -> None:
    logits, labels = drawn(outputs)
    value, slope = ours(name, logits, labels)
    assert value == pytest.approx(BY_HAND[name](logits, labels), rel=1e-10)
    np.testing.assert_allclose(slope, slopes(BY_HAND[name], logits, labels), atol=1e-7)


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_smoothed_labels_are_those_made_by_hand(outputs: int) -> None:
    logits, labels = drawn(outputs)
    value, slope = ours("cross_entropy", logits, labels, SMOOTHING)
    assert value == pytest.approx(entropy(SMOOTHING)(logits, labels), rel=1e-10)
    np.testing.assert_allclose(slope, slopes(entropy(SMOOTHING), logits, labels), atol=1e-7)


def one_hot(labels: torch.Tensor) -> torch.Tensor:
    return nn.functional.one_hot(labels, 5).double()


def second(labels: torch.Tensor) -> torch.Tensor:
    return labels.double()[:, None]


def pair(logits: torch.Tensor) -> torch.Tensor:
    """One logit as two that lie as far apart."""
    return torch.cat([-logits / 2, logits / 2], dim=1)


THEIRS: dict[tuple[str, int], Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    ("cross_entropy", 5): nn.CrossEntropyLoss(),
    ("cross_entropy", 1): lambda z, y: nn.CrossEntropyLoss()(pair(z), y),
    ("binary_cross_entropy", 5): lambda z, y: nn.BCEWithLogitsLoss()(z, one_hot(y)),
    ("binary_cross_entropy", 1): lambda z, y: nn.BCEWithLogitsLoss()(z, second(y)),
    ("mean_squared_error", 5): lambda z, y: nn.MSELoss()(z, one_hot(y)),
    ("mean_squared_error", 1): lambda z, y: nn.MSELoss()(z, second(y) * 2 - 1),
    ("hinge", 5): nn.MultiMarginLoss(),
    ("hinge", 1): lambda z, y: 2 * nn.MultiMarginLoss()(pair(z), y),  # torch divides by the number of classes
}


@pytest.mark.parametrize(("name", "outputs"), THEIRS)
def test_value_and_gradient_are_those_of_torchs_own_class(name: str, outputs: int) -> None:
    logits, labels = drawn(outputs)
    value, slope = ours(name, logits, labels)
    given = torch.tensor(logits, requires_grad=True)
    theirs = THEIRS[name, outputs](given, torch.tensor(labels))
    (their_slope,) = torch.autograd.grad(theirs, given)
    assert value == pytest.approx(theirs.item(), rel=1e-12)
    np.testing.assert_allclose(slope, their_slope.numpy(), atol=1e-12)


def test_smoothed_labels_are_torchs() -> None:
    logits, labels = drawn(5)
    theirs = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)(torch.tensor(logits), torch.tensor(labels)).item()
    assert ours("cross_entropy", logits, labels, SMOOTHING)[0] == pytest.approx(theirs, rel=1e-12)
    logits, labels = drawn(1)
    theirs = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)(pair(torch.tensor(logits)), torch.tensor(labels)).item()
    assert ours("cross_entropy", logits, labels, SMOOTHING)[0] == pytest.approx(theirs, rel=1e-12)


def test_every_loss_is_put_to_both_tests() -> None:
    assert BY_HAND.keys() == LOSSES.keys() == {name for name, _ in THEIRS}


class TestProbabilities:
    def test_binary_cross_entropys_are_the_sigmoids_given_that_one_is_true(self) -> None:
        logits = np.array([0.3, -1.2, 2.0], np.float32)
        true = 1 / (1 + np.exp(-logits.astype(np.float64)))
        alone = [true[k] * np.prod([1 - true[j] for j in range(3) if j != k]) for k in range(3)]
        found = LOSSES["binary_cross_entropy"].probabilities(logits)
        np.testing.assert_allclose(found, np.array(alone) / sum(alone), rtol=1e-5)

    @pytest.mark.parametrize("values", [[0.2, 0.3, 0.5], [0.0, 1.0, 0.0]])
    def test_squared_errors_are_the_outputs_where_these_are_probabilities(self, values: list[float]) -> None:
        assert LOSSES["mean_squared_error"].probabilities(np.array(values, np.float32)) == pytest.approx(values)

    def test_squared_errors_are_the_nearest_there_are(self) -> None:
        outputs = np.array([0.9, 0.35, -0.4])
        found = LOSSES["mean_squared_error"].probabilities(outputs.astype(np.float32))
        grid = [(a, b, 1 - a - b) for a in np.linspace(0, 1, 401) for b in np.linspace(0, 1, 401) if a + b <= 1]
        nearest = min(grid, key=lambda p: float(((np.array(p) - outputs) ** 2).sum()))
        assert found == pytest.approx(nearest, abs=0.003)

    @pytest.mark.parametrize(("output", "p"), [(-3, 0), (-1, 0), (-0.5, 0.25), (0, 0.5), (0.5, 0.75), (1, 1), (7, 1)])
    def test_squared_errors_of_one_output_lie_on_a_line(self, output: float, p: float) -> None:
        found = LOSSES["mean_squared_error"].probabilities(np.array([output], np.float32))
        assert found == pytest.approx([1 - p, p])

    def test_what_makes_the_squared_error_smallest_is_the_share_of_each_class(self) -> None:
        """Images that cannot be told apart, three of one class and one of the other: 0.75 and 0.25."""
        labels = torch.tensor([0, 0, 0, 1])
        for outputs in (1, 2):
            logits = torch.zeros(1, outputs, requires_grad=True)
            for _ in range(200):
                loss = LOSSES["mean_squared_error"].value(logits.expand(4, -1), labels)
                (slope,) = torch.autograd.grad(loss, logits)
                logits = (logits - 0.2 * slope).detach().requires_grad_()
            found = LOSSES["mean_squared_error"].probabilities(logits.detach()[0].numpy())
            assert found == pytest.approx([0.75, 0.25], abs=1e-4)
