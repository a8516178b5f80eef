"""Training images as augmentation varies them: what a page shows of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.augmentation import Augmentation


@dataclass(frozen=True, eq=False)
class Vary:
    """A question: what augmentation makes of some images.

    Attributes:
        images: (N, C, H, W) uint8.
        augmentation: How they are varied.
        count: How many variations of each.
        seed: Of the random numbers: the same give the same pictures, so that a setting's effect alone is seen.
    """

    images: NDArray[np.uint8]
    augmentation: Augmentation
    count: int = 8
    seed: int = 0

    def answer(self) -> NDArray[np.uint8]:
        """The images as they are, then their variations: (N, 1 + count, C, H, W) uint8."""
        examples = self.augmentation.examples(self.images.astype(np.float32) / np.float32(255), self.count, self.seed)
        return np.round(examples * 255).astype(np.uint8)
