"""The rule that makes a picture a network's input, against slow loops and pen and paper."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cnnviz.datasets import dataset
from cnnviz.errors import ImageError
from cnnviz.images import Picture, fit, ground_of, preview
from cnnviz.images.fitting import resized


def picture(pixels: object, *notes: str) -> Picture:
    values = np.array(pixels, np.uint8)
    return Picture(values, (values.shape[1], values.shape[0]), notes)


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


# used as it is


@pytest.mark.parametrize(("shape", "pixels"), [((1, 8, 6), noise(8, 6)), ((3, 5, 7), noise(5, 7, 3))])
def test_a_picture_that_fits_is_used_as_it_is(shape: tuple[int, int, int], pixels: NDArray[np.uint8]) -> None:
    fitted = fit(picture(pixels), shape)
    planes = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    np.testing.assert_array_equal(fitted.values, planes.astype(np.float32) / np.float32(255))
    assert fitted.values.dtype == np.float32
    assert fitted.values.flags["C_CONTIGUOUS"]
    assert fitted.rule == f"{shape[2]}x{shape[1]}, used as it is"


def test_grey_that_is_stored_as_colours_is_used_as_it_is() -> None:
    grey = noise(4, 4)
    fitted = fit(picture(np.dstack([grey] * 3)), (1, 4, 4))
    np.testing.assert_array_equal(fitted.values[0], grey / np.float32(255))
    assert fitted.rule == "4x4, used as it is"


def test_what_was_decided_in_reading_is_said_too() -> None:
    assert fit(picture(noise(4, 4), "first of 12 frames"), (1, 4, 4)).rule == "4x4, first of 12 frames, used as it is"


# channels


def test_colours_become_grey_by_their_luma() -> None:
    fitted = fit(picture([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [100, 200, 50]]]), (1, 2, 2))
    luma = (0.299 * 100 + 0.587 * 200 + 0.114 * 50) / 255
    np.testing.assert_allclose(fitted.values, [[[0.299, 0.587], [0.114, luma]]], atol=1e-6)
    assert fitted.rule == "2x2, made grey"


def test_grey_fills_three_channels() -> None:
    fitted = fit(picture([[0, 51], [102, 255]]), (3, 2, 2))
    np.testing.assert_allclose(fitted.values, [[[0, 0.2], [0.4, 1]]] * 3, atol=1e-6)
    assert fitted.rule == "2x2, grey in all three channels"


@pytest.mark.parametrize("channels", [2, 4, 12])
def test_other_channels_are_refused(channels: int) -> None:
    with pytest.raises(ImageError) as refused:
        fit(picture(noise(4, 4)), (channels, 4, 4))
    assert str(refused.value) == (
        f"This network takes images of {channels} channels; a picture can be shown to one of 1 or 3."
    )


def test_transparency_shows_what_stands_out() -> None:
    dark = [[[0, 0, 0, 255], [0, 0, 0, 0]], [[51, 51, 51, 102], [9, 9, 9, 0]]]
    fitted = fit(picture(dark), (1, 2, 2))
    np.testing.assert_allclose(fitted.values, [[[0, 1], [0.2 * 0.4 + 0.6, 1]]], atol=1e-6)
    assert fitted.rule == "2x2, transparency over white"
    light = [[[255, 255, 255, 255], [0, 0, 0, 0]], [[255, 255, 255, 51], [9, 9, 9, 0]]]
    fitted = fit(picture(light), (1, 2, 2))
    np.testing.assert_allclose(fitted.values, [[[1, 0], [0.2, 0]]], atol=1e-6)
    assert fitted.rule == "2x2, transparency over black"


def test_nothing_but_transparency_is_white() -> None:
    np.testing.assert_array_equal(fit(picture(np.zeros((2, 2, 4))), (3, 2, 2)).values, np.ones((3, 2, 2)))


# size


@pytest.mark.parametrize("factor", [2, 3, 7])
def test_whole_factors_are_averages_of_blocks(factor: int) -> None:
    pixels = noise(4 * factor, 5 * factor, 3)
    fitted = fit(picture(pixels), (3, 4, 5))
    for row in range(4):
        for column in range(5):
            total = np.zeros(3)
            for y in range(factor):
                for x in range(factor):
                    total += pixels[row * factor + y, column * factor + x] / 255
            np.testing.assert_allclose(fitted.values[:, row, column], total / factor**2, atol=1e-6)
    assert fitted.rule == f"{5 * factor}x{4 * factor}, shrunk to 5x4 by averaging"


def test_other_factors_share_pixels_by_area() -> None:
    fitted = fit(picture([[0, 90, 240], [30, 60, 120], [255, 0, 15]]), (1, 2, 2))
    by_hand = np.array(  # a new pixel covers one and a half old ones a side: 9/4 of them
        [
            [(0 + 90 / 2 + 30 / 2 + 60 / 4) * 4 / 9, (240 + 90 / 2 + 120 / 2 + 60 / 4) * 4 / 9],
            [(255 + 0 / 2 + 30 / 2 + 60 / 4) * 4 / 9, (15 + 0 / 2 + 120 / 2 + 60 / 4) * 4 / 9],
        ]
    )
    np.testing.assert_allclose(fitted.values[0] * 255, by_hand, rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 12), st.integers(1, 12))
def test_any_size_becomes_any_other(height: int, width: int, new_height: int, new_width: int) -> None:
    values = np.random.default_rng(height).random((1, height, width), np.float32)

    def seen(before: int, after: int, index: int) -> dict[int, Fraction]:
        """The share of each old pixel in a new one: 1 for the one that is repeated, or what its area covers."""
        if after >= before:
            return {index * before // after: Fraction(1)}
        start, end = Fraction(index * before, after), Fraction((index + 1) * before, after)
        shares = {old: min(end, Fraction(old + 1)) - max(start, Fraction(old)) for old in range(before)}
        return {old: share / (end - start) for old, share in shares.items() if share > 0}

    expected = [
        [
            sum(
                float(down * across) * values[0, y, x]
                for y, down in seen(height, new_height, row).items()
                for x, across in seen(width, new_width, column).items()
            )
            for column in range(new_width)
        ]
        for row in range(new_height)
    ]
    np.testing.assert_allclose(resized(values, new_height, new_width)[0], expected, atol=1e-6)


def test_a_small_picture_repeats_its_pixels() -> None:
    fitted = fit(picture([[0, 255], [102, 51]]), (1, 5, 5))
    np.testing.assert_allclose(
        fitted.values[0],
        [[0, 0, 0, 1, 1]] * 3 + [[0.4, 0.4, 0.4, 0.2, 0.2]] * 2,
        atol=1e-6,
    )
    assert fitted.rule == "2x2, enlarged to 5x5 by repeating pixels"


def test_the_whole_picture_is_kept_on_the_colour_of_its_border() -> None:
    pixels = np.full((120, 240), 51, np.uint8)  # wider than high
    pixels[30:90, 60:180] = 255
    fitted = fit(picture(pixels), (1, 24, 24))
    expected = np.full((24, 24), 0.2)
    expected[9:15, 6:18] = 1
    np.testing.assert_allclose(fitted.values[0], expected, atol=1e-6)
    assert fitted.rule == "240x120, padded to a square, shrunk to 24x24 by averaging"


def test_the_border_has_a_colour_of_its_own() -> None:
    pixels = np.full((2, 4, 3), (255, 51, 0), np.uint8)
    pixels[0, 1] = 7  # of 12 border pixels, the corners twice
    fitted = fit(picture(pixels), (3, 4, 4))
    np.testing.assert_allclose(fitted.values[:, 0], np.array([[1, 0.2, 0]] * 4).T, atol=1e-6)
    assert fitted.rule == "4x2, padded to a square"


def test_a_network_need_not_be_square() -> None:
    fitted = fit(picture(np.full((10, 10), 255)), (1, 10, 20))
    assert fitted.values.shape == (1, 10, 20)
    assert fitted.rule == "10x10, padded to the shape of 20x10"


@pytest.mark.parametrize("size", [(1, 1), (1, 1_024), (1_024, 1), (3, 700)])
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 64, 64), (1, 1, 1)])
def test_the_thinnest_pictures_fit(size: tuple[int, int], shape: tuple[int, int, int]) -> None:
    fitted = fit(picture(noise(*size)), shape)
    assert fitted.values.shape == shape
    assert fitted.values.dtype == np.float32
    assert 0 <= fitted.values.min() <= fitted.values.max() <= 1


def test_a_picture_that_was_read_smaller_says_its_own_size() -> None:
    fitted = fit(Picture(noise(28, 28), (280, 280)), (1, 28, 28))
    assert fitted.rule == "280x280, shrunk to 28x28 by averaging"


# ground


def test_the_ground_is_read_from_the_borders() -> None:
    digits = dataset("digits").read()[0].images
    assert ground_of(digits) == "dark"
    assert ground_of(1 - digits) == "light"
    assert ground_of(np.random.default_rng(0).random((20, 3, 9, 9), np.float32)) is None


def test_ink_on_paper_is_inverted_for_a_network_that_knows_light_on_dark() -> None:
    paper = np.full((8, 8), 255, np.uint8)
    paper[2:6, 3:5] = 0
    fitted = fit(picture(paper), (1, 8, 8), ground="dark")
    np.testing.assert_array_equal(fitted.values[0], (paper == 0).astype(np.float32))
    assert fitted.rule == "8x8, inverted, as this network has learned on black"
    again = fit(picture(255 - paper), (1, 8, 8), ground="light")
    np.testing.assert_array_equal(again.values[0], paper / np.float32(255))
    assert again.rule == "8x8, inverted, as this network has learned on white"


@pytest.mark.parametrize("ground", ["dark", None])
def test_what_is_on_the_right_ground_stays(ground: str) -> None:
    chalk = np.zeros((8, 8), np.uint8)
    chalk[2:6, 3:5] = 255
    fitted = fit(picture(chalk), (1, 8, 8), ground=ground)  # type: ignore[arg-type]
    np.testing.assert_array_equal(fitted.values[0], chalk / np.float32(255))
    assert fitted.rule == "8x8, used as it is"


def test_a_picture_without_a_ground_is_left() -> None:
    assert fit(picture(noise(8, 8)), (1, 8, 8), ground="dark").rule == "8x8, used as it is"


# preview


def test_a_preview_is_small_and_keeps_its_channels() -> None:
    for pixels in (noise(300, 200), noise(300, 200, 3), noise(300, 200, 4)):
        small = preview(picture(pixels), 30)
        assert (small.dtype, small.shape) == (np.uint8, (30, 20, *pixels.shape[2:]))
        blocks = pixels.reshape(30, 10, 20, 10, -1).astype(float).mean((1, 3)).reshape(small.shape)
        assert np.abs(small - blocks).max() <= 0.501


def test_a_small_picture_is_its_own_preview() -> None:
    pixels = noise(20, 30, 3)
    np.testing.assert_array_equal(preview(picture(pixels)), pixels)
