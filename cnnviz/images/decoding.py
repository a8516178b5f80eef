"""Decode one picture in a process of its own: a file comes in, pixels or one sentence go out.

A file from outside can bloat, stall or crash the libraries that decode it (a progressive JPEG of a few kilobytes can
ask for hours). So `reading` runs this file as a script, under limits of memory and time, and it imports Pillow only.
What it writes: one line of JSON, then the pixels, 8 bits a value, row by row; refused: only {"refused": "has no ..."}.
With an argument, the longest side to give out, it reads many files, each after a line with its length.
"""

import io
import json
import math
import sys
from array import array
from contextlib import suppress
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
NAMED = "PNG, JPEG, GIF, BMP, WebP or TIFF"
LARGEST_PIXELS = 40_000_000
LARGEST_SIDE = 1_024  # of what is given out: no network here takes more, and no page shows more
MEMORY = 1024**3  # bytes of address space; 40 megapixels with alpha take half of it
SECONDS = 5  # of computing; 40 megapixels take one

_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 274  # the number of EXIF's field for it


class RefusalError(Exception):
    """Why a file is not shown, as the end of a sentence that begins with its name."""


@dataclass(frozen=True)
class Decoded:
    """A picture as people should see it.

    Attributes:
        image: Mode L, RGB or RGBA.
        size: Width and height in the file, as shown.
        notes: What was decided on the way, in a few words each.
    """

    image: Image.Image
    size: tuple[int, int]
    notes: tuple[str, ...]


def decode(content: bytes, largest: int = LARGEST_SIDE) -> Decoded:
    """The first frame of a file, upright, in sRGB, 8 bits a value, no side longer than `largest`.

    Raises:
        RefusalError: If it is none of `FORMATS`, larger than `LARGEST_PIXELS`, or damaged.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return _decoded(image, largest)
    except RefusalError:
        raise
    except UnidentifiedImageError:
        if content.startswith(_BEGINNINGS):
            raise RefusalError("is damaged or cut short; save or copy it again.") from None
        raise RefusalError(f"is no picture that can be read here; choose a {NAMED} file.") from None
    except Image.DecompressionBombError:  # Pillow's own limit, far above ours, which some formats need before a size
        raise RefusalError(
            f"has over 100 megapixels; up to {LARGEST_PIXELS // 10**6} are read, so shrink it first."
        ) from None
    except MemoryError:
        raise RefusalError("needs too much memory to be read; save it anew as PNG.") from None
    except Exception:  # on a damaged file the formats' readers raise nearly every kind there is
        raise RefusalError("is damaged or cut short; save or copy it again.") from None


def _decoded(image: Image.Image, largest: int) -> Decoded:
    width, height = image.size
    if width * height > LARGEST_PIXELS:
        raise RefusalError(
            f"has {width}x{height} pixels, which is {width * height / 10**6:.4g} megapixels; "
            f"up to {LARGEST_PIXELS // 10**6} are read, so shrink it first."
        )
    turn = _orientation(image)
    turned = turn in _TURNS
    if turn >= 5 and image.format != "TIFF":  # whose size is that of the upright picture
        width, height = height, width
    image.draft(None, (largest, largest))  # a JPEG can be decoded at a half, quarter or eighth of its size
    image.load()
    notes: list[str] = []
    shown = _eight_bits(_small(_plain(image), largest), image.mode, notes)
    shown = _true_colours(shown, image.info.get("icc_profile"), notes)
    shown = _without_idle_alpha(shown if shown.mode != "CMYK" else shown.convert("RGB"))
    if turned:
        notes.append("turned as its EXIF says")
        if image.format != "TIFF":  # Pillow has turned it
            shown = shown.transpose(_TURNS[turn])
    frames = _frames(image)
    if frames > 1:
        notes.insert(0, f"first of {frames} {'pages' if image.format == 'TIFF' else 'frames'}")
    return Decoded(shown, (width, height), tuple(notes))


def _orientation(image: Image.Image) -> int:
    """How the camera was held, 1 (upright) to 8; 1 where that is not said, or said badly."""
    with suppress(Exception):
        turn = image.getexif().get(_ORIENTATION)
        return turn if turn in _TURNS else 1
    return 1


def _plain(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be averaged: L, I, F, RGB, RGBA or CMYK."""
    if image.mode.startswith("I;16"):
        return image.convert("F")
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in {"L", "I", "F", "RGB", "CMYK"} else image.convert("RGB")


def _small(image: Image.Image, largest: int) -> Image.Image:
    """A copy with no side longer than this: whole blocks of pixels are averaged."""
    factor = math.ceil(max(image.size) / largest)
    return image.reduce((min(factor, image.width), min(factor, image.height)))


def _eight_bits(image: Image.Image, mode: str, notes: list[str]) -> Image.Image:
    """Values of 16 or 32 bits as 0 to 255; `mode` is the one they had in the file.

    16 bits are 0 to 65535. 32 bits are what most programs write, 0 to 1 (floats only), 255 or 65535, whichever holds
    them all; else their smallest is shown black and their largest white, which is said.
    """
    if image.mode not in {"I", "F"}:
        return image
    values = image.convert("F")
    if not all(map(math.isfinite, array("f", values.tobytes()))):
        raise RefusalError("holds values that are no numbers; save it anew as PNG.")
    low, high = values.getextrema()
    assert isinstance(low, float)
    assert isinstance(high, float)
    usual = (65_535,) if mode.startswith("I;16") else (255, 65_535) if mode == "I" else (1, 255, 65_535)
    whites = [white for white in usual if low >= 0 and high <= white]
    black, white = (0.0, whites[0]) if whites else (low, high)
    if not whites:
        notes.append(f"its values {low:.6g} to {high:.6g} shown as black to white")
    scale = 255 / ((white - black) or 1)
    return values.point(lambda value: value * scale + (0.5 - black * scale)).convert(
        "L"
    )  # which cuts off what is beyond


def _true_colours(image: Image.Image, profile: bytes | None, notes: list[str]) -> Image.Image:
    """The picture in sRGB, where the file says which other colours its numbers mean; a broken profile says nothing."""
    if not profile:
        return image
    from PIL import ImageCms

    colours = image.convert("RGB") if image.mode == "RGBA" else image
    with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(given).lower():
            return image
        mode = "L" if image.mode == "L" else "RGB"
        shown = ImageCms.profileToProfile(colours, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
        assert shown is not None
        notes.append("colours by its profile")
        shown = shown.convert(mode)
        if image.mode == "RGBA":
            shown.putalpha(image.getchannel("A"))
        return shown
    return image


def _without_idle_alpha(image: Image.Image) -> Image.Image:
    """The picture without an alpha channel that hides nothing."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image


def _frames(image: Image.Image) -> int:
    """How many frames or pages the file holds; a damaged later one ends the count, and what a camera adds is none."""
    if image.format == "MPO":
        return 1
    count = 1
    with suppress(Exception):
        count = int(getattr(image, "n_frames", 1))
    return count


def _limit() -> None:
    """Set this process's limits, where the system has them: memory, computing time, no files, no core dump."""
    limits = {"RLIMIT_AS": MEMORY, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    with suppress(ImportError):  # Windows
        import resource

        for name, most in limits.items():
            with suppress(AttributeError, ValueError, OSError):  # macOS has not all
                resource.setrlimit(getattr(resource, name), (most, most))


def _limit_time(*, once: bool) -> None:
    """From now on this process may compute for `SECONDS`: in all, or until this is called again."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        most = SECONDS if once else int(used.ru_utime + used.ru_stime) + SECONDS + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, most if once else resource.RLIM_INFINITY))


def answer(content: bytes, largest: int = LARGEST_SIDE) -> bytes:
    """What is written about a file."""
    try:
        decoded = decode(content, largest)
    except RefusalError as refused:
        return json.dumps({"refused": str(refused)}).encode() + b"\n"
    image = decoded.image
    shape = [image.height, image.width, len(image.getbands())]
    said = {"shape": shape, "size": decoded.size, "notes": decoded.notes}
    return json.dumps(said).encode() + b"\n" + image.tobytes()


def main() -> None:
    """Read one file from stdin, or many, and write what each shows to stdout."""
    _limit()
    given, out = sys.stdin.buffer, sys.stdout.buffer
    if len(sys.argv) < 2:
        _limit_time(once=True)
        out.write(answer(given.read()))
        return
    while line := given.readline():
        _limit_time(once=False)
        out.write(answer(given.read(int(line)), int(sys.argv[1])))
        out.flush()


if __name__ == "__main__":
    main()
