"""Where the channels are, what is no row for the image, and what a network that takes no image is told."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision import models

import cnnviz
from cnnviz.attribution import explain
from cnnviz.errors import NetworkError
from cnnviz.inspection import prepare, trace

IMAGE = torch.rand(3, 6, 8, generator=torch.Generator().manual_seed(0))


class ChannelsLast(nn.Module):
    """As in ConvNeXt: a norm and a linear layer along the channels, which are last meanwhile."""

    def __init__(self, *, back: bool = True, untraceable: bool = False) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv = nn.Conv2d(3, 5, 3, padding=1)
        self.norm, self.wide, self.bend = nn.LayerNorm(5), nn.Linear(5, 7), nn.ReLU()
        self.fc = nn.Linear(7, 4)
        self.back, self.untraceable = back, untraceable

    def forward(self, values: Tensor) -> Tensor:
        last = self.conv(values).permute(0, 2, 3, 1)
        if self.untraceable and last.sum() < -1e9:
            return last
        bent = self.bend(self.wide(self.norm(last)))
        return self.fc(bent.permute(0, 3, 1, 2).mean((2, 3)) if self.back else bent.mean((1, 2)))

    def by_hand(self) -> dict[str, np.ndarray]:
        last = self.conv(IMAGE[None]).permute(0, 2, 3, 1)
        found = {"norm": self.norm(last), "wide": self.wide(self.norm(last)), "bend": self.wide(self.norm(last)).relu()}
        return {name: values[0].permute(2, 0, 1).detach().numpy() for name, values in found.items()}


@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("untraceable", [True, False])
def test_what_has_its_channels_last_is_given_with_them_first(back, untraceable):
    network = ChannelsLast(back=back, untraceable=untraceable)
    seen = trace(network, IMAGE)
    for name, values in network.by_hand().items():
        np.testing.assert_allclose(seen.activations[name], values, atol=1e-6, err_msg=name)
        assert seen.activations[name].flags.c_contiguous
    assert seen.complete != untraceable


def test_a_cam_of_such_a_layer_is_the_one_by_hand():
    network = ChannelsLast()
    found = explain(network, IMAGE, "grad_cam", 2)
    assert found.layer == "bend"
    maps = torch.tensor(network.by_hand()["bend"]).requires_grad_()
    network.fc(maps.mean((1, 2)))[2].backward()
    cam = (maps.grad.mean((1, 2))[:, None, None] * maps).sum(0).detach().numpy()
    np.testing.assert_allclose(found.values[0], cam, atol=1e-6)
    guided = explain(network, IMAGE, "guided_backprop", 2)
    assert guided.notes == (), "its ReLU is still there"


def test_it_knows_such_layers_of_another_size_too():
    prepared, _ = prepare(ChannelsLast(), IMAGE)
    seen = prepared.seen(torch.rand(1, 3, 4, 3))
    assert seen.shapes["wide"] == (7, 4, 3)
    assert seen.maps == ("conv", "norm", "wide", "bend")


def test_a_layer_that_cannot_be_turned_is_no_layer_of_a_cam():
    """Without a graph there is no place to turn it; what the hook of Captum would get is (H, W, C)."""
    assert explain(ChannelsLast(untraceable=True), IMAGE, "grad_cam").layer == "conv"


def test_where_it_cannot_be_told_nothing_is_turned_and_that_is_said():
    class Patches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm, self.fc = nn.Conv2d(3, 5, 2, 2), nn.LayerNorm(5), nn.Linear(5, 2)

        def forward(self, values: Tensor) -> Tensor:
            rows = self.conv(values).flatten(2).transpose(1, 2)
            return self.fc(self.norm(rows.reshape(-1, 3, 4, 5)).mean((1, 2)))

    seen = trace(Patches(), IMAGE)
    assert seen.activations["norm"].shape == (3, 4, 5)
    assert seen.notes == ("Whether the channels of norm come last cannot be told: left as they are.",)
    assert explain(Patches(), IMAGE, "grad_cam").layer == "conv"


def test_a_layer_norm_of_whole_maps_has_its_channels_first():
    network = nn.Sequential(nn.Conv2d(3, 5, 1), nn.LayerNorm([5, 6, 8]), nn.Flatten(), nn.Linear(240, 2))
    assert trace(network, IMAGE).activations["1"].shape == (5, 6, 8)
    assert explain(network, IMAGE, "grad_cam").layer == "1"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "layer", "side", "channels"), [("convnext_tiny", "features.7.2.add", 2, 768), ("swin_t", "norm", 2, 768)]
)
def test_the_last_maps_of_convnext_and_swin(name, layer, side, channels):
    torch.manual_seed(0)
    network, image = getattr(models, name)(weights=None).eval(), torch.rand(3, 64, 64)
    outputs = {}
    for part in ("features", "norm"):
        if hasattr(network, part):
            network.get_submodule(part).register_forward_hook(
                lambda _, given, result, part=part: outputs.update({part: result})
            )
    with torch.no_grad():
        network(image[None])
    expected = outputs["features"] if name == "convnext_tiny" else outputs["norm"].permute(0, 3, 1, 2)
    seen, found = trace(network, image), explain(network, image, "grad_cam")
    assert expected.shape[1:] == (channels, side, side)
    np.testing.assert_allclose(seen.activations[layer], expected[0].numpy(), atol=1e-5)
    assert found.layer == layer
    assert found.values.shape == (1, 64, 64)
    assert all(shape[0] >= shape[1] for shape in (v.shape for v in seen.activations.values() if v.ndim == 3))


class TestNoRowForTheImage:
    def test_patches_folded_into_the_batch_are_said_to_be_left_out(self):
        class Folding(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.conv, self.fc = nn.Conv2d(3, 5, 2), nn.Linear(5, 2)

            def forward(self, values: Tensor) -> Tensor:
                patches = values.unfold(2, 3, 3).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).reshape(-1, 3, 3, 4)
                return self.fc(torch.relu(self.conv(patches)).reshape(values.shape[0], 4, 5, -1).mean((1, 3)))

        seen = trace(Folding(), IMAGE)
        assert not seen.complete
        assert {"conv", "relu"}.isdisjoint(seen.activations)
        assert seen.notes == ("conv, relu gave no single row for the image and are left out.",)

    def test_what_is_worked_out_from_weights_alone_is_not_missed(self):
        class Scaled(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.conv, self.fc, self.scale = nn.Conv2d(3, 5, 2), nn.Linear(5, 2), nn.Parameter(torch.rand(5))

            def forward(self, values: Tensor) -> Tensor:
                return self.fc(self.conv(values).mean((2, 3)) * torch.sigmoid(self.scale))

        seen = trace(Scaled(), IMAGE)
        assert seen.complete
        assert list(seen.activations) == ["conv", "mean", "mul", "fc"]


class TestNotTheImagesFault:
    def test_a_network_that_takes_more_than_an_image_is_told_so(self):
        class Two(nn.Module):
            def forward(self, values: Tensor, more: Tensor) -> Tensor:
                return values.flatten(1) + more

        with pytest.raises(NetworkError, match=r"takes more than an image \(.*'more'\); give the rest of it defaults"):
            cnnviz.trace(Two(), IMAGE)

    def test_weights_of_several_kinds_are_named(self):
        network = nn.Sequential(nn.Flatten(), nn.Linear(144, 3), nn.Linear(3, 2).double())
        with pytest.raises(NetworkError, match=r"weights are float32 and float64 .*; give them one type"):
            cnnviz.trace(network, IMAGE)

    def test_weights_without_values_are_named(self):
        network = nn.Sequential(nn.Flatten(), nn.Linear(144, 3, device="meta"))
        with pytest.raises(NetworkError, match="on the meta device, without values"):
            cnnviz.trace(network, IMAGE)
