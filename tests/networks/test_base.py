import json

import pytest
import torch

from cnnviz.errors import CnnvizError, LayerError, NetworkError, SettingError
from cnnviz.layers import BatchNorm, Convolution, Dropout, Flatten, FullyConnected, MaxPooling, ReLU, Resize
from cnnviz.networks import NetworkSpec

OWN = [Convolution(out_channels=3), BatchNorm(), ReLU(), Convolution(out_channels=5, padding=1), MaxPooling()]
END = [Flatten(), Dropout(share=0.2), FullyConnected(out_features=4)]


def own() -> NetworkSpec:
    return NetworkSpec.stack("mine", (2, 8, 6), [*OWN, *END])


def test_a_stack_names_its_layers_by_kind_and_number():
    assert [name for name, _ in own().layers] == [
        *("conv1", "norm1", "relu1", "conv2", "pool1", "flatten1", "dropout1", "fc1")
    ]


def test_a_stack_of_ones_own_has_the_shapes_by_pen_and_paper_and_runs():
    spec = own()
    assert list(spec.shapes().values()) == [
        (3, 6, 4),
        (3, 6, 4),
        (3, 6, 4),
        (5, 6, 4),
        (5, 3, 2),
        (30,),
        (30,),
        (4,),
    ]
    assert spec.outputs == 4
    assert spec.build(0)(torch.rand(3, 2, 8, 6)).shape == (3, 4)


def test_it_takes_any_iterable_of_layers():
    assert NetworkSpec.stack("mine", (2, 8, 6), iter([*OWN, *END])) == own()


def test_a_stack_of_ones_own_survives_json():
    assert NetworkSpec.from_record(json.loads(json.dumps(own().to_record()))) == own()


def test_a_layer_that_cannot_work_is_named_by_number_and_name_with_what_would_do():
    stack = [Convolution(), MaxPooling(), MaxPooling(), Convolution(kernel_size=5), Flatten(), FullyConnected()]
    with pytest.raises(LayerError) as caught:
        NetworkSpec.stack("mine", (1, 16, 16), stack)
    assert str(caught.value) == (
        "Layer 4 (conv2): kernel 5x5 is larger than its input 3x3; use kernel of 3 or less or padding 1."
    )


def test_a_dense_layer_before_flatten_is_named():
    with pytest.raises(LayerError, match=r"Layer 2 \(fc1\): it takes a row of values, and its input is 16x6x6; put fl"):
        NetworkSpec.stack("mine", (1, 8, 8), [Convolution(), FullyConnected()])


def test_a_stack_that_ends_in_maps_is_refused_with_what_would_do():
    with pytest.raises(LayerError, match=r"Layer 2 \(relu1\): it gives 16x6x6") as caught:
        NetworkSpec.stack("mine", (1, 8, 8), [Convolution(), ReLU()])
    assert "end with flatten and a fully connected layer" in str(caught.value)
    NetworkSpec.stack("mine", (1, 8, 8), [Convolution(), ReLU(), Flatten(), FullyConnected()])


def test_a_stack_of_nothing_is_refused():
    with pytest.raises(NetworkError, match="The network has no layers; give it one at least"):
        NetworkSpec.stack("mine", (1, 8, 8), [])


@pytest.mark.parametrize(
    "names",
    [
        ("a", "a"),
        ("", "b"),
        ("a.b", "c"),
        ("input", "b"),
        ("a", "b c"),
        ("class", "b"),
        ("a", "_b"),
        (3, "b"),
        ("é", "b"),
    ],
)
def test_names_that_would_hide_a_layer_are_refused(names):
    # Two layers of one name would be built as one; "input" is what the image is called where layers are looked at.
    layers = tuple(zip(names, (Flatten(), FullyConnected()), strict=True))
    with pytest.raises(NetworkError, match=r"cannot be its name.*; use another"):
        NetworkSpec("mine", (1, 8, 8), layers)


def test_a_name_that_torch_has_for_something_else_is_refused():
    for name in dir(torch.nn.Sequential()):
        with pytest.raises(NetworkError, match="cannot be its name"):
            NetworkSpec("mine", (1, 8, 8), ((name, Flatten()), ("fc1", FullyConnected())))


@pytest.mark.parametrize(
    "shape", [(8, 8), (1, 8), (1, 0, 8), (1, 8, 8, 8), (1, 8.5, 8), (True, 8, 8), ("1", 8, 8), "1x8x8", None]
)
def test_images_of_no_shape_are_refused(shape):
    with pytest.raises(NetworkError, match="use channels, height and width as whole numbers"):
        NetworkSpec("mine", shape, (("flatten1", Flatten()), ("fc1", FullyConnected())))


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_a_network_without_a_name_is_refused(name):
    with pytest.raises(NetworkError, match="cannot be the network's name"):
        NetworkSpec(name, (1, 8, 8), (("flatten1", Flatten()), ("fc1", FullyConnected())))


def test_a_network_that_no_computer_holds_is_refused_at_the_layer_that_makes_it_so():
    large = [Resize(size=512), Convolution(out_channels=64, padding=1)]
    with pytest.raises(LayerError, match=r"Layer 4 \(conv3\): with it the network has .* values for an image"):
        NetworkSpec.stack("mine", (3, 32, 32), [*large, *[large[1]] * 2, Flatten(), FullyConnected()])
    with pytest.raises(LayerError, match=r"Layer 3 \(fc1\): with it the network has 402,657,280 parameters"):
        NetworkSpec.stack("mine", (6, 100, 100), [Resize(size=128), Flatten(), FullyConnected(out_features=4096)])
    with pytest.raises(NetworkError, match="has 301 layers; give it one at least and 300 at the most"):
        NetworkSpec.stack("mine", (1, 8, 8), [Flatten()] * 301)


def test_a_record_with_an_unknown_layer_or_setting_is_refused():
    record = own().to_record()
    record["layers"][2]["kind"] = "swish"
    with pytest.raises(LayerError, match="Layer 'swish' is unknown"):
        NetworkSpec.from_record(record)
    record = own().to_record()
    record["layers"][0]["colour"] = 2
    with pytest.raises(SettingError, match="'colour' is no setting here"):
        NetworkSpec.from_record(record)


@pytest.mark.parametrize("lacks", ["name", "input_shape", "layers"])
def test_a_record_that_lacks_something_is_refused(lacks):
    record = own().to_record()
    del record[lacks]
    with pytest.raises(NetworkError, match=f"This describes no network .*{lacks}"):
        NetworkSpec.from_record(record)
    with pytest.raises(NetworkError, match="This describes no network"):
        NetworkSpec.from_record({**own().to_record(), "layers": [{"kind": "relu"}]})


def test_a_record_whose_layers_do_not_fit_is_refused():
    record = own().to_record()
    record["input_shape"] = [2, 2, 2]
    with pytest.raises(CnnvizError, match=r"Layer 1 \(conv1\): kernel 3x3 is larger than its input 2x2"):
        NetworkSpec.from_record(record)


def test_the_random_state_is_left_alone_also_where_building_fails(monkeypatch):
    monkeypatch.setattr(torch.nn, "Linear", lambda *sizes: torch.rand(sizes).unknown)
    before = torch.get_rng_state()
    with pytest.raises(AttributeError):
        own().build(0)
    assert torch.equal(torch.get_rng_state(), before)
