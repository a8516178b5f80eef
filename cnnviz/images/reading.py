"""Pictures from outside: any file goes in, pixels or one clear sentence come out."""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.images import decoding

LARGEST_FILE = 20 * 1024**2  # bytes
WAIT = 20  # s: a reader computes for `decoding.SECONDS` at the most; on a busy machine that takes longer
_PLACES = threading.Semaphore(2)  # readers at a time: memory stays bounded however many people send a picture at once


@dataclass(frozen=True)
class Picture:
    """A picture from a file, upright, in sRGB.

    Attributes:
        pixels: uint8, (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGB and alpha; a larger picture is averaged down until no
            side is longer than 1,024 pixels.
        size: Width and height in the file, as shown.
        notes: What was decided in reading, a few words each, such as "first of 12 frames".
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]
    notes: tuple[str, ...] = ()


def read_image(source: bytes | Path) -> Picture:
    """The picture in a PNG, JPEG, GIF, BMP, WebP or TIFF file, or in its bytes.

    It is decoded in a process of its own with bounded memory and time, which takes about a tenth of a second more.

    Raises:
        ImageError: If it cannot be read, is none of these, is damaged, or is larger than 20 MB or 40 megapixels.
    """
    name = source.name if isinstance(source, Path) else "The file"
    content = _content(source, name)
    if not content:
        raise ImageError(f"{name} is empty; choose a {decoding.NAMED} file.")
    if len(content) > LARGEST_FILE:
        raise ImageError(f"{name} has over {LARGEST_FILE // 1024**2} MB; shrink the picture, or save it as JPEG.")
    return _picture(_decode(content, name), name)


def _content(source: bytes | Path, name: str) -> bytes:
    """The bytes of a file, read no further than to see that they are too many."""
    if not isinstance(source, Path):
        return source
    try:
        if source.exists() and not source.is_file():  # reading a pipe or a device may never end
            raise ImageError(f"{name} is no file; name a {decoding.NAMED} file.")
        with source.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"{name} cannot be read: {reason}; name a {decoding.NAMED} file.") from None


def _decode(content: bytes, name: str) -> bytes:
    """What the script `decoding` answers about a file's content."""
    command = [sys.executable, "-P", decoding.__file__]
    try:
        with _PLACES:
            done = subprocess.run(command, input=content, capture_output=True, timeout=WAIT, check=False)
    except subprocess.TimeoutExpired:
        raise ImageError(f"{name} takes too long to be read; save it anew as PNG.") from None
    except OSError as error:
        raise ImageError(f"{name} cannot be read just now: {error.strerror}; try again.") from None
    if done.returncode:  # stopped by a limit, or crashed: only a file made or damaged so does that
        raise ImageError(f"{name} is damaged, or takes too long to be read; save it anew as PNG.")
    return done.stdout


def _picture(answer: bytes, name: str) -> Picture:
    header, _, pixels = answer.partition(b"\n")
    return made_picture(json.loads(header), pixels, name)


def made_picture(said: dict[str, Any], pixels: bytes, name: str) -> Picture:
    """The picture that the script's line and the pixels after it tell.

    Raises:
        ImageError: If the script refused the file.
    """
    if "refused" in said:
        raise ImageError(f"{name} {said['refused']}")
    height, width, channels = said["shape"]
    values = np.frombuffer(pixels, np.uint8).reshape((height, width, channels)[: 2 if channels == 1 else 3])
    return Picture(values, (said["size"][0], said["size"][1]), tuple(said["notes"]))
