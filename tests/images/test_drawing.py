"""Drawings become inputs as the data sets' makers did it: by pen and paper, and by what a trained network says."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.datasets import dataset
from cnnviz.errors import ImageError
from cnnviz.images import fit_drawing
from cnnviz.inspection import load_network
from cnnviz.runs import example

MNIST = (1, 28, 28)
DIGITS = (1, 8, 8)


def pad(*boxes: tuple[int, int, int, int], side: int = 280) -> NDArray[np.uint8]:
    """A drawing with white boxes: top, left, height, width."""
    drawing = np.zeros((side, side), np.uint8)
    for top, left, height, width in boxes:
        drawing[top : top + height, left : left + width] = 255
    return drawing


def field(side: int, *boxes: tuple[int, int, int, int]) -> NDArray[np.float32]:
    return pad(*boxes, side=side) / np.float32(255)


# as it is


@pytest.mark.parametrize("shape", [DIGITS, MNIST, (1, 6, 10)])
def test_what_is_drawn_in_the_networks_size_is_used_as_it_is(shape: tuple[int, int, int]) -> None:
    drawing = np.random.default_rng(0).integers(0, 256, shape[1:], np.uint8)
    fitted = fit_drawing(drawing, shape)
    np.testing.assert_array_equal(fitted.values[0], drawing.astype(np.float32) / np.float32(255))
    assert fitted.rule == f"drawn in {shape[2]}x{shape[1]}, used as it is"


@pytest.mark.parametrize("shape", [DIGITS, MNIST, (3, 32, 32)])
def test_an_empty_pad_is_black(shape: tuple[int, int, int]) -> None:
    fitted = fit_drawing(pad(), shape)
    np.testing.assert_array_equal(fitted.values, np.zeros(shape))
    assert fitted.rule == "nothing drawn"


def test_all_channels_show_the_same() -> None:
    values = fit_drawing(pad((10, 10, 200, 40)), (3, 32, 32)).values
    assert values.shape == (3, 32, 32)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values[0], values[1])
    np.testing.assert_array_equal(values[0], values[2])


@pytest.mark.parametrize(
    ("drawing", "given"),
    [
        (np.zeros((4, 4, 3), np.uint8), "uint8 of shape 4x4x3"),
        (np.zeros((0, 4), np.uint8), "uint8 of shape 0x4"),
        (np.zeros((4, 4), np.float32), "float32 of shape 4x4"),
    ],
)
def test_another_array_is_refused(drawing: NDArray[np.uint8], given: str) -> None:
    with pytest.raises(ImageError) as refused:
        fit_drawing(drawing, MNIST)
    assert str(refused.value) == f"A drawing is grey, with 8 bits a pixel and two sides; received {given}."


# as MNIST


@pytest.mark.parametrize("corner", [(0, 0), (80, 180), (40, 90), (13, 57)])
def test_the_ink_fills_twenty_pixels_of_28_wherever_it_was_drawn(corner: tuple[int, int]) -> None:
    fitted = fit_drawing(pad((*corner, 200, 100)), MNIST)
    np.testing.assert_allclose(fitted.values[0], field(28, (4, 9, 20, 10)), atol=1e-6)
    assert fitted.rule == "cropped to the ink, scaled to 20/28 of 28x28, centred by its mass as in MNIST"


def test_a_flat_drawing_keeps_its_proportions() -> None:
    fitted = fit_drawing(pad((100, 20, 50, 250)), MNIST)  # a 250th of a side becomes 20: 50 become 4
    np.testing.assert_allclose(fitted.values[0], field(28, (12, 4, 4, 20)), atol=1e-6)


def test_the_centre_of_mass_comes_to_the_middle_pixel() -> None:
    drawing = pad((0, 0, 200, 40), (160, 0, 40, 120))  # an L: 20 by 4 and 4 by 8 more
    values = fit_drawing(drawing, MNIST).values[0]
    row = (80 * 9.5 + 32 * 17.5) / 112  # of the ink's own pixels: 11.8
    column = (80 * 1.5 + 32 * 7.5) / 112  # 3.2
    top, left = 2, 11  # 14 - row, 14 - column, rounded
    assert (round(14 - row), round(14 - column)) == (top, left)
    np.testing.assert_allclose(values, field(28, (top, left, 20, 4), (top + 16, left, 4, 12)), atol=1e-6)


def test_nothing_is_cut_off() -> None:
    drawing = pad((0, 0, 200, 10), (190, 0, 10, 200))
    drawing[:10, :10] = 30  # nearly all of the mass lies at the left and below
    values = fit_drawing(drawing, MNIST).values[0]
    np.testing.assert_allclose(values.sum() * 100, drawing.sum() / 255, rtol=1e-5)


def test_a_dot_stays_a_dot() -> None:
    values = fit_drawing(pad((100, 100, 14, 14)), MNIST).values[0]  # a fifth of the smallest drawing, 70
    np.testing.assert_allclose(values, field(28, (12, 12, 4, 4)), atol=1e-6)


def test_shrinking_averages() -> None:
    quarter = np.random.default_rng(0).integers(100, 256, (100, 100), np.uint8)
    drawing = np.block([[quarter, quarter[:, ::-1]], [quarter[::-1], quarter[::-1, ::-1]]])  # its mass in the middle
    values = fit_drawing(np.pad(drawing, 40), MNIST).values[0]
    blocks = np.array([[drawing[y : y + 10, x : x + 10].mean() for x in range(0, 200, 10)] for y in range(0, 200, 10)])
    np.testing.assert_allclose(values[4:24, 4:24] * 255, blocks, rtol=1e-5)


def test_faint_pixels_are_no_ink() -> None:
    drawing = pad((0, 0, 200, 100))
    drawing[250:, 250:] = 20
    np.testing.assert_allclose(fit_drawing(drawing, MNIST).values[0], field(28, (4, 9, 20, 10)), atol=1e-6)


# as the 8x8 digits


@pytest.mark.parametrize("box", [(0, 0, 200, 125), (80, 100, 200, 125), (10, 10, 100, 100), (10, 10, 100, 50)])
def test_the_ink_fills_the_height_and_five_eighths_of_the_width(box: tuple[int, int, int, int]) -> None:
    fitted = fit_drawing(pad(box), DIGITS)
    row = [0, 0.5, 1, 1, 1, 1, 0.5, 0]  # 20 of 32 dots, from 6 to 26
    np.testing.assert_allclose(fitted.values[0], [row] * 8, atol=1e-6)
    assert fitted.rule == ("cropped to the ink, scaled to fill 8x8, thin strokes thickened, made upright as the digits")


STROKE = [[0, 0, 0.2, 1, 1, 0.2, 0, 0]] * 8  # 4 dots wide, 128 of 1,024: two rings of 64 and 0.8 of a third make 307.2


def test_a_narrow_stroke_stays_narrow_and_is_thickened() -> None:
    values = fit_drawing(pad((20, 100, 240, 30)), DIGITS).values[0]  # an eighth of its height: 4 dots of 32
    np.testing.assert_allclose(values, STROKE, atol=1e-6)


def test_a_flat_stroke_stays_flat() -> None:
    # 20 dots wide and 4 high, from 14 to 18. Three dots more: rows of 20, 22, 24, four of 26, 24, 22, 20.
    values = fit_drawing(pad((100, 20, 40, 200)), DIGITS).values[0]
    outer = np.array([0, 2, 4, 4, 4, 4, 2, 0]) / 16
    inner = np.array([2, 15, 16, 16, 16, 16, 15, 2]) / 16
    np.testing.assert_allclose(
        values, [outer * 0, outer * 0, outer, inner, inner, outer, outer * 0, outer * 0], atol=1e-6
    )


def test_a_dot_stays_a_dot_here_too() -> None:
    values = fit_drawing(pad((100, 100, 35, 35)), DIGITS).values[0]  # half of the smallest drawing: 16 of 32 dots
    ring = field(8, (1, 2, 6, 4), (2, 1, 4, 6)) * np.float32(0.2)  # 51.2 dots are lacking, 64 are around
    np.testing.assert_allclose(values, np.maximum(ring, field(8, (2, 2, 4, 4))), atol=1e-6)
    small = fit_drawing(pad((100, 100, 13, 13)), DIGITS).values[0]  # 6 dots of 32, and three around
    assert small.sum() * 16 == pytest.approx(6 * 6 + 24 + 28 + 32)
    np.testing.assert_array_equal(np.nonzero(small.any(0))[0], [2, 3, 4, 5])


@pytest.mark.parametrize("leaning", [-1, 1])
def test_a_slanted_stroke_is_made_upright(leaning: int) -> None:
    drawing = np.zeros((280, 280), np.uint8)
    for row in range(20, 260):
        start = 125 + leaning * (row - 140) // 2
        drawing[row, start : start + 30] = 255
    np.testing.assert_allclose(fit_drawing(drawing, DIGITS).values[0], STROKE, atol=0.1)  # 4 of 20 dots once more


def test_the_leftmost_of_the_top_comes_to_stand_over_that_of_the_bottom() -> None:
    drawing = pad((20, 20, 40, 200), (60, 130, 280, 90), side=360)  # a 7 of 20x32 dots: a bar of 4, a stem of 9
    values = fit_drawing(drawing, DIGITS).values[0]
    # They begin 11 dots apart, at 6 and 17, and both at 11.5 when half of it is taken from each: half a dot of block 2.
    np.testing.assert_allclose(values[0], [0, 0, 0.125, 1, 1, 1, 1, 0.875], atol=0.05)
    np.testing.assert_allclose(values[7], [0, 0, 0.125, 1, 1, 0.125, 0, 0], atol=0.05)


@pytest.mark.parametrize("shape", [DIGITS, MNIST, (1, 12, 9), (1, 25, 25), (1, 1, 1), (3, 64, 40)])
@pytest.mark.parametrize("box", [(0, 0, 1, 1), (0, 0, 280, 280), (279, 0, 1, 280), (0, 279, 280, 1), (140, 140, 3, 2)])
def test_every_drawing_fits(shape: tuple[int, int, int], box: tuple[int, int, int, int]) -> None:
    values = fit_drawing(pad(box), shape).values
    assert values.shape == shape
    assert values.min() >= 0
    assert 0 < values.max() <= 1


def test_the_example_reads_digits_that_are_drawn_again() -> None:
    import torch

    run = example()
    network = load_network(run, run.snapshot(run.steps()[-1]))
    images = dataset("digits").split(run.record["recipe"]["seed"]).validation.images
    drawings = [np.kron(np.round(image[0] * 255).astype(np.uint8), np.ones((35, 35), np.uint8)) for image in images]
    drawn = np.stack([fit_drawing(drawing, DIGITS).values for drawing in drawings])
    with torch.no_grad():
        before, after = network(torch.tensor(images)).argmax(1), network(torch.tensor(drawn)).argmax(1)
    assert len(images) > 150
    assert (before == after).float().mean() > 0.95
