"""Fit a drawing to a network, as the people who made its data set fitted handwriting."""

import math

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.images.fitting import Fitted, Floats, resized

_FAINT = 25  # of 255: fainter pixels are the soft edge of a stroke
_SMALLEST = 1 / 4  # of the pad: a smaller drawing is not enlarged further, or a dot would fill the image
_COARSE = 12  # pixels: below, images are made as the 8x8 digits were
_BLOCK = 4  # fine pixels a side, of which one pixel of a coarse image counts the ink
_WIDTH = 20 / 32  # of the side, filled by coarse digits
_NARROW, _FLAT = 0.4, 2.5  # width over height, beyond which a drawing keeps its proportions
_INK = 0.3  # of the field: about what coarse digits have of it, whichever they are
_REACH = 3  # fine pixels, by which thin ink is made thicker at most: a dot stays small
_STEEPEST = 0.6  # of shear


def fit_drawing(drawing: NDArray[np.uint8], shape: tuple[int, ...]) -> Fitted:
    """A drawing, white on black, as a network's input; one of the network's own size is used as it is.

    Larger inputs follow MNIST (Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to Document
    Recognition, 1998): the ink scaled into a box of 20/28 of the side, its proportions kept, its centre of mass in the
    middle. Nothing is cut off, so a lopsided drawing may stay beside it.

    Inputs of up to 12 pixels follow the 8x8 digits (E. Alpaydin, C. Kaynak, 1998), which NIST's routines prepared
    (M. D. Garris et al., NIST Form-Based Handprint Recognition System, 1994): scaled to 20x32 dots in a field of 32x32,
    thin strokes thickened, made upright by shearing, and the dots counted in blocks of 4x4. So all of them fill the 8
    rows, have about 0.3 of the field in ink (0.31, 0.03 apart), and the leftmost ink of their first row stands over
    that of the last (0.2 of a pixel apart). Shearing may push a few dots of an odd drawing over the sides.

    Args:
        drawing: (h, w) uint8, 0 black to 255 white.
        shape: The network's input, (C, H, W).

    Raises:
        ImageError: If the drawing has no pixels, or is not a grey one.
    """
    if drawing.ndim != 2 or drawing.size == 0 or drawing.dtype != np.uint8:
        given = f"{drawing.dtype} of shape {'x'.join(map(str, drawing.shape))}"
        raise ImageError(f"A drawing is grey, with 8 bits a pixel and two sides; received {given}.")
    channels, height, width = shape
    ink = np.where(drawing > _FAINT, drawing, 0).astype(np.float32) / np.float32(255)
    if drawing.shape == (height, width):
        field, rule = drawing.astype(np.float32) / np.float32(255), f"drawn in {width}x{height}, used as it is"
    elif not ink.any():
        field, rule = np.zeros((height, width), np.float32), "nothing drawn"
    elif min(height, width) <= _COARSE:
        field = _filling(ink, height, width)
        rule = (
            f"cropped to the ink, scaled to fill {width}x{height}, thin strokes thickened, made upright as the digits"
        )
    else:
        field = _centred(ink, height, width)
        rule = f"cropped to the ink, scaled to 20/28 of {width}x{height}, centred by its mass as in MNIST"
    return Fitted(np.clip(field, 0, 1)[None].repeat(channels, axis=0), rule)  # averages may be off by a last digit


def _centred(ink: Floats, height: int, width: int) -> Floats:
    """As MNIST: the ink in 20/28 of the field, its centre of mass in the middle."""
    cropped = _cropped(ink)
    longest = max(*cropped.shape, _SMALLEST * max(ink.shape))
    scale = min(height, width) * 20 / 28 / longest
    small = _resized(cropped, max(1, round(cropped.shape[0] * scale)), max(1, round(cropped.shape[1] * scale)))
    field = np.zeros((height, width), np.float32)
    rows, columns = small.sum(1), small.sum(0)
    top = _offset(rows, height)
    left = _offset(columns, width)
    field[top : top + len(rows), left : left + len(columns)] = small
    return field


def _offset(masses: Floats, side: int) -> int:
    """Where a row of masses begins so that their centre is the middle pixel of a side, and none lies beyond its ends.

    Of an even side that is the one after the middle: in MNIST's images, pixel 14 of 0 to 27.
    """
    centre = float((masses * np.arange(len(masses))).sum() / masses.sum())
    return min(max(0, math.ceil(side // 2 - centre - 0.501)), side - len(masses))  # what is symmetrical stays so


def _filling(ink: Floats, height: int, width: int) -> Floats:
    """As the 8x8 digits: filling the height and five eighths of the width, upright, ink counted in blocks."""
    cropped = _cropped(ink)
    tall, wide = cropped.shape
    most = (height * _BLOCK, round(width * _BLOCK * _WIDTH))
    if max(tall, wide) < _SMALLEST * max(ink.shape):
        scale = most[0] / (_SMALLEST * max(ink.shape))
    elif not _NARROW <= wide / tall <= _FLAT:
        scale = min(most[0] / tall, most[1] / wide)
    else:
        scale = 0.0  # stretched to the box
    size = (round(tall * scale), round(wide * scale)) if scale else most
    dots = _resized(cropped, min(max(1, size[0]), most[0]), min(max(1, size[1]), width * _BLOCK))
    field = np.zeros((height * _BLOCK, width * _BLOCK), np.float32)
    top, left = (field.shape[0] - dots.shape[0]) // 2, (field.shape[1] - dots.shape[1]) // 2
    field[top : top + dots.shape[0], left : left + dots.shape[1]] = dots
    upright = _upright(_thickened(field))
    return np.asarray(upright.reshape(height, _BLOCK, width, _BLOCK).mean((1, 3)), np.float32)


def _thickened(dots: Floats) -> Floats:
    """Thin ink grown dot by dot to the share that digits have; the outermost ring is only as light as that needs."""
    for _ in range(_REACH):
        lacking = _INK * dots.size - float(dots.sum())
        if lacking <= 0:
            break
        around = np.pad(dots, 1)
        sides = (around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:])
        ring = np.maximum.reduce([dots, *sides]) - dots
        dots = dots + ring * np.float32(min(1.0, lacking / max(float(ring.sum()), 1e-6)))
    return dots


def _upright(dots: Floats) -> Floats:
    """The dots sheared about their middle row: the leftmost of the first block comes to stand over the last one's."""
    inked = dots >= dots.max() / 2
    rows = np.flatnonzero(inked.any(1))
    top, low = int(rows[0]), max(int(rows[-1]) + 1 - _BLOCK, int(rows[0]))  # where the first and the last block begin
    first, last = (int(inked[row : row + _BLOCK].any(0).argmax()) for row in (top, low))
    slant = min(max((last - first) / max(1, low - top), -_STEEPEST), _STEEPEST)
    columns = np.arange(dots.shape[1])
    shifts = slant * (np.arange(len(dots)) - (rows[0] + rows[-1]) / 2)
    sheared = [np.interp(columns + by, columns, line, left=0, right=0) for by, line in zip(shifts, dots, strict=True)]
    return np.array(sheared, np.float32)


def _cropped(ink: Floats) -> Floats:
    """The smallest part with all ink in it."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _resized(ink: Floats, height: int, width: int) -> Floats:
    return np.asarray(resized(ink[None], height, width)[0])
