from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import pytest
import torch

from cnnviz.datasets import Images, dataset
from cnnviz.errors import TrainingError
from cnnviz.layers import Flatten, FullyConnected
from cnnviz.networks import NetworkSpec
from cnnviz.plan import Plan
from cnnviz.recipe import Recipe
from cnnviz.tasks import TASKS
from cnnviz.training.loop import CHUNK, Step, make_optimizer, train_steps, validate
from tests.training.tiny import TINY

CLASSIFY = TASKS["classify"]
LINEAR = NetworkSpec.stack("linear", (1, 2, 2), [Flatten(), FullyConnected(out_features=3)])
BINARY = NetworkSpec.stack("binary", (1, 2, 2), [Flatten(), FullyConnected(out_features=1)])
Update = Callable[[np.ndarray, dict, float, int], np.ndarray]


def some_images(count: int, classes: int = 3) -> Images:
    rng = np.random.default_rng(5)
    return Images(rng.random((count, 1, 2, 2), dtype=np.float32), rng.integers(classes, size=count))


def logits_of(flat: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return np.array([[sum(w * v for w, v in zip(row, x, strict=True)) for row in weight] for x in flat]) + bias


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def sgd(gradient: np.ndarray, state: dict, rate: float, number: int) -> np.ndarray:
    return rate * gradient


def momentum(gradient: np.ndarray, state: dict, rate: float, number: int) -> np.ndarray:
    state["velocity"] = 0.9 * state.get("velocity", 0) + gradient  # Sutskever et al. (2013) as torch writes it
    return rate * state["velocity"]


def adam(gradient: np.ndarray, state: dict, rate: float, number: int) -> np.ndarray:
    state["m"] = 0.9 * state.get("m", 0) + 0.1 * gradient  # Kingma and Ba, "Adam" (2014), algorithm 1
    state["v"] = 0.999 * state.get("v", 0) + 0.001 * gradient**2
    return rate * (state["m"] / (1 - 0.9**number)) / (np.sqrt(state["v"] / (1 - 0.999**number)) + 1e-8)


@pytest.mark.parametrize("update", [sgd, momentum, adam], ids=lambda update: update.__name__)
def test_steps_are_those_made_by_hand(update: Update) -> None:
    images = some_images(7)  # all in one batch, so that their order does not matter
    recipe = Recipe(optimizer=update.__name__, learning_rate=0.1, schedule="constant", batch_size=7, epochs=4, seed=1)
    network = LINEAR.build(seed=1)
    weight, bias = (value.double().numpy().copy() for value in network.state_dict().values())
    flat = images.images.reshape(7, 4).astype(np.float64)
    states: tuple[dict, dict] = ({}, {})
    steps = train_steps(network, make_optimizer(recipe, network), CLASSIFY, images, Plan(recipe, len(images)))
    for number, step in enumerate(steps, start=1):
        logits = logits_of(flat, weight, bias)
        probabilities = softmax(logits)
        assert step == Step(number, step.loss, step.accuracy, 7)
        assert step.loss == pytest.approx(-np.log(probabilities[np.arange(7), images.labels]).mean(), rel=1e-5)
        assert step.accuracy == pytest.approx((logits.argmax(1) == images.labels).mean())
        upstream = (probabilities - np.eye(3)[images.labels]) / 7  # what softmax with cross-entropy sends back
        weight = weight - update(upstream.T @ flat, states[0], 0.1, number)
        bias = bias - update(upstream.sum(0), states[1], 0.1, number)
        new_weight, new_bias = (value.numpy() for value in network.state_dict().values())
        np.testing.assert_allclose(new_weight, weight, rtol=2e-4, atol=1e-6)
        np.testing.assert_allclose(new_bias, bias, rtol=2e-4, atol=1e-6)
    assert number == 4


def test_one_cycle_sets_the_rate_of_every_step_as_torch_does() -> None:
    images = some_images(7)
    recipe = Recipe(optimizer="sgd", learning_rate=0.5, batch_size=2, epochs=5)
    network = LINEAR.build(seed=0)
    optimizer = make_optimizer(recipe, network)
    rates = [
        optimizer.param_groups[0]["lr"]
        for _ in train_steps(network, optimizer, CLASSIFY, images, Plan(recipe, len(images)))
    ]
    theirs = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(theirs, max_lr=0.5, total_steps=15)  # 2, 2 and 2; one is left out
    expected = []
    for _ in range(15):
        expected.append(schedule.get_last_lr()[0])
        theirs.step()
        schedule.step()
    assert rates == pytest.approx(expected, rel=1e-6)


def begin(seed: int = 0, **changes: object) -> tuple[torch.nn.Sequential, torch.optim.Optimizer, Iterator[Step]]:
    recipe = Recipe(**{"batch_size": 256, "epochs": 2, "seed": seed} | changes)
    network = TINY.build(seed)
    optimizer = make_optimizer(recipe, network)
    images = dataset("digits").split(0).train
    return network, optimizer, train_steps(network, optimizer, CLASSIFY, images, Plan(recipe, len(images)))


def weights_of(network: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in network.state_dict().items()}


def assert_bit_equal(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


class TestSeed:
    def test_the_same_gives_the_same_numbers(self) -> None:
        first, _, first_steps = begin()
        second, _, second_steps = begin()
        losses = [step.loss for step in first_steps]
        torch.manual_seed(99)  # whatever the caller draws meanwhile
        assert losses == [step.loss for step in second_steps]
        assert_bit_equal(weights_of(first), weights_of(second))

    def test_another_gives_others(self) -> None:
        assert [step.loss for step in begin(seed=0)[2]] != [step.loss for step in begin(seed=1)[2]]

    def test_another_shuffles_otherwise_even_from_the_same_weights(self) -> None:
        losses = []
        for seed in (0, 1):
            recipe = Recipe(batch_size=2, epochs=1, seed=seed)
            network = LINEAR.build(seed=0)
            steps = train_steps(network, make_optimizer(recipe, network), CLASSIFY, some_images(20), Plan(recipe, 20))
            losses.append(next(steps).loss)
        assert losses[0] != losses[1]


def test_an_epoch_sees_every_image_once_and_the_next_in_another_order() -> None:
    images = Images(np.zeros((7, 1, 2, 2), np.float32), np.zeros(7, np.int64))
    images.images[:, 0, 0, 0] = np.arange(1, 8)
    recipe = Recipe(batch_size=3, epochs=2, seed=3)
    network = LINEAR.build(seed=0)
    seen: list[list[float]] = []
    network.register_forward_pre_hook(lambda _module, given: seen.append(given[0][:, 0, 0, 0].tolist()))
    numbers = [
        step.number
        for step in train_steps(network, make_optimizer(recipe, network), CLASSIFY, images, Plan(recipe, len(images)))
    ]
    assert numbers == [1, 2, 3, 4]
    assert [len(batch) for batch in seen] == [3, 3, 3, 3]  # one of seven is left out: batch norm needs two
    epochs = [seen[0] + seen[1], seen[2] + seen[3]]
    assert all(len(set(epoch)) == 6 for epoch in epochs)
    assert epochs[0] != epochs[1]


def test_what_is_drawn_repeats_after_a_break() -> None:
    network, optimizer, steps = begin()
    list(islice(steps, 4))
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    state = optimizer.state_dict()
    state = {**state, "state": {k: {n: v.clone() for n, v in s.items()} for k, s in state["state"].items()}}
    expected = [step.loss for step in steps]

    other, other_optimizer, _ = begin()
    other.load_state_dict(weights)
    other_optimizer.load_state_dict(state)
    torch.manual_seed(1234)
    recipe = Recipe(batch_size=256, epochs=2)
    images = dataset("digits").split(0).train
    gone_on = list(train_steps(other, other_optimizer, CLASSIFY, images, Plan(recipe, len(images)), done=4))
    assert [step.number for step in gone_on] == [5, 6, 7, 8, 9, 10]
    assert [step.loss for step in gone_on] == expected
    assert_bit_equal(weights_of(network), weights_of(other))


@pytest.mark.parametrize(("poison", "state"), [(float("nan"), "no numbers any more"), (float("-inf"), "infinite")])
def test_a_loss_that_is_no_number_stops_with_a_sentence_naming_step_and_layer(poison: float, state: str) -> None:
    network, _, steps = begin(learning_rate=0.02)
    last = list(islice(steps, 3))[-1]
    with torch.no_grad():
        network.fc1.bias[0] = poison
    before = weights_of(network)
    with pytest.raises(TrainingError) as stopped:
        next(steps)
    assert str(stopped.value) == (
        f"Step 3: the weights of fc1 are {state} (its loss was {last.loss:.3g}); use a learning rate below 0.02."
    )
    after = weights_of(network)
    assert_bit_equal(
        {name: before[name] for name in before if "norm" not in name},  # a forward pass moves its running mean
        {name: after[name] for name in after if "norm" not in name},
    )


class TestValidate:
    def test_softmax_is_what_a_loop_counts(self) -> None:
        images = some_images(CHUNK + 45)  # more than one chunk, the last not full
        network = LINEAR.build(seed=2)
        weight, bias = (value.double().numpy() for value in network.state_dict().values())
        counts, loss = np.zeros((3, 3), int), 0.0
        for logits, label in zip(logits_of(images.images.reshape(-1, 4), weight, bias), images.labels, strict=True):
            counts[label, max(range(3), key=lambda k: logits[k])] += 1
            loss -= np.log(np.exp(logits[label]) / np.exp(logits).sum()) / len(images)
        found_loss, found = validate(network, CLASSIFY, images, 3)
        np.testing.assert_array_equal(found, counts)
        assert found.dtype == np.int32
        assert found_loss == pytest.approx(loss, rel=1e-5)

    def test_one_output_is_the_logit_of_the_second_class(self) -> None:
        images = some_images(30, classes=2)
        network = BINARY.build(seed=2)
        weight, bias = (value.double().numpy() for value in network.state_dict().values())
        with torch.no_grad():
            network.fc1.bias += float(-logits_of(images.images.reshape(-1, 4), weight, bias).mean())
        bias = network.fc1.bias.detach().double().numpy()
        counts, loss = np.zeros((2, 2), int), 0.0
        for (logit,), label in zip(logits_of(images.images.reshape(-1, 4), weight, bias), images.labels, strict=True):
            second = 1 / (1 + np.exp(-logit))
            counts[label, int(second > 0.5)] += 1
            loss -= np.log(second if label else 1 - second) / len(images)
        found_loss, found = validate(network, CLASSIFY, images, 2)
        assert counts.all()  # every cell is put to the test
        np.testing.assert_array_equal(found, counts)
        assert found_loss == pytest.approx(loss, rel=1e-5)

    @pytest.mark.parametrize("training", [True, False])
    def test_it_looks_in_eval_mode_and_leaves_all_as_it_was(self, training: bool) -> None:
        network = TINY.build(seed=0).train(training)
        before = weights_of(network)
        images = dataset("digits").split(0).validation
        first = validate(network, CLASSIFY, images, 10)
        second = validate(network, CLASSIFY, images, 10)
        assert first[0] == second[0]  # dropout is off
        assert network.training is training
        assert_bit_equal(before, weights_of(network))

    def test_no_images_are_no_error(self) -> None:
        loss, counts = validate(LINEAR.build(seed=0), CLASSIFY, some_images(0), 3)
        assert (loss, counts.sum()) == (0, 0)
