"""What is done to a data set before training: once, the same for every epoch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.images.fitting import LUMA, resized
from cnnviz.settings import Settings, setting

AS_IT_IS, GREY, COLOUR = "as it is", "grey", "colour"
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Preparation(Settings):
    """Which images of a data set are used, and what is done to them; the default does nothing.

    In this order, after the split: `balance` drops images of every part, `fraction` of the training part; then
    `label_noise` in the training part; then colour, size and `input_noise` in all parts. What is kept are the first of
    a part, so a smaller fraction holds nothing that a larger one has not, and the same images have wrong labels.

    Raises:
        SettingError: Where a value is out of range.
    """

    size: int = setting(
        0, "Size", "Width and height in pixels to bring the images to; 0 leaves them as they are.", low=0, high=256
    )
    colour: str = setting(
        AS_IT_IS, "Colour", "Grey images have one channel, those in colour three.", options=(AS_IT_IS, GREY, COLOUR)
    )
    balance: bool = setting(False, "Balance", "Keeps as many images of every class as the rarest has.")
    fraction: float = setting(
        1.0, "Fraction", "The share of the training images that is used.", low=0.001, high=1, scale="log"
    )
    label_noise: float = setting(
        0.0, "Label noise", "The share of the training images that get a wrong label.", low=0, high=1
    )
    input_noise: float = setting(
        0.0, "Input noise", "Noise of this standard deviation in all images; white is 1, black 0.", low=0, high=1
    )

    def shape(self, shape: tuple[int, ...]) -> tuple[int, int, int]:
        """The shape (C, H, W) that images of this one get."""
        channels = {AS_IT_IS: shape[0], GREY: 1, COLOUR: 3}[self.colour]
        return (channels, self.size or shape[1], self.size or shape[2])

    def kept(self, labels: NDArray[np.int64], part: str) -> Indices:
        """Which images of a part stay, by their labels (N,) in the part's order: indices, rising."""
        members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        if not members:
            return np.zeros(0, np.intp)
        if self.balance:
            fewest = min(map(len, members))
            members = [indices[:fewest] for indices in members]
        if part == "train":
            members = [indices[: max(1, round(len(indices) * self.fraction))] for indices in members]
        return np.sort(np.concatenate(members))

    def labelled(self, labels: NDArray[np.int64], classes: int, seed: int) -> NDArray[np.int64]:
        """Training labels (N,) from 0 to `classes` - 1, of which a share is replaced by another of them."""
        if not self.label_noise:
            return labels
        rng = np.random.default_rng((seed, 1))
        wrong = rng.permutation(len(labels))[: round(self.label_noise * len(labels))]
        away = rng.integers(1, classes, len(labels))
        noisy = labels.copy()
        noisy[wrong] = (labels[wrong] + away[wrong]) % classes
        return noisy

    def pictured(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Images (N, C, H, W) in the colour and size chosen: averaged where smaller, pixels repeated where larger."""
        count, channels, height, width = images.shape
        wanted, *size = self.shape((channels, height, width))
        if (channels, wanted) == (3, 1):
            images = np.tensordot(images, LUMA, axes=(1, 0))[:, None]
        if size != [height, width]:
            planes = resized(images.reshape(-1, height, width), self.size, self.size)
            images = planes.reshape(count, -1, self.size, self.size)
        images = np.ascontiguousarray(images.repeat(3, axis=1) if (channels, wanted) == (1, 3) else images)
        return np.clip(images, 0, 1, out=images)  # an average may be off by a last digit

    def noisy(self, images: NDArray[np.float32], seed: tuple[int, ...]) -> NDArray[np.float32]:
        """Images (N, C, H, W) with noise, cut off at 0 and 1."""
        if not self.input_noise:
            return images
        noise = np.random.default_rng(seed).standard_normal(images.shape, np.float32)
        return np.clip(images + np.float32(self.input_noise) * noise, 0, 1)
