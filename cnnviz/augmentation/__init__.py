"""Augmentation: training images varied by chance, each time they are seen, so that a network learns what stays."""

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.augmentation.base import Change, Move
from cnnviz.augmentation.brightness import Brightness
from cnnviz.augmentation.crop import Crop
from cnnviz.augmentation.cutout import Cutout
from cnnviz.augmentation.flip import Flip
from cnnviz.augmentation.noise import Noise
from cnnviz.augmentation.rotate import Rotate
from cnnviz.augmentation.scale import Scale
from cnnviz.augmentation.shift import Shift
from cnnviz.settings import Settings, setting

if TYPE_CHECKING:
    from torch import Generator, Tensor

AUGMENTATIONS: dict[str, Move | Change] = {
    "shift": Shift(),
    "rotate": Rotate(),
    "scale": Scale(),
    "flip": Flip(),
    "crop": Crop(),
    "brightness": Brightness(),
    "noise": Noise(),
    "cutout": Cutout(),
}


@dataclass(frozen=True)
class Augmentation(Settings):
    """How strongly training images are varied in each way; 0 is off. Validation and test images are never varied.

    Raises:
        SettingError: Where a value is out of range.
    """

    shift: int = setting(0, "Shift", "Moves every image by up to so many pixels, to any side.", low=0, high=32)
    rotate: float = setting(0.0, "Rotate", "Turns it by up to so many degrees, to either side.", low=0, high=180)
    scale: float = setting(0.0, "Scale", "Makes it larger or smaller by up to this share.", low=0, high=1)
    flip: float = setting(0.0, "Flip", "Exchanges left and right in this share of the images.", low=0, high=1)
    crop: float = setting(0.0, "Crop", "Cuts away up to this share of width and height.", low=0, high=0.9)
    brightness: float = setting(0.0, "Brightness", "Makes it lighter or darker by up to this share.", low=0, high=1)
    noise: float = setting(0.0, "Noise", "Adds noise of this standard deviation; white is 1, black 0.", low=0, high=1)
    cutout: float = setting(0.0, "Cutout", "Covers a square of this share of the side.", low=0, high=0.9)

    @property
    def is_on(self) -> bool:
        """Whether anything is varied."""
        return any(self.to_record().values())

    def apply(self, images: "Tensor", generator: "Generator") -> "Tensor":
        """A batch (B, C, H, W) of float in [0, 1], varied, on its device; with all off, the batch itself.

        Of a random state the same variations follow. A setting draws the same numbers whatever the others are, so that
        two runs that differ in one of them differ in that alone. In which order: cropped, flipped, scaled, rotated and
        shifted at once (values between pixels by bilinear interpolation; beyond the sides, the nearest pixel's), then
        brightness, noise, cutout; at last what is beyond 0 or 1 is cut off.

        Args:
            images: Left as they are.
            generator: A random state of the CPU.
        """
        if not self.is_on:
            return images
        import torch

        widths = [member.draws for member in AUGMENTATIONS.values()]
        everything = torch.rand(len(images), sum(widths), generator=generator)
        strengths: list[float] = list(self.to_record().values())  # type: ignore[arg-type]
        used = list(zip(AUGMENTATIONS.values(), strengths, torch.split(everything, widths, dim=1), strict=True))
        size = (images.shape[2], images.shape[3])
        moves = [member.sources(by, drawn, size) for member, by, drawn in used if by and isinstance(member, Move)]
        varied = _moved(images, moves) if moves else images
        for member, strength, drawn in used:
            if strength and isinstance(member, Change):
                varied = member.changed(varied, strength, drawn.to(images.device, images.dtype), generator)
        return varied.clamp(0, 1)

    def examples(self, images: NDArray[np.float32], count: int, seed: int = 0) -> NDArray[np.float32]:
        """Images (N, C, H, W) as they are, then varied `count` times: (N, 1 + count, C, H, W), the same by the seed."""
        import torch

        pixels = torch.from_numpy(np.ascontiguousarray(images))
        generator = torch.Generator().manual_seed(seed)
        columns = [pixels, *(self.apply(pixels, generator) for _ in range(count))]
        shown: NDArray[np.float32] = torch.stack(columns, dim=1).numpy()
        return shown


def _moved(images: "Tensor", moves: "list[Tensor]") -> "Tensor":
    """The images resampled once, from where the matrices (B, 3, 3) say; the first of them is undone first."""
    import torch
    from torch.nn import functional

    height, width = images.shape[2:]
    whole = reduce(lambda before, after: after @ before, moves)[:, :2]  # (B, 2, 3)
    half = torch.tensor([width / 2, height / 2, 1.0])  # torch counts places from -1 to 1, we in pixels
    theta = (whole * half / half[:2, None]).to(images.device, images.dtype)
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


__all__ = ["AUGMENTATIONS", "Augmentation", "Change", "Move"]
