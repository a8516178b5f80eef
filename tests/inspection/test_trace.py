import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import cnnviz
from cnnviz.errors import ImageError, NetworkError
from cnnviz.inspection import record, trace
from cnnviz.networks import NETWORKS
from tests.inspection.made import image_for
from tests.inspection.nets import (
    TWINS,
    Branching,
    Functional,
    InPlace,
    Methods,
    Modules,
    Parts,
    Reused,
    are_same,
    image,
    make,
    states,
)
from tests.networks.mixed import MIXED

NAMES = {
    Modules: ["conv1", "bn1", "relu1", "conv2", "add", "relu2", "pool", "fc"],
    Functional: ["conv1", "bn1", "relu", "conv2", "add", "relu_1", "max_pool2d", "fc"],
    Methods: ["conv1", "bn1", "relu", "conv2", "add", "relu_1", "max_pool2d", "fc"],
    Reused: ["conv1", "bn1", "relu", "conv2", "add", "relu_1", "pool", "fc"],
    InPlace: ["conv1", "bn1", "relu", "conv2", "add", "relu_1", "max_pool2d", "fc"],
}
every_twin = pytest.mark.parametrize("kind", TWINS, ids=lambda kind: kind.__name__)


def by_hand(network: Parts, values: Tensor) -> list[np.ndarray]:
    """Every operation of the twins, each on a tensor of its own."""
    w = {name: value.double() for name, value in network.state_dict().items()}
    steps = [functional.conv2d(values.double()[None], w["conv1.weight"], w["conv1.bias"], padding=1)]
    scale = w["bn1.weight"] / torch.sqrt(w["bn1.running_var"] + 1e-5)
    shift = w["bn1.bias"] - w["bn1.running_mean"] * scale
    steps.append(steps[-1] * scale[:, None, None] + shift[:, None, None])
    steps.append(steps[-1].clamp(min=0))
    steps.append(functional.conv2d(steps[-1], w["conv2.weight"], w["conv2.bias"], padding=1))
    steps.append(steps[-1] + steps[-2])
    steps.append(steps[-1].clamp(min=0))
    steps.append(steps[-1].reshape(1, 5, 4, 2, 4, 2).amax(dim=(3, 5)))
    steps.append(steps[-1].reshape(1, -1) @ w["fc.weight"].T + w["fc.bias"])
    return [step[0].numpy() for step in steps]


@every_twin
def test_every_operation_is_seen_as_it_was_before_anything_changed_it(kind):
    network = make(kind)
    seen = trace(network, image())
    assert list(seen.activations) == NAMES[kind]
    for (name, values), expected in zip(seen.activations.items(), by_hand(network, image()), strict=True):
        np.testing.assert_allclose(values, expected, atol=1e-5, err_msg=name)
        assert values.dtype == np.float32
        assert values.flags.c_contiguous
    assert seen.activations["bn1"].min() < -0.1, "the ReLU behind it has changed it"
    assert seen.complete
    assert seen.notes == ()


@every_twin
def test_the_module_is_left_as_it_was_found(kind):
    network = make(kind)
    network.conv2.weight.requires_grad_(False)
    network.bn1.eval()  # a part in another mode than the whole
    network(torch.rand(2, 2, 8, 8)).sum().backward()
    handle = network.conv1.register_forward_hook(lambda *_: pytest.fail("the owner's hook was called"))
    before, random = states(network), torch.get_rng_state()
    trace(network, image())
    with pytest.raises(ImageError):
        trace(network, np.zeros((2, 3, 3), np.float32))
    handle_is_there = handle.id in network.conv1._forward_hooks
    assert handle_is_there
    assert are_same(before, states(network))
    assert torch.equal(torch.get_rng_state(), random)
    assert torch.is_grad_enabled()


def test_logits_and_probabilities_are_those_of_the_module_in_eval_mode():
    network = make(Functional)
    seen = trace(network, image())
    with torch.no_grad():
        logits = make(Functional).eval()(image()[None])[0]
    np.testing.assert_array_equal(seen.logits, logits.numpy())
    powers = np.exp(logits.numpy().astype(np.float64))
    np.testing.assert_allclose(seen.probabilities, powers / powers.sum(), atol=1e-6)
    np.testing.assert_array_equal(seen.image, image().numpy())
    assert isinstance(seen, cnnviz.Trace)
    assert seen.logits.dtype == seen.probabilities.dtype == np.float32


def test_what_a_trace_gives_is_a_copy():
    network, values = make(Modules), image()
    seen = trace(network, values)
    before = {name: array.copy() for name, array in seen.activations.items()}
    values.zero_()
    for weight in network.parameters():
        weight.data.zero_()
    assert all((seen.activations[name] == array).all() for name, array in before.items())
    assert seen.image.any()


SPECS = {name: preset.spec((1, 8, 8), 3) for name, preset in NETWORKS.items()} | {"mixed": MIXED}


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
def test_our_own_networks_give_what_the_quick_way_gives(spec):
    network, values = spec.build(1), image_for(spec)
    quick, seen = record(network, values), trace(network, values)
    shared = [name for name in quick if name in seen.activations]
    assert [name for name in quick if name != "input"] == list(seen.activations)
    for name in shared:
        np.testing.assert_array_equal(seen.activations[name], quick[name], err_msg=name)
    np.testing.assert_array_equal(seen.logits, list(quick.values())[-1])


# What cannot be traced


def test_a_module_that_cannot_be_traced_shows_its_modules_and_says_so():
    network = make(Branching)
    before = states(network)
    seen = trace(network, image())
    expected = dict(zip(NAMES[Reused], by_hand(network, image()), strict=True))
    assert list(seen.activations) == ["conv1", "bn1", "relu", "conv2", "fc"]
    for name, values in seen.activations.items():
        np.testing.assert_allclose(values, expected[name], atol=1e-5, err_msg=name)
    assert not seen.complete
    assert seen.notes[0].startswith("This network cannot be traced (symbolically traced variables")
    assert are_same(before, states(network))


def test_a_softmax_at_its_end_is_cut_off_too():
    class Ended(Branching):
        def __init__(self) -> None:
            super().__init__()
            self.ending = nn.Softmax(dim=1)

        def forward(self, values: Tensor) -> Tensor:
            return self.ending(super().forward(values))

    ended = Ended()
    ended.load_state_dict(make(Branching).state_dict())
    plain, seen = trace(make(Branching), image()), trace(ended, image())
    np.testing.assert_array_equal(seen.logits, plain.logits)
    np.testing.assert_allclose(seen.probabilities, plain.probabilities, atol=1e-6)
    assert "ends in a softmax" in seen.notes[1]
    assert isinstance(ended.ending, nn.Softmax)


class Viewed(Parts):
    def forward(self, values: Tensor) -> Tensor:
        normed = self.bn1(self.conv1(values))
        normed[:, :3].relu_()
        return self.fc(functional.max_pool2d(normed, 2).flatten(1))


class Passed(Parts):
    def forward(self, values: Tensor) -> Tensor:
        normed = self.bn1(self.conv1(values))
        same = functional.dropout(normed, training=self.training)
        functional.relu_(normed)
        return self.fc(functional.max_pool2d(same, 2).flatten(1))


class Drawn(Parts):
    def forward(self, values: Tensor) -> Tensor:
        normed = self.bn1(functional.dropout(self.conv1(values)))  # also in eval mode, which is a mistake
        return self.fc(functional.max_pool2d(normed, 2).flatten(1))


@pytest.mark.parametrize("kind", [Viewed, Passed])
def test_what_shares_memory_with_what_is_changed_is_not_traced_wrongly(kind):
    """The rewritten graph would miss the change: it is given up."""
    network = kind()
    network.load_state_dict(make(Modules).state_dict())
    seen = trace(network, image())
    with torch.no_grad():
        np.testing.assert_array_equal(seen.logits, network.eval()(image()[None])[0].numpy())
    assert "changes in place what shares memory with something read later" in seen.notes[0]


def test_what_shares_memory_with_nothing_read_later_is_traced():
    class Flat(Parts):
        def forward(self, values: Tensor) -> Tensor:
            normed = functional.max_pool2d(self.bn1(self.conv1(values)), 2)
            flat = functional.dropout(normed.flatten(1), training=self.training)
            return self.fc(flat.relu_())

    network = Flat()
    network.load_state_dict(make(Modules).state_dict())
    seen = trace(network, image())
    assert seen.complete
    assert seen.activations["max_pool2d"].min() < 0 == seen.activations["relu"].min()


def test_a_copy_that_answers_otherwise_is_not_used():
    network = Drawn()
    network.load_state_dict(make(Modules).state_dict())
    seen = trace(network, image())
    torch.manual_seed(99)  # the owner's numbers have nothing to do with it
    before = torch.get_rng_state()
    assert "the traced copy gives another answer" in seen.notes[0]
    assert "gives another answer each time" in seen.notes[1]
    np.testing.assert_array_equal(seen.logits, trace(network, image()).logits)
    first, again = (cnnviz.explain(network, image(), "smooth_grad").values for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (nn.Conv2d(2, 3, 3), "gives 1x3x6x6 for an image; one logit a class is needed"),
        (nn.Sequential(nn.Flatten(), nn.LSTM(128, 4)), None),
        ("resnet18", "This is a str; give a torch.nn.Module"),
    ],
)
def test_what_gives_no_logits_is_refused(network, words):
    if words is None:
        assert trace(network, image()).logits.shape == (4,)  # the first of what it gives
        return
    with pytest.raises(NetworkError, match=words):
        trace(network, image())


def test_an_image_of_the_wrong_size_is_refused_with_the_reason():
    with pytest.raises(
        ImageError, match=r"cannot take an image of 2x6x6 \(.*\); give one of the size it was made for\.$"
    ):
        trace(make(Modules), np.zeros((2, 6, 6), np.float32))
