"""SVHN: house numbers from photographs of streets in 32x32 pixels, in colour."""

from typing import Any

from cnnviz.datasets.base import ByteImages
from cnnviz.datasets.downloaded import Converted


class Svhn(Converted):
    """73,257 digits to train and validate, 26,032 to test; the class is the digit in the middle."""

    name = "svhn"
    title = "SVHN"
    classes = tuple("0123456789")
    shape = (3, 32, 32)
    source = (
        "Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu and A. Y. Ng, Reading Digits in Natural Images with "
        "Unsupervised Feature Learning (2011)"
    )
    licence = "For non-commercial use only"
    loader = "SVHN"
    asked = ({"split": "train"}, {"split": "test"})
    files = ("train_32x32.mat", "test_32x32.mat")
    megabytes = 246

    def arrays(self, loaded: Any) -> ByteImages:
        """Torchvision has made label 0 of the file's 10, and put the channels first."""
        return ByteImages(loaded.data, loaded.labels)
