"""What a file shows, mode by mode and format by format; decoded here, in this process."""

import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cnnviz.images.decoding import Decoded, RefusalError, decode
from tests.images.files import FORMATS, LOSSLESS, chunk, colours, profile, saved

# The script has these on stderr, which nobody reads; here they would only be noise.
pytestmark = pytest.mark.filterwarnings("ignore")


def pixels(decoded: Decoded) -> NDArray[np.uint8]:
    return np.array(decoded.image)


# shown as they are


@pytest.mark.parametrize("form", LOSSLESS)
def test_colours_are_those_of_the_file(form: str) -> None:
    decoded = decode(saved(Image.fromarray(colours()), form, **LOSSLESS[form]))
    np.testing.assert_array_equal(pixels(decoded), colours())
    assert (decoded.size, decoded.notes) == ((17, 13), ())


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey_and_black_and_white_stay_so(form: str, mode: str) -> None:
    image = Image.fromarray(colours()).convert(mode)
    np.testing.assert_array_equal(pixels(decode(saved(image, form))), np.array(image.convert("L")))


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "GIF"])
def test_what_loses_a_little_shows_nearly_the_same(form: str) -> None:
    smooth = np.stack(np.broadcast_arrays(np.arange(0, 128, 8)[:, None], np.arange(0, 128, 8), np.uint8(90)), 2)
    decoded = pixels(decode(saved(Image.fromarray(smooth.astype(np.uint8)), form)))
    assert decoded.shape == (16, 16, 3)
    assert np.abs(decoded.astype(int) - smooth).mean() < 6


@pytest.mark.parametrize("form", FORMATS)
def test_one_pixel_is_a_picture(form: str) -> None:
    decoded = decode(saved(Image.new("RGB", (1, 1), (255, 255, 255)), form))
    assert (decoded.size, decoded.image.size) == ((1, 1), (1, 1))
    assert pixels(decoded).min() >= 253


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "TIFF"])
def test_a_palette_is_looked_up(form: str) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    np.testing.assert_array_equal(pixels(decode(saved(image, form))), [[[10, 20, 30], [200, 100, 50]]])


# alpha


def test_alpha_stays_where_it_hides_something() -> None:
    values = np.dstack([colours(), np.full((13, 17), 90, np.uint8)])
    np.testing.assert_array_equal(pixels(decode(saved(Image.fromarray(values), "PNG"))), values)
    values[..., 3] = 255
    np.testing.assert_array_equal(pixels(decode(saved(Image.fromarray(values), "PNG"))), colours())


def test_grey_with_alpha_is_kept() -> None:
    decoded = decode(saved(Image.new("LA", (2, 2), (50, 90)), "PNG"))
    np.testing.assert_array_equal(pixels(decoded), np.full((2, 2, 4), (50, 50, 50, 90)))


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_a_transparent_palette_entry_or_colour_is_alpha(form: str) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    decoded = pixels(decode(saved(image, form, transparency=1)))
    np.testing.assert_array_equal(decoded[0, :, 3], [255, 0])
    np.testing.assert_array_equal(decoded[0, 0], [10, 20, 30, 255])


@pytest.mark.parametrize(
    ("mode", "colour", "other"), [("L", 7, 255), ("RGB", (7, 8, 9), (1, 2, 3)), ("1", 0, 255), ("1", 255, 0)]
)
def test_a_transparent_colour_of_a_png_is_alpha(mode: str, colour: Any, other: Any) -> None:
    image = Image.new(mode, (2, 1), colour)
    image.putpixel((0, 0), other)
    decoded = pixels(decode(saved(image, "PNG", transparency=colour)))
    np.testing.assert_array_equal(decoded[0, :, 3], [255, 0])
    np.testing.assert_array_equal(decoded[0, 0, :3], np.broadcast_to(other, 3))


# more than 8 bits


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bits_show_all_of_their_range(form: str) -> None:
    values = np.array([[0, 257, 128 * 257], [129, 40_000, 65_535]], np.uint16)
    decoded = decode(saved(Image.fromarray(values), form))
    np.testing.assert_array_equal(pixels(decoded), [[0, 1, 128], [1, 156, 255]])  # a 257th, rounded
    assert decoded.notes == ()


def test_16_bits_of_colour_too() -> None:
    values = np.array([[[0, 0x80FF, 0xFFFF], [0x1234, 0x0100, 0xFF00]]], ">u2")  # one row, two pixels
    header = (2).to_bytes(4, "big") + (1).to_bytes(4, "big") + bytes([16, 2, 0, 0, 0])
    data = zlib.compress(b"\0" + values.tobytes())
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    np.testing.assert_array_equal(pixels(decode(content)), [[[0, 0x80, 255], [0x12, 1, 255]]])


@pytest.mark.parametrize(
    ("values", "shown", "notes"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255], ()),
        (np.array([[0.0, 100.0, 200.0]], np.float32), [0, 100, 200], ()),
        (np.array([[0.0, 32_896.0, 65_535.0]], np.float32), [0, 128, 255], ()),
        (np.array([[-3.0, 0.0, 2.0]], np.float32), [0, 153, 255], ("its values -3 to 2 shown as black to white",)),
        (np.array([[-3.0, -3.0]], np.float32), [0, 0], ("its values -3 to -3 shown as black to white",)),
        (np.array([[0, 100, 200]], np.int32), [0, 100, 200], ()),
        (np.array([[0, 32_896, 65_535]], np.int32), [0, 128, 255], ()),
        (np.array([[0, 100_000]], np.int32), [0, 255], ("its values 0 to 100000 shown as black to white",)),
    ],
)
def test_32_bits_are_taken_as_programs_write_them(
    values: NDArray[Any], shown: list[int], notes: tuple[str, ...]
) -> None:
    decoded = decode(saved(Image.fromarray(values), "TIFF"))
    np.testing.assert_array_equal(pixels(decoded), [shown])
    assert decoded.notes == notes


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(value: float) -> None:
    content = saved(Image.fromarray(np.array([[0.5, value]], np.float32)), "TIFF")
    with pytest.raises(RefusalError, match=r"^holds values that are no numbers; save it anew as PNG\.$"):
        decode(content)


# colours that are not sRGB


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("ink", "shown"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 255, 255, 0), (255, 0, 0)),
    ],
)
def test_inks_are_shown_as_colours(form: str, ink: tuple[int, ...], shown: tuple[int, ...]) -> None:
    decoded = pixels(decode(saved(Image.new("CMYK", (8, 8), ink), form)))
    assert decoded.shape == (8, 8, 3)
    assert np.abs(decoded.astype(int) - shown).max() <= 3


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_colours_are_those_of_the_profile(form: str) -> None:
    decoded = decode(saved(Image.new("RGB", (8, 8), (250, 10, 10)), form, icc_profile=profile(swapped=True)))
    assert np.abs(pixels(decoded).astype(int) - (10, 250, 10)).max() <= 6
    assert decoded.notes == ("colours by its profile",)


def test_alpha_stays_beside_a_profile() -> None:
    image = Image.new("RGBA", (8, 8), (250, 10, 10, 77))
    decoded = decode(saved(image, "PNG", icc_profile=profile(swapped=True)))
    assert np.abs(pixels(decoded).astype(int) - (10, 250, 10, 77)).max() <= 3


@pytest.mark.parametrize("given", [profile(swapped=False), profile(swapped=True)[:300], b"nonsense"])
def test_the_usual_profile_and_broken_ones_change_nothing(given: bytes) -> None:
    decoded = decode(saved(Image.fromarray(colours()), "PNG", icc_profile=given))
    np.testing.assert_array_equal(pixels(decoded), colours())
    assert decoded.notes == ()


# turned


# Where the first row and the first column of what is stored belong, by the EXIF standard: upright to stored.
STORED = {
    1: lambda upright: upright,  # top, left
    2: lambda upright: upright[:, ::-1],  # top, right
    3: lambda upright: upright[::-1, ::-1],  # bottom, right
    4: lambda upright: upright[::-1],  # bottom, left
    5: lambda upright: upright.swapaxes(0, 1),  # left, top
    6: lambda upright: upright[:, ::-1].swapaxes(0, 1),  # right, top
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),  # right, bottom
    8: lambda upright: upright[::-1].swapaxes(0, 1),  # left, bottom
}


@pytest.mark.parametrize("turn", STORED)
@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_a_picture_is_upright(form: str, turn: int) -> None:
    exif = Image.Exif()
    exif[274] = turn
    stored = Image.fromarray(np.ascontiguousarray(STORED[turn](colours())))
    decoded = decode(saved(stored, form, exif=exif, **LOSSLESS[form]))
    np.testing.assert_array_equal(pixels(decoded), colours())
    assert decoded.size == (17, 13)
    assert decoded.notes == (() if turn == 1 else ("turned as its EXIF says",))


@pytest.mark.parametrize("turn", STORED)
def test_a_photo_is_upright(turn: int) -> None:
    exif = Image.Exif()
    exif[274] = turn
    upright = np.zeros((16, 32), np.uint8)
    upright[:8, :8] = 255  # light in the upper left corner
    stored = Image.fromarray(np.ascontiguousarray(STORED[turn](upright)))
    shown = pixels(decode(saved(stored, "JPEG", exif=exif)))
    assert shown.shape == (16, 32)
    assert np.abs(shown.astype(int) - upright).max() < 10


@pytest.mark.parametrize("value", [0, 9, 65_535])
def test_a_turn_that_does_not_exist_is_none(value: int) -> None:
    exif = Image.Exif()
    exif[274] = value
    np.testing.assert_array_equal(pixels(decode(saved(Image.fromarray(colours()), "PNG", exif=exif))), colours())


def test_broken_exif_is_none() -> None:
    content = saved(Image.fromarray(colours()), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    np.testing.assert_array_equal(pixels(decode(content)), colours())
