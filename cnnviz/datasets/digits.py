"""Handwritten digits of 8x8 pixels, the set that ships with scikit-learn."""

import gzip
import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np

from cnnviz.datasets.base import Dataset, Images
from cnnviz.errors import DatasetError


class Digits(Dataset):
    """1,797 handwritten digits; scikit-learn's file is read directly, as importing scikit-learn takes two seconds."""

    name = "digits"
    title = "Digits"
    classes = tuple("0123456789")
    shape = (1, 8, 8)
    source = (
        "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (UCI, 1998), as shipped by scikit-learn"
    )
    licence = "CC BY 4.0"

    def read(self) -> tuple[Images, None]:
        """All images; the source as shipped gives no test part."""
        return _read(), None


@lru_cache(maxsize=1)
def _read() -> Images:
    found = importlib.util.find_spec("sklearn")  # finds the folder without importing it
    folder = Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else None
    path = folder / "datasets" / "data" / "digits.csv.gz" if folder else None
    if path is None or not path.is_file():
        raise DatasetError(
            "The digits are read from scikit-learn's files, which are not there; pip install scikit-learn."
        )
    with gzip.open(path, "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.float32)  # (1797, 65), the last column is the label
    images = (table[:, :-1] / np.float32(16)).reshape(-1, 1, 8, 8)
    labels = table[:, -1].astype(np.int64)
    for shared in (images, labels):
        shared.setflags(write=False)
    return Images(images, labels)
