"""The data folder: where sets lie that do not ship with a library, each set's images in one file of bytes."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_data_path

from cnnviz.datasets.base import ByteImages
from cnnviz.errors import DatasetError, RunError
from cnnviz.runs.files import Arrays, read_arrays, write_arrays

VARIABLE = "CNNVIZ_DATA"


def data_folder() -> Path:
    """The folder for data sets that do not ship with a library: `$CNNVIZ_DATA`, else one in the user's data folder."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).expanduser() if chosen else user_data_path("cnnviz", appauthor=False) / "data"


def write_parts(path: Path, parts: dict[str, ByteImages]) -> None:
    """Write images and labels of each part as one file, whole or not at all.

    Raises:
        DatasetError: If there is no room for it, or the folder is gone or cannot be written to.
    """
    arrays: Arrays = {f"images/{part}": np.ascontiguousarray(images.images) for part, images in parts.items()}
    arrays |= {f"labels/{part}": images.labels for part, images in parts.items()}
    try:
        write_arrays(path, arrays, {})
    except RunError as error:
        raise DatasetError(str(error)) from None


def read_part(path: Path, part: str) -> ByteImages:
    """One part of a file that `write_parts` made.

    Raises:
        DatasetError: If it is missing or damaged.
    """
    labels = read_labels(path, part)
    images = _array(path, f"images/{part}")
    if images.ndim != 4 or images.dtype != np.uint8 or len(images) != len(labels):
        raise DatasetError(f"{path.name} of {path.parent} is damaged: images and labels do not fit together.")
    return ByteImages(images, labels)


def read_labels(path: Path, part: str) -> NDArray[np.int64]:
    """The labels alone of one part, without reading the images.

    Raises:
        DatasetError: If the file is missing or damaged.
    """
    return _array(path, f"labels/{part}").astype(np.int64)


def _array(path: Path, name: str) -> NDArray[Any]:
    try:
        arrays, _ = read_arrays(path, name)
        return arrays[""]
    except RunError as error:
        raise DatasetError(str(error)) from None
    except KeyError:
        raise DatasetError(f"{path.name} of {path.parent} is damaged: it holds no {name}.") from None
