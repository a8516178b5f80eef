"""Is it a face? 200 grey pictures of 25x25 pixels, the set of two classes that ships with scikit-image."""

import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np

from cnnviz.datasets.base import Dataset, Images
from cnnviz.errors import DatasetError

FACES = 100  # the first so many are faces, the others pieces of the pictures' background


class Faces(Dataset):
    """100 faces and 100 pieces of background; scikit-image's file is read directly, without importing scikit-image."""

    name = "faces"
    title = "Faces"
    classes = ("no face", "face")  # one output says how sure it is of the second
    shape = (1, 25, 25)
    source = (
        "A part of Labeled Faces in the Wild (G. B. Huang, M. Mattar, H. Lee and E. Learned-Miller, Learning to Align "
        "from Scratch, 2012), as shipped by scikit-image"
    )
    licence = "None stated for the pictures; scikit-image is BSD-3-Clause"

    def read(self) -> tuple[Images, None]:
        """All images; the source as shipped gives no test part."""
        return _read(), None


@lru_cache(maxsize=1)
def _read() -> Images:
    found = importlib.util.find_spec("skimage")  # finds the folder without importing it
    folder = Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else None
    path = folder / "data" / "lfw_subset.npy" if folder else None
    if path is None or not path.is_file():
        raise DatasetError(
            "The faces are read from scikit-image's files, which are not there; pip install scikit-image."
        )
    images = np.load(path).astype(np.float32).reshape(-1, 1, 25, 25)  # float64 from 0 to 1 in the file
    labels = (np.arange(len(images)) < FACES).astype(np.int64)
    for shared in (images, labels):
        shared.setflags(write=False)
    return Images(images, labels)
