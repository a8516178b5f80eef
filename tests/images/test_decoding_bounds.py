"""What is too much, too large, of another kind or damaged: said in one sentence; decoded here, in this process."""

import json
import random
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cnnviz.images import decoding
from cnnviz.images.decoding import Decoded, RefusalError, decode
from tests.images.files import FORMATS, LOSSLESS, colours, declared, profile, saved

# The script has these on stderr, which nobody reads; here they would only be noise.
pytestmark = pytest.mark.filterwarnings("ignore")

DAMAGED = "is damaged or cut short; save or copy it again."


def pixels(decoded: Decoded) -> NDArray[np.uint8]:
    return np.array(decoded.image)


# many frames


@pytest.mark.parametrize(
    ("form", "said"), [("GIF", "frames"), ("WEBP", "frames"), ("PNG", "frames"), ("TIFF", "pages")]
)
def test_the_first_frame_is_shown_and_said(form: str, said: str) -> None:
    frames = [Image.new("RGB", (9, 9), (10 * index, 0, 0)) for index in range(1, 13)]
    decoded = decode(saved(frames[0], form, save_all=True, append_images=frames[1:], **LOSSLESS.get(form, {})))
    assert np.abs(pixels(decoded).astype(int) - (10, 0, 0)).max() <= 2
    assert decoded.notes == (f"first of 12 {said}",)


def test_a_photo_with_a_second_picture_for_the_camera_is_one() -> None:
    frames = [Image.new("RGB", (9, 9), (10 * index, 0, 0)) for index in (1, 2)]
    decoded = decode(saved(frames[0], "MPO", save_all=True, append_images=frames[1:]))
    assert (decoded.notes, decoded.size) == ((), (9, 9))


# large


def test_a_large_picture_is_averaged_down() -> None:
    values = np.random.default_rng(0).integers(0, 256, (1_500, 1_800), np.uint8)
    decoded = decode(saved(Image.fromarray(values), "BMP"))
    blocks = values.reshape(750, 2, 900, 2).astype(float).mean((1, 3))
    assert np.abs(pixels(decoded) - blocks).max() <= 0.51
    assert decoded.size == (1_800, 1_500)


@pytest.mark.parametrize("size", [(30_000, 1), (1, 30_000), (2_000, 3)])
def test_a_long_thin_picture_stays_one(size: tuple[int, int]) -> None:
    decoded = decode(saved(Image.new("L", size, 7), "PNG"))
    assert max(decoded.image.size) <= decoding.LARGEST_SIDE
    assert decoded.size == size
    assert np.unique(pixels(decoded)).tolist() == [7]


def test_a_large_photo_is_decoded_smaller() -> None:
    ramp = np.broadcast_to(np.linspace(0, 255, 4_200).astype(np.uint8), (2_100, 4_200))
    decoded = decode(saved(Image.fromarray(ramp), "JPEG"))
    shown = pixels(decoded)
    assert decoded.size == (4_200, 2_100)
    assert max(shown.shape) <= decoding.LARGEST_SIDE
    assert np.abs(shown[100].astype(float) - np.linspace(0, 255, shown.shape[1])).max() < 3


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(10_000, 10_000), (65_000, 65_000)])
def test_too_large_a_size_is_refused_before_anything_is_decoded(form: str, size: tuple[int, int]) -> None:
    with pytest.raises(RefusalError) as refused:
        decode(declared(form, *size))
    said = str(refused.value)
    if size == (10_000, 10_000) and form != "WEBP":  # whose reader Pillow asks for the size, in versions before 13
        assert said == "has 10000x10000 pixels, which is 100 megapixels; up to 40 are read, so shrink it first."
    assert said.endswith("up to 40 are read, so shrink it first.") or said == DAMAGED


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "WEBP", "TIFF"])  # a JPEG's missing blocks are grey
def test_a_size_within_bounds_that_the_file_does_not_hold_is_refused(form: str) -> None:
    with pytest.raises(RefusalError, match=DAMAGED):
        decode(declared(form, 3_000, 3_000))


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "GIF"])
def test_no_size_at_all_is_refused(form: str) -> None:
    with pytest.raises(RefusalError):
        decode(declared(form, 0, 0))


# none of ours


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"%PDF-1.7 ...",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        bytes(1000),
        saved(Image.new("RGB", (4, 4)), "ICO"),
        saved(Image.new("RGB", (4, 4)), "PPM"),
        saved(Image.new("RGB", (4, 4)), "EPS"),
    ],
    ids=["text", "PDF", "SVG", "zeros", "ICO", "PPM", "EPS"],
)
def test_another_type_is_refused_with_those_that_would_do(content: bytes) -> None:
    with pytest.raises(RefusalError) as refused:
        decode(content)
    assert str(refused.value) == (
        "is no picture that can be read here; choose a PNG, JPEG, GIF, BMP, WebP or TIFF file."
    )


# damaged


def samples() -> list[bytes]:
    """Small files of all formats, with what may lie in them."""
    exif = Image.Exif()
    exif[274] = 6
    whole = Image.fromarray(colours())
    files = [saved(whole, form) for form in FORMATS]
    files += [saved(whole, form, exif=exif, icc_profile=profile(swapped=True)) for form in ("PNG", "JPEG", "WEBP")]
    files += [saved(whole, form, save_all=True, append_images=[whole]) for form in ("GIF", "PNG", "WEBP", "TIFF")]
    files += [saved(whole, "TIFF", compression=name) for name in ("tiff_lzw", "jpeg", "packbits")]
    files += [saved(whole.convert("L").convert(mode), "PNG") for mode in ("P", "1", "LA", "RGBA", "I;16")]
    return [*files, saved(whole, "JPEG", progressive=True)]


def survives(content: bytes) -> bool:
    """Whether a file is shown; else it is refused with a sentence, and nothing else may happen."""
    try:
        shown = decode(content)
    except RefusalError:
        return False
    assert shown.image.mode in {"L", "RGB", "RGBA"}
    return True


def test_files_cut_anywhere_are_shown_or_refused() -> None:
    for content in samples():
        shown = [survives(content[:length]) for length in range(0, len(content), max(1, len(content) // 100))]
        assert not any(shown[: len(shown) // 2])  # half a file is no picture


def test_files_with_wrong_bytes_are_shown_or_refused() -> None:
    chance = random.Random(0)
    shown = 0
    for content in samples():
        for _ in range(150):
            wrong = bytearray(content)
            for _ in range(chance.choice([1, 1, 3, 10])):
                wrong[chance.randrange(len(wrong))] = chance.choice([0, 255, chance.randrange(256)])
            shown += survives(bytes(wrong))
    assert shown > 300  # many are harmless


# as a script


def test_the_script_answers_with_a_line_and_the_pixels() -> None:
    done = subprocess.run(
        [sys.executable, "-P", decoding.__file__],
        input=saved(Image.fromarray(colours()), "PNG"),
        capture_output=True,
        timeout=60,
        check=True,
    )
    header, _, values = done.stdout.partition(b"\n")
    assert json.loads(header) == {"shape": [13, 17, 3], "size": [17, 13], "notes": []}
    assert values == colours().tobytes()
    assert done.stderr == b""
