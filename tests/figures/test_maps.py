import numpy as np
import pytest
from PIL import Image

from cnnviz.errors import RunError
from cnnviz.figures.colours import palette
from cnnviz.figures.maps import as_colours, blended, coloured, sheet, write_png

POSITIVE, NEGATIVE = palette("light", "positive"), palette("light", "negative")


def test_zero_is_paper_and_the_largest_magnitude_has_the_strongest_colour():
    found = coloured(np.array([[0, 2, -2], [1, -1, np.nan]], np.float32))
    np.testing.assert_array_equal(found[0], [POSITIVE[0], POSITIVE[127], NEGATIVE[127]])
    np.testing.assert_array_equal(found[1], [POSITIVE[64], NEGATIVE[64], POSITIVE[0]])
    assert found.dtype == np.uint8


def test_a_scale_is_for_all_and_what_is_beyond_it_is_cut():
    np.testing.assert_array_equal(
        coloured(np.array([[1.0, 9.0]], np.float32), scale=4)[0], [POSITIVE[32], POSITIVE[127]]
    )
    np.testing.assert_array_equal(coloured(np.zeros((1, 1), np.float32))[0, 0], POSITIVE[0])


def test_maps_stand_in_rows_on_one_scale_with_paper_between():
    maps = np.arange(1, 6, dtype=np.float32)[:, None, None] * np.ones((5, 2, 2), np.float32)
    found = sheet(maps)
    assert found.shape == (5, 8, 3)  # three a row, two rows, a pixel between
    np.testing.assert_array_equal(found[0, 0], POSITIVE[round(1 / 5 * 127)])
    np.testing.assert_array_equal(found[3, 3], POSITIVE[127])
    for paper in (found[2], found[:, 2], found[3:, 6:]):
        np.testing.assert_array_equal(paper, np.broadcast_to(POSITIVE[0], paper.shape))


@pytest.mark.parametrize(("count", "shape"), [(1, (1, 1)), (10, (3, 4)), (16, (4, 4))])
def test_flat_values_are_a_block(count, shape):
    values = -np.arange(count, dtype=np.float32)
    found = sheet(values)
    assert found.shape == (*shape, 3)
    np.testing.assert_array_equal(found.reshape(-1, 3)[count - 1], NEGATIVE[127 if count > 1 else 0])


def test_an_image_is_grey_or_coloured_and_a_map_lies_over_it():
    grey = as_colours(np.array([[[0.0, 1.0, 2.0]]], np.float32))
    np.testing.assert_array_equal(grey[0], [[0, 0, 0], [255, 255, 255], [255, 255, 255]])
    red = as_colours(np.array([1.0, 0.0, 0.0], np.float32)[:, None, None])
    np.testing.assert_array_equal(red[0, 0], [255, 0, 0])
    over = blended(np.full((1, 1, 3), 100, np.uint8), np.ones((1, 1, 1), np.float32), share=0.25)
    np.testing.assert_array_equal(over[0, 0], [216, 216, 216])  # 0.75 * 255 + 0.25 * 100 = 216.25
    assert as_colours(np.ones((5, 2, 2), np.float32)).shape == (2, 2, 3)


def test_a_file_is_enlarged_by_repeating_pixels(tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (3, 5, 3), dtype=np.uint8)
    write_png(tmp_path / "map.png", colours)
    read = np.asarray(Image.open(tmp_path / "map.png"))
    assert read.shape == (153, 255, 3)
    np.testing.assert_array_equal(read[25::51, 25::51], colours)
    with pytest.raises(RunError, match="cannot be written: No such file"):
        write_png(tmp_path / "nowhere" / "map.png", colours)
