"""What every method must hold; a new one is tested by being listed."""

import re
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import cnnviz
from cnnviz.attribution import METHODS, Method, explain, explain_steps, method_of
from cnnviz.attribution.pace import Pace
from cnnviz.errors import ImageError, NetworkError, SettingError, TargetError
from cnnviz.inspection import prepare
from tests.inspection.nets import SHAPE, Branching, Functional, InPlace, Modules, Reused, are_same, image, make, states

every_method = pytest.mark.parametrize("name", METHODS)
SETTINGS = [(name, field) for name, method in METHODS.items() for field in method.declared()]


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine so slow, or a network so large, that every batch is of one image."""
    monkeypatch.setattr(Pace, "size", lambda self, left, passes=1.0: 1)


@every_method
def test_it_tells_what_it_is(name):
    method = METHODS[name]
    assert issubclass(method, Method)
    assert method.name == name
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    for words in (method.title, method.about, method.paper, method.formula, method.how_to_read, method.cannot_show):
        assert words.strip() == words != ""
    assert re.search(r": .*, (19|20)\d\d$", method.paper), "authors: title, year"
    for sentence in (method.about, method.how_to_read, method.cannot_show):
        assert sentence.endswith(".")
    assert method.kind in {"pixels", "cam"}


@every_method
def test_its_map_is_signed_and_as_large_as_the_image(name):
    found = explain(make(Modules), image(), name, 1)
    channels = 1 if METHODS[name].kind == "cam" else SHAPE[0]
    assert isinstance(found, cnnviz.Attribution)
    assert found.values.shape == (channels, *SHAPE[1:])
    assert found.values.dtype == np.float32
    assert found.values.flags.c_contiguous
    every = [explain(make(Modules), image(), name, target).values for target in range(4)]
    assert np.min(every) < 0 < np.max(every)
    assert (found.method, found.target, found.share) == (name, 1, 1.0)
    assert set(found.settings) == set(METHODS[name].declared())
    assert (found.baseline is not None) == METHODS[name].uses_baseline
    assert found.baseline_text == ("0" if METHODS[name].uses_baseline else None)
    assert (found.layer is not None) == (METHODS[name].kind == "cam")
    assert (found.gap is not None) == (name == "integrated_gradients")
    assert 0 < found.seconds < 60
    assert found.notes == ()


@every_method
def test_without_a_target_the_prediction_is_explained(name):
    prediction = int(cnnviz.trace(make(Modules), image()).probabilities.argmax())
    found = explain(make(Modules), image(), name)
    assert found.target == prediction
    np.testing.assert_array_equal(found.values, explain(make(Modules), image(), name, prediction).values)


@every_method
def test_the_same_comes_out_every_time(name):
    torch.manual_seed(1)
    first = explain(make(Reused), image(), name, 1)
    torch.manual_seed(2)
    np.testing.assert_array_equal(explain(make(Reused), image(), name, 1).values, first.values)
    if "seed" in METHODS[name].declared():
        assert (explain(make(Reused), image(), name, 1, seed=9).values != first.values).any()


@every_method
@pytest.mark.parametrize("kind", [Modules, InPlace, Functional])
def test_the_module_is_left_as_it_was_found_also_after_errors(name, kind):
    network = make(kind)
    network.conv2.weight.requires_grad_(False)
    network(torch.rand(2, *SHAPE)).sum().backward()
    network.bn1.eval()
    values, small = image().requires_grad_(), torch.rand(2, 3, 3)
    before, random = states(network), torch.get_rng_state()
    explain(network, values, name)
    for wrong, kind_of_error in (
        ({"target": 9}, TargetError),
        ({"image": small}, ImageError),
        ({"nonsense": 1}, SettingError),
    ):
        with pytest.raises(kind_of_error):
            explain(network, **{"image": values, "method": name, **wrong})
    assert are_same(before, states(network))
    assert values.grad is None
    assert torch.equal(torch.get_rng_state(), random)
    assert torch.is_grad_enabled()


@every_method
def test_closing_it_early_leaves_nothing(name, one_at_a_time):
    prepared, _ = prepare(make(InPlace), image())
    before = states(prepared.scores)
    steps = explain_steps(prepared, image(), name, 1)
    first = next(steps)
    steps.close()
    assert next(steps, None) is None
    assert are_same(before, states(prepared.scores))
    assert first.values.dtype == np.float32
    assert (first.share < 1) == (name in {"integrated_gradients", "occlusion", "smooth_grad"})


@every_method
def test_a_step_that_fails_is_said_and_leaves_nothing(name, monkeypatch):
    class Stuck(nn.Module):
        """Has no gradient, and is given up at the second look."""

        tired = False

        def forward(self, values: Tensor) -> Tensor:
            if values.requires_grad or self.tired:
                raise RuntimeError("no more\nof this")
            return values.flatten(1)[:, :3]

    monkeypatch.setattr(Stuck, "tired", False)
    prepared, _ = prepare(nn.Sequential(nn.Conv2d(2, 3, 3), Stuck()), image())
    if name == "occlusion":  # the others have no gradient; a target spares the first look
        monkeypatch.setattr(Stuck, "tired", True)
    before = states(prepared.scores)
    if METHODS[name].needs_rewrite:
        with pytest.raises(NetworkError, match="would silently give something else here"):
            explain(prepared, image(), name)
        return
    with pytest.raises(
        NetworkError, match=rf"^{METHODS[name].title} does not work on this network \(no more\); choose"
    ):
        explain(prepared, image(), name, 0)
    assert are_same(before, states(prepared.scores))


@every_method
def test_made_in_steps_it_is_the_same(name, one_at_a_time, monkeypatch):
    steps = list(explain_steps(make(Reused), image(), name, 1))
    shares = [step.share for step in steps]
    assert shares == sorted(set(shares))
    assert shares[-1] == 1
    assert all(np.isfinite(step.values).all() for step in steps)
    monkeypatch.undo()
    whole = explain(make(Reused), image(), name, 1)
    np.testing.assert_allclose(steps[-1].values, whole.values, atol=1e-6)
    assert steps[-1].gap == pytest.approx(whole.gap, abs=1e-5)
    assert all(step.gap is None for step in steps[:-1])


@every_method
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_what_the_caller_has_switched_off_is_on_for_it_and_off_again(name, mode):
    expected = explain(make(Reused), image(), name, 1).values
    with mode():
        steps = []
        for found in explain_steps(make(Reused), image(), name, 1):
            assert not torch.is_grad_enabled()
            steps.append(found)
        np.testing.assert_array_equal(steps[-1].values, expected)
        prepared, _ = prepare(make(Reused), image())
        np.testing.assert_array_equal(explain(prepared, image(), name, 1).values, expected)


@every_method
def test_the_other_images_of_a_batch_norm_do_not_matter(name):
    """In train mode they would: it is explained in eval mode, and the running figures stay."""
    values = explain(
        make(Modules).train(), image(), name, 1, **({"samples": 4} if name == "smooth_grad" else {})
    ).values
    again = explain(make(Modules).eval(), image(), name, 1, **({"samples": 4} if name == "smooth_grad" else {})).values
    np.testing.assert_array_equal(values, again)


@pytest.mark.parametrize(("name", "field"), SETTINGS)
def test_its_settings_are_checked_by_their_declaration(name, field):
    declared = METHODS[name].declared()[field]
    assert declared.label
    assert declared.help.endswith(".")
    for wrong in ("nonsense", None, float("nan"), 10**12, -1):
        with pytest.raises(SettingError) as caught:
            explain(make(Modules), image(), name, **{field: wrong})
        assert caught.value.field == field


@every_method
def test_an_image_of_one_pixel_is_explained(name):
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(2, 3))
    if METHODS[name].kind == "cam":
        with pytest.raises(SettingError, match="needs a layer whose maps are larger than 1x1; there is none"):
            explain(network, torch.ones(1, 1, 1), name)
        return
    assert explain(network, torch.ones(1, 1, 1), name).values.shape == (1, 1, 1)


class TestRefusals:
    @pytest.mark.parametrize("target", [4, -1, 99, 1.0, True, "1", np.int64(4)])
    def test_a_target_that_is_none_is_named_with_the_range(self, target):
        said = re.escape(f"Target {target!r} is out of range: ")
        with pytest.raises(TargetError, match=rf"{said}.* 4 classes; choose from 0 to 3\."):
            explain(make(Modules), image(), target=target)

    def test_a_target_may_be_numpys(self):
        assert explain(make(Modules), image(), target=np.int64(3)).target == 3

    @pytest.mark.parametrize(
        ("given", "field", "words"),
        [
            ({"method": "magic"}, "method", "Method 'magic' is unknown; choose from saliency, "),
            ({"steps": 3}, "steps", "'steps' is no setting here; there is none"),
            ({"baseline": 0}, "baseline", "Saliency compares the image with nothing"),
            ({"layer": "conv1"}, "layer", "Saliency is made from the whole network"),
            ({"method": "grad_cam", "layer": "x"}, "layer", "'x' is unknown; choose from conv1, bn1, relu1, conv2"),
            ({"method": "grad_cam", "layer": "fc"}, "layer", "'fc' is unknown; choose from conv1"),
            ({"method": "occlusion", "window": 9}, "window", "9 is larger than the image; use 8 or less"),
            ({"method": "occlusion", "window": 3, "stride": 4}, "stride", "leaves gaps between windows; use 3 or less"),
            ({"method": "occlusion", "baseline": np.zeros((2, 3, 3))}, "baseline", "it is 2x3x3 and the image 2x8x8"),
            ({"method": "occlusion", "baseline": float("nan")}, "baseline", "nan is not a finite number"),
            ({"method": "occlusion", "baseline": True}, "baseline", "True is not a finite number"),
            ({"method": "occlusion", "baseline": np.array(True)}, "baseline", "True is not a finite number"),
            ({"method": "occlusion", "baseline": 10**400}, "baseline", "0 is not a finite number of float32"),
            ({"method": "occlusion", "baseline": 1e200}, "baseline", r"1e\+200 is not a finite number of float32"),
            ({"method": "occlusion", "baseline": "black"}, "baseline", "use a number, or an image; this is none"),
            ({"method": "occlusion", "baseline": [1, 2]}, "baseline", "this is none. The image holds int64"),
            ({"method": "occlusion", "baseline": np.zeros((3, 8, 8), np.float32)}, "baseline", "has 3 channels"),
            ({"method": ["saliency"]}, "method", r"Method \"\['saliency'\]\" is unknown"),
            ({"method": {}}, "method", "is unknown; choose from saliency, "),
        ],
    )
    def test_a_setting_that_is_none_is_named(self, given: dict[str, Any], field: str, words: str):
        with pytest.raises(SettingError, match=words) as caught:
            explain(make(Modules), image(), **given)
        assert caught.value.field == field

    @pytest.mark.parametrize("number", [np.array(0.5), torch.tensor(0.5), np.float32(0.5)])
    def test_a_baseline_may_be_a_number_of_any_kind(self, number: object):
        found = explain(make(Modules), image(), "occlusion", 1, baseline=number)
        np.testing.assert_array_equal(
            found.values, explain(make(Modules), image(), "occlusion", 1, baseline=0.5).values
        )

    def test_guided_backprop_is_never_run_on_the_raw_network(self):
        with pytest.raises(
            NetworkError, match=r"would silently give something else here\. This network cannot be traced"
        ):
            explain(make(Branching), image(), "guided_backprop")

    def test_what_is_asked_is_checked_before_the_first_step(self):
        with pytest.raises(TargetError):
            explain_steps(make(Modules), image(), target=7)


class TestNotes:
    def test_a_map_that_is_zero_everywhere_says_so(self):
        network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        network[1].weight.data.zero_()
        assert "zero everywhere" in explain(network, torch.ones(1, 2, 2)).notes[0]

    def test_a_map_that_overflows_says_so(self):
        network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        network[1].weight.data.fill_(3e38)
        found = explain(network, torch.full((1, 2, 2), 9.0), "input_x_gradient", 0)
        assert "no numbers" in found.notes[0]

    def test_guided_backprop_without_a_relu_says_what_it_is(self):
        network = nn.Sequential(nn.Conv2d(2, 2, 3), nn.GELU(), nn.Flatten(), nn.Linear(72, 2))
        assert "no ReLU, so this is the plain gradient" in explain(network, image(), "guided_backprop").notes[0]

    def test_what_was_done_to_the_image_is_said(self):
        network = nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 36, 2))
        found = explain(network, torch.rand(8, 8))
        assert "three channels" in found.notes[0]
        assert found.values.shape == (3, 8, 8)


def test_a_method_is_made_from_its_name_and_settings():
    assert method_of("occlusion", {"window": 4}).fitted((1, 28, 28)).to_record() == {"window": 4, "stride": 2}
    assert method_of("occlusion", {}).fitted((3, 224, 224)).to_record() == {"window": 32, "stride": 16}


def test_a_slow_network_gets_small_batches_and_a_large_one_too():
    assert Pace(seconds=1e-4, bytes=1000).size(50, 3) == 50
    assert Pace(seconds=0.04, bytes=1000).size(50, 3) == 1
    assert Pace(seconds=0.01, bytes=1000).size(50) == 12
    assert Pace(seconds=1e-6, bytes=2**30).size(50) == 1
    assert Pace(seconds=1e-4, bytes=1000).size(1, 3) == 1
