import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from cnnviz.errors import ImageError
from cnnviz.inspection.image import as_batch, intake

GREY, COLOUR = nn.Conv2d(1, 2, 1), nn.Sequential(nn.Conv2d(3, 2, 1), nn.Conv2d(2, 5, 1))
ANY = nn.Sequential(nn.Flatten(), nn.Linear(1, 1))
RANDOM = np.random.default_rng(0)
BYTES = RANDOM.integers(0, 256, (4, 5, 3), dtype=np.uint8)
FLOATS = RANDOM.standard_normal((3, 4, 5)).astype(np.float32)


def batch(image: object, network: nn.Module = ANY) -> np.ndarray:
    return as_batch(image, intake(network)).values.numpy()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (FLOATS, FLOATS),
        (FLOATS[0], FLOATS[:1]),
        (FLOATS.astype(np.float64), FLOATS),
        (torch.tensor(FLOATS, requires_grad=True), FLOATS),
        (torch.tensor(FLOATS)[None], FLOATS),
        (FLOATS[None], FLOATS),
        (FLOATS[:, ::-1], FLOATS[:, ::-1]),
        (FLOATS.tolist(), FLOATS),
        (BYTES, BYTES.transpose(2, 0, 1) / 255),
        (BYTES[..., 0], BYTES[None, ..., 0] / 255),
        (torch.tensor(BYTES), BYTES.transpose(2, 0, 1) / 255),
        (torch.tensor(BYTES.transpose(2, 0, 1).copy()), BYTES.transpose(2, 0, 1) / 255),
        (Image.fromarray(BYTES), BYTES.transpose(2, 0, 1) / 255),
        (Image.fromarray(BYTES[..., 0]), BYTES[None, ..., 0] / 255),
        (Image.fromarray(BYTES[..., 0]).convert("P").convert("RGB"), BYTES[None, ..., 0].repeat(3, 0) / 255),
    ],
    ids=str,
)
def test_an_image_is_taken_in_many_forms(given, expected):
    values = batch(given)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, np.asarray(expected)[None], atol=1e-6)


def test_floats_are_used_as_they_are_and_not_shared():
    given = FLOATS.copy()
    values = batch(given)
    given[:] = 0
    np.testing.assert_array_equal(values[0], FLOATS)


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16])
def test_it_has_the_type_of_the_weights(kind):
    assert as_batch(FLOATS, intake(nn.Conv2d(3, 2, 1).to(kind))).values.dtype == kind


def test_what_the_weights_type_cannot_hold_is_refused():
    with pytest.raises(ImageError, match="too large for the network's float16"):
        as_batch(FLOATS * 1e5, intake(nn.Conv2d(3, 2, 1).half()))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float8_e4m3fn])
def test_small_floats_are_taken(kind):
    given = torch.tensor(FLOATS).to(kind)
    np.testing.assert_array_equal(batch(given)[0], given.float().numpy())


class TestChannels:
    def test_grey_is_given_to_all_three(self):
        for given in (FLOATS[:1], FLOATS[0], BYTES[..., 0]):
            found = as_batch(given, intake(COLOUR))
            assert (found.values[0, 0] == found.values[0, 2]).all()
            assert found.values.shape == (1, 3, 4, 5)
            assert "three channels" in found.notes[0]

    def test_a_picture_is_made_grey_as_pillow_does(self):
        found = as_batch(BYTES, intake(GREY))
        expected = np.asarray(Image.fromarray(BYTES).convert("L"), np.float32)
        np.testing.assert_allclose(found.values[0, 0].numpy() * 255, expected, atol=1)
        assert "made grey" in found.notes[0]

    def test_an_alpha_that_hides_nothing_is_left_out(self):
        opaque = np.concatenate([BYTES, np.full((4, 5, 1), 255, np.uint8)], axis=2)
        found = as_batch(opaque, intake(COLOUR))
        np.testing.assert_allclose(found.values[0].numpy(), BYTES.transpose(2, 0, 1) / 255, atol=1e-6)
        assert "alpha" in found.notes[0]
        assert batch(opaque, nn.Conv2d(4, 1, 1)).shape == (1, 4, 4, 5), "who takes four gets four"
        opaque[1, 1, 3] = 200
        with pytest.raises(ImageError, match="transparent in places; lay it over a background"):
            as_batch(opaque, intake(COLOUR))

    @pytest.mark.parametrize(
        ("given", "network", "words"),
        [
            (FLOATS, GREY, "has 3 channels and the network's first convolution takes 1; make it grey first"),
            (FLOATS.transpose(1, 2, 0), COLOUR, r"its last side is 3: put the channels first, as \(C, H, W\)"),
            (np.zeros((7, 4, 4), np.float32), COLOUR, "has 7 channels .* takes 3; give one of 3"),
        ],
    )
    def test_what_is_not_clear_is_refused_with_what_would_do(self, given, network, words):
        with pytest.raises(ImageError, match=words):
            as_batch(given, intake(network))

    def test_what_another_convolution_takes_may_be_right(self):
        """The first that is made need not be the first that is called."""
        assert batch(FLOATS[:2], COLOUR).shape == (1, 2, 4, 5)


def closed() -> Image.Image:
    picture = Image.new("L", (4, 4))
    picture.close()
    return picture


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((2, 3, 4, 4), np.float32), "a batch of 2 images; give one of them"),
        (np.zeros((0, 4, 4), np.float32), "is empty, its shape is 0x4x4"),
        (np.zeros((1, 0, 4), np.uint8), "is empty"),
        (np.zeros((0, 1, 4, 4), np.float32), "shape 0x1x4x4"),
        (np.zeros(5, np.float32), "has the shape 5; give floats"),
        (np.float32(3), "has the shape no shape"),
        (np.zeros((1, 1, 1, 1, 1), np.float32), "has the shape 1x1x1x1x1"),
        (np.full((1, 2, 2), np.nan, np.float32), "4 of the image's 4 values are not finite"),
        (np.array([[[1.0, np.inf]]]), "1 of the image's 2 values are not finite"),
        (np.zeros((1, 4, 4), np.int64), "holds int64; give floats"),
        (np.zeros((1, 4, 4), bool), "holds bool"),
        (np.zeros((1, 4, 4), np.complex64), "holds complex64"),
        (None, "holds NoneType"),
        ("cat.png", "holds <U7"),
        ([[1.0], [1.0, 2.0]], "holds list"),
        (Image.new("I;16", (4, 4)), "mode is I;16; turn it into L or RGB"),
        (closed(), "The picture cannot be read"),
        (torch.rand(1, 4, 4).to_sparse(), "is a sparse_coo, float32 tensor on cpu that cannot be read"),
        (torch.rand(1, 4, 4, device="meta"), "tensor on meta that cannot be read"),
        (np.full((1, 2, 2), 1e300), "too large for the network's float32"),
    ],
    ids=str,
)
def test_what_is_no_image_is_refused_in_one_sentence(given, words):
    with pytest.raises(ImageError, match=words) as caught:
        as_batch(given, intake(ANY))
    assert "\n" not in str(caught.value)
