"""MNIST: handwritten digits of 28x28 pixels, read from a folder laid out as torchvision does."""

import gzip
import math
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_data_path

from cnnviz.datasets.base import ByteImages, Dataset
from cnnviz.errors import DatasetError

VARIABLE = "CNNVIZ_DATA"
MOST = 2**28  # bytes in a file: five times as many as there are
COMMAND = 'python -c "from cnnviz.datasets.mnist import download; download()"'


class Mnist(Dataset):
    """60,000 digits to train and validate, 10,000 to test: bytes as in the files, `split` makes floats of them."""

    name = "mnist"
    title = "MNIST"
    classes = tuple("0123456789")
    shape = (1, 28, 28)
    source = "Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST Database of Handwritten Digits (1998)"
    licence = "CC BY-SA 3.0"

    def read(self) -> tuple[ByteImages, ByteImages]:
        """Training and test images as they are in the files now; nothing is kept, as a split is."""
        return self._read("train"), self._read("t10k")

    def read_labels(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of training and test images, which takes a thousandth of the time of reading them."""
        return self._labels("train"), self._labels("t10k")

    def _read(self, part: str) -> ByteImages:
        images, labels = _array(f"{part}-images-idx3-ubyte", 3), self._labels(part)
        if images.shape[1:] != self.shape[1:] or len(images) != len(labels):
            raise DatasetError(
                f"MNIST's {part} files in {_raw()} do not fit together: there are images of shape {images.shape} and "
                f"{len(labels)} labels; delete them and fetch them again: {COMMAND}"
            )
        return ByteImages(images[:, None], labels)

    def _labels(self, part: str) -> NDArray[np.int64]:
        name = f"{part}-labels-idx1-ubyte"
        labels = _array(name, 1).astype(np.int64)
        if labels.max(initial=0) >= len(self.classes):
            raise _damaged(_raw() / name, f"it holds the label {labels.max()}, beyond 9")
        return labels


def data_folder() -> Path:
    """The folder for data sets that do not ship with a library: `$CNNVIZ_DATA`, else one in the user's data folder."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).expanduser() if chosen else user_data_path("cnnviz", appauthor=False) / "data"


def download(folder: str | Path | None = None) -> Path:
    """Fetch MNIST's four files (11 MB) with torchvision, and return the folder they are in.

    Args:
        folder: Where `MNIST/raw` is made; see `data_folder`.

    Raises:
        DatasetError: If there is no network or the folder cannot be written.
    """
    from torchvision.datasets import MNIST

    root = Path(folder).expanduser() if folder else data_folder()
    try:
        MNIST(str(root), download=True)
    except (OSError, RuntimeError) as error:
        reason, raw = " ".join(str(error).split()), root / "MNIST" / "raw"
        for empty in (raw, raw.parent):
            with suppress(OSError):  # it holds something, or was never made
                empty.rmdir()
        raise DatasetError(f"MNIST could not be fetched to {raw}: {reason}.") from None
    return root / "MNIST" / "raw"


def _raw() -> Path:
    return data_folder() / "MNIST" / "raw"


def _array(name: str, axes: int) -> NDArray[np.uint8]:
    """What a file holds, unpacked or as .gz, with so many axes.

    Raises:
        DatasetError: If it is not there, or damaged.
    """
    plain, packed = _raw() / name, _raw() / f"{name}.gz"
    path = plain if plain.is_file() else packed
    if not path.is_file():
        raise DatasetError(
            f"MNIST is not there: {_raw()} has no {name} (nor .gz); fetch it with torchvision: {COMMAND} - or set "
            f"{VARIABLE} to the folder that MNIST/raw is in."
        )
    try:
        if path == plain:
            with path.open("rb") as file:
                return _parsed(file, path, axes)
        with gzip.open(path) as unpacked:
            return _parsed(cast(BinaryIO, unpacked), path, axes)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, str(error)) from None


def _parsed(file: BinaryIO, path: Path, axes: int) -> NDArray[np.uint8]:
    """The format is IDX: 0, 0, 8 for bytes, the number of axes, their sizes as big-endian uint32, the values."""
    header = file.read(4 + 4 * axes)
    if len(header) < 4 + 4 * axes or header[:4] != bytes((0, 0, 8, axes)):
        raise _damaged(path, f"it begins with {header[:4].hex(' ')}, not {bytes((0, 0, 8, axes)).hex(' ')}")
    shape = tuple(int(size) for size in np.frombuffer(header, ">u4", offset=4))
    expected = math.prod(shape)
    content = file.read(min(expected, MOST) + 1)  # no more than that is ever held, whatever a header claims
    if len(content) != expected:
        found = "fewer" if len(content) < expected else "more"
        raise _damaged(path, f"it says that {expected} bytes follow, and there are {found}")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _damaged(path: Path, reason: str) -> DatasetError:
    return DatasetError(f"{path} is damaged: {reason}; delete it and fetch it again: {COMMAND}")
