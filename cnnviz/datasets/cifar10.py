"""CIFAR-10: photographs of animals and vehicles in 32x32 pixels, in colour."""

from typing import Any

import numpy as np

from cnnviz.datasets.base import ByteImages
from cnnviz.datasets.downloaded import Converted

_SOURCE = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009)"


class Cifar(Converted):
    """What CIFAR-10 and CIFAR-100 share."""

    shape = (3, 32, 32)
    source = _SOURCE
    licence = "None stated"

    def arrays(self, loaded: Any) -> ByteImages:
        """Torchvision has the channels last."""
        return ByteImages(loaded.data.transpose(0, 3, 1, 2), np.asarray(loaded.targets, np.int64))


class Cifar10(Cifar):
    """50,000 photographs to train and validate, 10,000 to test."""

    name = "cifar10"
    title = "CIFAR-10"
    classes = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    loader = "CIFAR10"
    archive = "cifar-10-python.tar.gz"
    files = tuple(
        f"cifar-10-batches-py/{name}"
        for name in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta")
    )
    megabytes = 171
