"""What every layer must hold; a new one is tested by being listed."""

import json
import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnviz.errors import LayerError, SettingError
from cnnviz.layers import LAYERS, Convolution, Dropout, Flatten, Layer, ResidualBlock, Shape, layer
from cnnviz.layers.block import Block
from tests.layers.drawn import ROUNDS, apart, layers, quick, refusal, remedied, shapes, some_input, working

every_layer = pytest.mark.parametrize("member", LAYERS.values(), ids=list(LAYERS))


@every_layer
def test_it_is_made_by_its_kind_and_tells_what_it_is(member):
    assert layer(member.kind, {}) == member()
    assert re.fullmatch(r"[a-z][a-z0-9_]*", member.kind), "a name for files and addresses"
    assert re.fullmatch(r"[a-z][a-z_]*", member.prefix), "the beginning of a name in a network"
    assert isinstance(member.makes_picture, bool)
    assert member.title
    assert member.about.endswith(".")


def test_its_settings_in_words_leave_out_what_nobody_changed():
    assert Convolution().summary == "filters 16, kernel size 3, stride 1, padding 0"
    other = Convolution(same=True, groups=2, bias=False, padding_mode="circular")
    said = "filters 16, kernel size 3, stride 1, same size, kind of padding other side, groups 2, no bias"
    assert other.summary == said
    assert ResidualBlock().summary == "filters 16, stride 1, batch norm"
    assert Dropout(share=0.25).summary == "share 0.25"
    assert Flatten().summary == ""


@every_layer
def test_its_arithmetic_of_shapes_is_what_torch_does(member):
    @quick
    @given(working(member))
    def holds(drawn: tuple[Layer, Shape]) -> None:
        one, shape = drawn
        with torch.no_grad():
            output = one.build(shape).eval()(torch.rand(2, *shape))
        assert tuple(output.shape) == (2, *one.output_shape(shape))
        assert output.dtype == torch.float32

    holds()


@every_layer
def test_its_record_makes_it_again(member):
    @quick
    @given(layers(member))
    def holds(one: Layer) -> None:
        record = json.loads(json.dumps(one.to_record()))
        assert layer(one.kind, record) == one
        assert not {"kind", "name"} & set(record), "these words are a network's"

    holds()


@every_layer
def test_it_leaves_its_input_as_it_was(member):
    # What came in is shown beside what came out, so a layer that works in place shows a wrong picture.
    shape = some_input(member)
    for training in (False, True):
        module = member().build(shape).train(training)
        given_values = apart(2, *shape).float()
        before = given_values.clone()
        module(given_values)
        assert torch.equal(given_values, before)


@every_layer
def test_looked_at_an_image_does_not_depend_on_the_batch_it_is_in(member):
    shape = some_input(member)
    module = member().build(shape).eval()
    images = apart(3, *shape).float()
    with torch.no_grad():
        together = module(images)
        alone = torch.cat([module(image[None]) for image in images])
        again = module(images)
    assert torch.allclose(together, alone, atol=1e-6)
    assert torch.equal(together, again)


@every_layer
@pytest.mark.parametrize("training", [False, True], ids=["looking", "training"])
def test_its_gradients_are_finite_differences(member, training):
    # Large numbers would only cost time, and enlarging to some sizes above 80 torch rounds a boundary differently
    # forwards and backwards (3 to 249).
    @quick
    @given(working(member, most=16), st.integers(0, 100))
    def holds(drawn: tuple[Layer, Shape], seed: int) -> None:
        one, shape = drawn
        # After a dead unit a norm in training gives 0 for every image, which is where a ReLU has no slope.
        assume(not (training and isinstance(one, Block) and one.to_record()["batch_norm"]))
        torch.manual_seed(seed)
        module = one.build(shape).double().train(training)
        images = apart(3, *shape, seed=seed).requires_grad_()
        upstream = torch.randn(3, *one.output_shape(shape), dtype=torch.float64)
        variables = [images, *module.parameters()]

        def loss() -> torch.Tensor:
            torch.manual_seed(seed)  # dropout draws the same each time
            return (module(images) * upstream).sum()

        slopes = torch.autograd.grad(loss(), variables)
        for variable, slope in zip(variables, slopes, strict=True):
            way = torch.randn_like(variable)
            way /= way.abs().max()
            size = 1 + upstream.abs().sum()  # a difference of sums is as exact as the sums are large
            off = (difference(loss, variable, way, small) - (slope * way).sum() for small in (1e-6, 1e-8))
            # Inside a block a value may lie so near the kink of a ReLU that the larger step goes beyond it.
            assert any(one.abs() < 1e-6 * size for one in off), type(one).__name__

    holds()


def difference(
    loss: Callable[[], torch.Tensor], variable: torch.Tensor, way: torch.Tensor, small: float
) -> torch.Tensor:
    """The quotient of a step ahead and a step behind; afterwards all is as before."""
    with torch.no_grad():
        before = variable.clone()
        variable.add_(way, alpha=small)
        ahead = loss()
        variable.copy_(before).sub_(way, alpha=small)
        behind = loss()
        variable.copy_(before)
    return (ahead - behind) / (2 * small)


@every_layer
def test_its_filters_are_weights_of_its_module_one_for_every_map(member):
    shape = some_input(member)
    weights = {name: values.numpy() for name, values in member().build(shape).state_dict().items()}
    filters = member().filters(weights)
    if filters is not None:
        assert any(np.shares_memory(filters, values) for values in weights.values())
        assert filters.shape[:2] == (member().output_shape(shape)[0], shape[0])
        assert filters.ndim == 4


@every_layer
def test_an_unknown_setting_is_named(member):
    with pytest.raises(SettingError, match="'colour' is no setting here") as caught:
        layer(member.kind, {"colour": "red"})
    assert caught.value.field == "colour"


# What is refused, and what would do


@every_layer
def test_where_it_refuses_every_remedy_it_names_works(member):
    @quick
    @given(layers(member), shapes)
    def holds(one: Layer, shape: Shape) -> None:
        sentence = refusal(one, shape)
        if sentence:
            mended = list(remedied(sentence, one, shape))
            assert mended, f"no remedy that this test can read: {sentence}"
            for other, input_shape in mended:
                assert_mended(other, input_shape, {sentence.split(";")[0]})

    holds()


def assert_mended(one: Layer, shape: Shape, told: set[str]) -> None:
    """It works, or something else is wrong, which what it then names mends."""
    sentence = refusal(one, shape)
    if not sentence:
        return
    assert sentence.split(";")[0] not in told
    assert len(told) < ROUNDS, told
    for other, input_shape in remedied(sentence, one, shape):
        assert_mended(other, input_shape, {*told, sentence.split(";")[0]})


@every_layer
def test_a_refusal_says_what_was_received(member):
    @quick
    @given(layers(member), shapes)
    def holds(one: Layer, shape: Shape) -> None:
        sentence = refusal(one, shape)
        if sentence:
            size = "x".join(map(str, shape[1:])) if len(shape) == 3 else f"{shape[0]} value"
            assert size in sentence.split(";")[0]

    holds()


def test_an_unknown_layer_is_answered_with_the_known_ones():
    with pytest.raises(LayerError, match=f"Layer 'swish' is unknown; choose from {', '.join(LAYERS)}"):
        layer("swish", {})


def test_listed_are_layers_under_their_own_kinds():
    assert list(LAYERS) == [member.kind for member in LAYERS.values()]
    assert all(issubclass(member, Layer) for member in LAYERS.values())
