"""Fetch a data set: a job that says how far it is and can be ended; its files are whole or not there."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cnnviz.datasets import DATASETS
from cnnviz.datasets.downloaded import Downloaded
from cnnviz.datasets.folder import data_folder
from cnnviz.errors import DatasetError, choose_from
from cnnviz.jobs import Progress

_PREFIX = ".fetching-"
_LOOK_EVERY = 0.05  # s: so long others wait for their turn
_FETCHED = 0.95  # of the share: what follows is unpacking
_ABANDONED = 86_400  # s until a folder that a kill left is removed


@dataclass(frozen=True)
class Download:
    """Fetch a data set with torchvision into the data folder, by a process of its own.

    Attributes:
        name: The set's.
    """

    name: str

    def steps(self) -> Iterator[Progress]:
        """Fetch it; the result is its name.

        Raises:
            DatasetError: If there is no such set to fetch, no network, or no room; what was there stays as it was.
        """
        source = downloadable(self.name)
        folder = data_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _tidy(folder)
            root = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        except OSError as error:
            raise DatasetError(f"{folder} cannot be written to: {error.strerror}; choose another folder.") from None
        try:
            yield from _fetched(source, root)
            for old, new in source.adopt(root).items():
                new.parent.mkdir(parents=True, exist_ok=True)
                old.replace(new)
        except OSError as error:
            raise DatasetError(f"{source.title} cannot be put into {folder}: {error.strerror or error}.") from None
        finally:
            shutil.rmtree(root, ignore_errors=True)
        yield Progress(1.0, self.name)


def downloadable(name: str) -> Downloaded:
    """The set of this name, which can be fetched.

    Raises:
        DatasetError: If there is none.
    """
    known = {key: member for key, member in DATASETS.items() if isinstance(member, Downloaded)}
    if name in DATASETS and name not in known:
        raise DatasetError(f"{DATASETS[name].title} is there already; fetched can be {', '.join(known)}.")
    if name not in known:
        raise DatasetError(choose_from(name, "Data set", list(known)))
    return known[name]


def _fetched(source: Downloaded, root: Path) -> Iterator[Progress]:
    """Have a process fill the folder; it ends with us, however we end."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(_command(source.name, root), **pipes) as process:  # type: ignore[call-overload]
        try:
            while process.poll() is None:
                yield Progress(min(_FETCHED, _FETCHED * _bytes_in(root) / (source.megabytes * 10**6)))
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_EVERY)
            said = process.stdout.read().decode("utf-8", "replace").strip()
        finally:
            process.kill()
    if process.returncode:
        reason = said or "the process that fetches it has ended"
        raise DatasetError(f"{source.title} could not be fetched: {reason}. Without a network, {source.by_hand}.")


def _command(name: str, root: Path) -> list[str]:
    return [sys.executable, "-m", "cnnviz.datasets.fetch", name, str(root), "download"]


def _bytes_in(folder: Path) -> int:
    """How much a folder holds; what is renamed meanwhile is left out."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total


def _tidy(folder: Path) -> None:
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _ABANDONED:
                shutil.rmtree(path, ignore_errors=True)
