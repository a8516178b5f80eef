"""Sets that torchvision fetches: which files they are, whether these are there, and what to do where they are not."""

import subprocess
import sys
from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.base import ByteImages, Dataset
from cnnviz.datasets.folder import VARIABLE, data_folder, read_labels, read_part
from cnnviz.errors import DatasetError

CONVERTING = 600  # s: the largest takes ten on a quiet machine


class Downloaded(Dataset):
    """A set whose files lie in the data folder: fetched there, or put there by hand as torchvision lays them out.

    Attributes:
        loader: The name of its class in torchvision.datasets.
        asked: What that class is asked for to give the training part, and the test part.
        files: What it needs, as paths below the data folder.
        megabytes: How much is fetched.
    """

    loader: str
    asked: tuple[dict[str, Any], dict[str, Any]] = ({"train": True}, {"train": False})
    files: tuple[str, ...]
    megabytes: int

    @property
    def command(self) -> str:
        """What fetches it, typed into a shell."""
        return f"cnnviz data download {self.name}"

    def is_there(self) -> bool:
        """Whether all files are there; none is opened."""
        return all((data_folder() / name).is_file() for name in self.files)

    @property
    def by_hand(self) -> str:
        """What to do where there is no network, as a part of a sentence."""
        names = ", ".join(Path(name).name for name in self.files)
        return f"put {names} into {(data_folder() / self.files[0]).parent}"

    def missing(self, name: str) -> DatasetError:
        """The sentence for a file that is not there."""
        path = data_folder() / name
        return DatasetError(
            f"{self.title} is not there: {path.parent} has no {path.name}; fetch it ({self.megabytes} MB) with "
            f"`{self.command}`, or {self.by_hand}, or set {VARIABLE} to a folder that has them."
        )

    @abstractmethod
    def adopt(self, root: Path) -> dict[Path, Path]:
        """What of a folder that torchvision has filled is to be kept, and where: new path by old one."""


class Converted(Downloaded):
    """A set in a format of its own, of which a file of bytes is made once, by torchvision in a process of its own."""

    archive: str | None = None  # what torchvision fetches and unpacks; it may be put there packed

    @property
    def by_hand(self) -> str:
        """The archive alone will do, where there is one."""
        return f"put {self.archive} into {data_folder()}" if self.archive else super().by_hand

    @property
    def path(self) -> Path:
        """The file of bytes that is read from then on."""
        return data_folder() / f"{self.name}.safetensors"

    def is_there(self) -> bool:
        """Whether the file of bytes is there, or what it is made of."""
        return self.path.is_file() or self.is_packed() or super().is_there()

    def is_packed(self) -> bool:
        """Whether the archive lies there and is to be unpacked first."""
        return self.archive is not None and (data_folder() / self.archive).is_file() and not super().is_there()

    def read(self) -> tuple[ByteImages, ByteImages]:
        """Training and test images; the first time, the file of bytes is made, which takes some seconds."""
        self._convert()
        train, test = (read_part(self.path, part) for part in ("train", "test"))
        return train, test

    def read_labels(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of training and test images, without the images."""
        self._convert()
        return read_labels(self.path, "train"), read_labels(self.path, "test")

    def adopt(self, root: Path) -> dict[Path, Path]:
        """Only the file of bytes: what it was made of takes as much again."""
        return {root / self.path.name: self.path}

    @abstractmethod
    def arrays(self, loaded: Any) -> ByteImages:
        """What torchvision's object holds of one part."""

    def _convert(self) -> None:
        if self.path.is_file():
            return
        if not self.is_there():
            raise self.missing(next(name for name in self.files if not (data_folder() / name).is_file()))
        command = [sys.executable, "-m", "cnnviz.datasets.fetch", self.name, str(data_folder())]
        try:
            done = subprocess.run(
                [*command, "convert"], stdin=subprocess.DEVNULL, capture_output=True, timeout=CONVERTING, check=False
            )
        except subprocess.TimeoutExpired:
            raise DatasetError(f"{self.title} takes too long to be read in {data_folder()}; try again.") from None
        if done.returncode:
            said = done.stdout.decode("utf-8", "replace").strip() or "the process that reads it has ended"
            raise DatasetError(
                f"{self.title} in {data_folder()} cannot be read: {said}; delete its files and fetch it again: "
                f"`{self.command}`."
            )
