"""IDX, the format of MNIST's files and of those of sets made like it, which is read without torchvision."""

import gzip
import math
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.base import ByteImages
from cnnviz.datasets.downloaded import Downloaded
from cnnviz.datasets.folder import data_folder
from cnnviz.errors import DatasetError

MOST = 2**28  # bytes in a file: twice as many as the largest has


class IdxSet(Downloaded):
    """A set of four IDX files, plain or packed: bytes as in the files, `split` makes floats of them.

    Attributes:
        prefixes: How the names of the training part's files begin, and those of the test part.
        first_label: The label of the first class.
        is_turned: Whether rows and columns of the images are exchanged.
    """

    prefixes: tuple[str, str] = ("train", "t10k")
    first_label = 0
    is_turned = False

    def is_there(self) -> bool:
        """Whether all four files are there, plain or packed."""
        plain = [self.folder / Path(name).name for name in self.files]
        return all(path.is_file() or _packed(path).is_file() for path in plain)

    def read(self) -> tuple[ByteImages, ByteImages]:
        """Training and test images as they are in the files now; nothing is kept, as a split is."""
        return self._read(self.prefixes[0]), self._read(self.prefixes[1])

    def read_labels(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of training and test images, which takes a thousandth of the time of reading them."""
        return self._labels(self.prefixes[0]), self._labels(self.prefixes[1])

    def adopt(self, root: Path) -> dict[Path, Path]:
        """The four files; torchvision may have unpacked more."""
        return {root / name: data_folder() / name for name in self.files}

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return data_folder() / self.loader / "raw"

    def _read(self, prefix: str) -> ByteImages:
        images, labels = self._array(f"{prefix}-images-idx3-ubyte", 3), self._labels(prefix)
        if images.shape[1:] != self.shape[1:] or len(images) != len(labels):
            raise DatasetError(
                f"{self.title}'s {prefix} files in {self.folder} do not fit together: there are images of shape "
                f"{images.shape} and {len(labels)} labels; delete them and fetch them again: `{self.command}`."
            )
        return ByteImages((images.swapaxes(1, 2) if self.is_turned else images)[:, None], labels)

    def _labels(self, prefix: str) -> NDArray[np.int64]:
        name, last = f"{prefix}-labels-idx1-ubyte", self.first_label + len(self.classes) - 1
        labels = self._array(name, 1).astype(np.int64)
        for label, beyond in ((labels.max(initial=0), last), (labels.min(initial=last), self.first_label)):
            if not self.first_label <= label <= last:
                raise self._damaged(self.folder / name, f"it holds the label {label}, beyond {beyond}")
        return labels - self.first_label

    def _array(self, name: str, axes: int) -> NDArray[np.uint8]:
        """What a file holds, unpacked or as .gz, with so many axes.

        Raises:
            DatasetError: If it is not there, or damaged.
        """
        plain = self.folder / name
        path = plain if plain.is_file() else _packed(plain)
        if not path.is_file():
            raise self.missing(f"{self.loader}/raw/{name}")
        try:
            if path == plain:
                with path.open("rb") as file:
                    return self._parsed(file, path, axes)
            with gzip.open(path) as unpacked:
                return self._parsed(cast(BinaryIO, unpacked), path, axes)
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(path, str(error)) from None

    def _parsed(self, file: BinaryIO, path: Path, axes: int) -> NDArray[np.uint8]:
        """The format: 0, 0, 8 for bytes, the number of axes, their sizes as big-endian uint32, the values."""
        header = file.read(4 + 4 * axes)
        if len(header) < 4 + 4 * axes or header[:4] != bytes((0, 0, 8, axes)):
            raise self._damaged(path, f"it begins with {header[:4].hex(' ')}, not {bytes((0, 0, 8, axes)).hex(' ')}")
        shape = tuple(int(size) for size in np.frombuffer(header, ">u4", offset=4))
        expected = math.prod(shape)
        content = file.read(min(expected, MOST) + 1)  # no more than that is ever held, whatever a header claims
        if len(content) != expected:
            found = "fewer" if len(content) < expected else "more"
            raise self._damaged(path, f"it says that {expected} bytes follow, and there are {found}")
        return np.frombuffer(content, np.uint8).reshape(shape)

    def _damaged(self, path: Path, reason: str) -> DatasetError:
        return DatasetError(f"{path} is damaged: {reason}; delete it and fetch it again: `{self.command}`.")


def idx_files(loader: str, prefixes: tuple[str, str] = ("train", "t10k")) -> tuple[str, ...]:
    """The four files of a set as torchvision lays them out, below the data folder."""
    return tuple(
        f"{loader}/raw/{prefix}-{kind}-ubyte" for prefix in prefixes for kind in ("images-idx3", "labels-idx1")
    )


def _packed(path: Path) -> Path:
    return path.with_name(f"{path.name}.gz")
