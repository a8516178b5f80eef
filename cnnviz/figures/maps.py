"""Maps as pictures for files: coloured pixels, crisp, zero the colour of paper."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.errors import RunError
from cnnviz.figures.colours import LEVELS, palette

SMALLEST = 256  # pixels: a picture's longer side is at least so long
GAP = 1  # pixels of paper between two maps, before they are enlarged
_HALF = 0.5

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def coloured(values: Floats, scale: float | None = None, theme: str = "light") -> Pixels:
    """Numbers (H, W) as colours (H, W, 3): what is positive orange, negative blue, zero paper.

    Args:
        values: The numbers; what is not finite counts as zero.
        scale: The magnitude that has the strongest colour; the largest there is where None.
        theme: "light" or "dark".
    """
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    largest = scale or float(np.abs(finite).max(initial=0.0)) or 1.0
    levels = np.round(np.clip(np.abs(finite) / largest, 0, 1) * (LEVELS["positive"] - 1)).astype(np.intp)
    positive, negative = palette(theme, "positive")[levels], palette(theme, "negative")[levels]
    return np.where((finite < 0)[..., None], negative, positive)


def sheet(maps: Floats, theme: str = "light") -> Pixels:
    """Maps (C, H, W) in rows, as colours (height, width, 3) on one scale; flat values (F,) as a sheet of pixels."""
    if maps.ndim == 1:
        return coloured(_block(maps), theme=theme)
    count, height, width = maps.shape
    across = max(1, min(count, math.ceil(math.sqrt(count * height / width))))
    rows = -(-count // across)
    paper = palette(theme, "positive")[0]
    found = np.tile(paper, (rows * (height + GAP) - GAP, across * (width + GAP) - GAP, 1))
    scale = float(np.abs(np.nan_to_num(maps, posinf=0.0, neginf=0.0)).max(initial=0.0))
    for number, one in enumerate(maps):
        top, left = (number // across) * (height + GAP), (number % across) * (width + GAP)
        found[top : top + height, left : left + width] = coloured(one, scale, theme)
    return found


def blended(colours: Pixels, image: Floats, share: float = _HALF) -> Pixels:
    """Colours (H, W, 3) laid over an image (C, H, W) in [0, 1], of which they take this share, 0 to 1."""
    return np.round(as_colours(image) * (1 - share) + colours * share).astype(np.uint8)


def as_colours(image: Floats) -> Pixels:
    """An image (C, H, W) in [0, 1] as colours (H, W, 3); one of neither one nor three channels by the mean of them."""
    channels = image if len(image) in {1, 3} else image.mean(axis=0, keepdims=True)
    shown = np.broadcast_to(channels, (3, *image.shape[1:])).transpose(1, 2, 0)
    colours: Pixels = np.round(np.clip(np.nan_to_num(shown), 0, 1) * 255).astype(np.uint8)
    return colours


def enlarged(colours: Pixels) -> Pixels:
    """Colours (H, W, 3) with each pixel a square of as many as make the picture large enough to be seen."""
    factor = max(1, SMALLEST // max(colours.shape[:2]))
    return colours.repeat(factor, axis=0).repeat(factor, axis=1)


def write_png(path: Path, colours: Pixels) -> None:
    """Write colours (H, W, 3), enlarged by whole factors so that they can be seen.

    Raises:
        RunError: If the file cannot be written.
    """
    try:
        Image.fromarray(enlarged(colours)).save(path, "PNG")
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or error}.") from None


def _block(values: Floats) -> Floats:
    """Flat values (F,) row by row in a block that is about as wide as high; the rest of it is zero."""
    across = math.ceil(math.sqrt(len(values)))
    block = np.zeros((-(-len(values) // across), across), np.float32)
    block.flat[: len(values)] = values
    return block
