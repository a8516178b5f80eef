"""Fit a picture to a network: the rule that decides what the network is shown, in numbers and in words."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.images.reading import Picture

Ground = Literal["dark", "light"]
Floats = NDArray[np.float32]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow, torchvision and most data sets use it
_NEAR, _MOSTLY = 0.25, 0.75  # a ground: this near to black or white, in this share of the border


@dataclass(frozen=True)
class Fitted:
    """What a network is shown of a picture.

    Attributes:
        values: (C, H, W) float32 in [0, 1].
        rule: What was done, for people: "240x180, made grey, padded to a square, shrunk to 28x28 by averaging".
    """

    values: Floats
    rule: str


def fit(picture: Picture, shape: tuple[int, ...], ground: Ground | None = None) -> Fitted:
    """The whole picture in a network's size and channels; nothing is cut off, and one that fits is used as it is.

    Transparency is laid over white or black, whichever stands out more from the picture; colour becomes grey by luma
    where the network takes one channel; the rest of the network's field gets the median colour of the picture's border.
    A larger picture is averaged over areas, a smaller one enlarged by repeating its pixels. Averages are of the stored
    values, not of light, as data sets were made.

    Args:
        picture: As `read_image` gives it.
        shape: The network's input, (C, H, W).
        ground: What lies behind things in the images the network has learned (`ground_of` tells); a picture on the
            other ground is inverted. None leaves it.

    Raises:
        ImageError: If the network takes neither 1 nor 3 channels.
    """
    channels, height, width = shape
    if channels not in {1, 3}:
        raise ImageError(f"This network takes images of {channels} channels; a picture can be shown to one of 1 or 3.")
    done: list[str] = []
    values = _channels(_opaque(picture.pixels, done), channels, done)  # (C, h, w)
    if ground is not None and ground_of(values[None]) not in {None, ground}:
        values = 1 - values
        done.append(f"inverted, as this network has learned on {'black' if ground == 'dark' else 'white'}")
    values = _placed(values, picture.size, height, width, done)
    parts = [f"{picture.size[0]}x{picture.size[1]}", *picture.notes, *(done or ["used as it is"])]
    return Fitted(values, ", ".join(parts))


def ground_of(images: NDArray[np.float32]) -> Ground | None:
    """Whether what lies behind things in images (N, C, H, W) is dark or light, by their borders; None if neither."""
    border = np.concatenate([images[..., 0, :], images[..., -1, :], images[..., 0], images[..., -1]], axis=-1)
    if np.mean(border <= _NEAR) >= _MOSTLY:
        return "dark"
    return "light" if np.mean(border >= 1 - _NEAR) >= _MOSTLY else None


def preview(picture: Picture, side: int = 128) -> NDArray[np.uint8]:
    """The picture small, to show beside what a network sees: uint8 as `Picture.pixels`, no side longer than this."""
    height, width = picture.pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    planes = np.atleast_3d(picture.pixels).transpose(2, 0, 1).astype(np.float32)
    smaller = resized(planes, max(1, round(height * scale)), max(1, round(width * scale)))
    pixels = np.round(smaller).astype(np.uint8).transpose(1, 2, 0)
    return pixels[..., 0] if picture.pixels.ndim == 2 else pixels


def resized(planes: Floats, height: int, width: int) -> Floats:
    """Planes (C, h, w) in another size: a shorter side is averaged over areas, a longer one repeats its pixels."""
    return np.asarray(_along(planes.shape[1], height) @ planes @ _along(planes.shape[2], width).T, np.float32)


def _along(before: int, after: int) -> Floats:
    """(after, before): the share of each pixel in each new one, along one side; every row sums to 1."""
    if after >= before:
        repeated: Floats = np.eye(before, dtype=np.float32)[np.arange(after) * before // after]
        return repeated
    edges = np.arange(after + 1) * (before / after)
    pixels = np.arange(before)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.clip(covered, 0, None) * (after / before), np.float32)


def _opaque(pixels: NDArray[np.uint8], done: list[str]) -> Floats:
    """Grey (h, w, 1) or RGB (h, w, 3) in [0, 1], without alpha."""
    values = np.atleast_3d(pixels).astype(np.float32) / np.float32(255)
    if values.shape[2] < 4:
        return values
    colours, alpha = values[..., :3], values[..., 3:]
    seen = float((colours @ LUMA * alpha[..., 0]).sum()) / max(float(alpha.sum()), 1e-6)  # mean luma of what is there
    behind = 0.0 if seen > 0.5 else 1.0
    done.append(f"transparency over {'white' if behind else 'black'}")
    return np.asarray(colours * alpha + behind * (1 - alpha), np.float32)


def _channels(colours: Floats, channels: int, done: list[str]) -> Floats:
    """(h, w, 1 or 3) as (channels, h, w)."""
    planes = np.ascontiguousarray(colours.transpose(2, 0, 1))
    if len(planes) == channels:
        return planes
    if channels == 3:
        done.append("grey in all three channels")
        return planes.repeat(3, axis=0)
    if (planes == planes[:1]).all():  # grey already, only stored as colours
        return planes[:1]
    done.append("made grey")
    return np.asarray(np.tensordot(LUMA, planes, axes=1)[None], np.float32)


def _placed(values: Floats, size: tuple[int, int], height: int, width: int, done: list[str]) -> Floats:
    """The planes scaled to fit into (C, height, width) and put in its middle, on the colour of their border."""
    _, before, across = values.shape
    scale = min(height / before, width / across)
    inside = (max(1, round(before * scale)), max(1, round(across * scale)))
    border = np.concatenate([values[:, 0], values[:, -1], values[:, :, 0], values[:, :, -1]], axis=1)  # (C, n)
    placed = np.broadcast_to(np.median(border, axis=1)[:, None, None], (len(values), height, width)).copy()
    top, left = (height - inside[0]) // 2, (width - inside[1]) // 2
    placed[:, top : top + inside[0], left : left + inside[1]] = resized(values, *inside)
    if inside != (height, width):
        done.append("padded to a square" if height == width else f"padded to the shape of {width}x{height}")
    if scale < 1 or size[0] > across:
        done.append(f"shrunk to {width}x{height} by averaging")
    elif scale > 1:
        done.append(f"enlarged to {width}x{height} by repeating pixels")
    return np.asarray(np.clip(placed, 0, 1), np.float32)
