"""Sets of one's own, imported or made here: each a folder of two files, of facts and of bytes, that never change."""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.base import ByteImages, Dataset
from cnnviz.datasets.folder import data_folder, read_labels, read_part, write_parts
from cnnviz.errors import DatasetError

FORMAT = 1
FEWEST = 3  # images of a class: one for each part
MOST_CLASSES = 1_000
MOST_BYTES = 512 * 1024**2  # of all images of a set
TOLD = 1_000  # files left out that are remembered by name
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0 and o, 1 and l, which are hard to tell apart
_NAME = re.compile(rf"own_[{ALPHABET}]{{12}}")
_FACTS, _IMAGES = "facts.json", "images.safetensors"
_UNFINISHED = 86_400  # s until a folder that a kill left half made is removed


class OwnSet(Dataset):
    """A set in the data folder's `own`, under a name that nobody guesses.

    Attributes:
        created: When, in seconds since 1970.
        rule: What was done to its pictures, for people.
        left_out: Files that were not used, by name, with the reason; the first `TOLD` of them.
        left_out_count: How many were not used.
        owner: The hash of the key of whoever made it in a browser, or None.

    Raises:
        DatasetError: If the folder is none of ours, is gone, or is damaged.
    """

    def __init__(self, name: str) -> None:
        self.path = own_folder() / _checked(name)
        facts = _read_facts(self.path)
        try:
            self.name, self.title = name, str(facts["title"])
            self.classes = tuple(str(one) for one in facts["classes"])
            channels, height, width = (int(size) for size in facts["shape"])
            self.shape = (channels, height, width)
            self.source, self.licence = str(facts["source"]), "Your own"
            self.created, self.rule = float(facts["created"]), str(facts["rule"])
            self.left_out = tuple((str(file), str(reason)) for file, reason in facts["left_out"])
            self.left_out_count = int(facts["left_out_count"])
            self.owner = None if facts.get("owner") is None else str(facts["owner"])
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"{_FACTS} of {self.path} is damaged: {error!r}; import the images again.") from None

    def read(self) -> tuple[ByteImages, None]:
        """All images; there is no test part of its own."""
        return read_part(self.path / _IMAGES, "all"), None

    def read_labels(self) -> tuple[NDArray[np.int64], None]:
        """The labels, without the images."""
        return read_labels(self.path / _IMAGES, "all"), None


def own_folder() -> Path:
    """Where they lie; it may not be there yet."""
    return data_folder() / "own"


def own_sets() -> dict[str, OwnSet]:
    """All sets by their names, newest first; one that cannot be read hides no other."""
    found = []
    with suppress(OSError):
        for path in own_folder().iterdir():
            with suppress(DatasetError):
                found.append(OwnSet(path.name))
    return {one.name: one for one in sorted(found, key=lambda one: one.created, reverse=True)}


def is_own(name: str) -> bool:
    """Whether this is a name of such a set, be it there or not."""
    return _NAME.fullmatch(name) is not None


def keep_set(images: ByteImages, classes: Sequence[str], facts: dict[str, Any]) -> OwnSet:
    """Write a new set; it appears whole.

    Args:
        images: With labels that are indices into the classes.
        classes: Their names, all different.
        facts: "title", "source" and "rule"; "left_out" too, where there is something to tell, and "owner".

    Raises:
        DatasetError: If it cannot be written.
    """
    name = f"own_{''.join(secrets.choice(ALPHABET) for _ in range(12))}"
    left_out = list(facts.get("left_out", ()))
    record = {
        "format": FORMAT,
        "created": round(time.time(), 6),
        "classes": list(classes),
        "shape": list(images.images.shape[1:]),
        "counts": np.bincount(images.labels, minlength=len(classes)).tolist(),
        **facts,
        "left_out": left_out[:TOLD],
        "left_out_count": len(left_out),
    }
    folder = own_folder()
    temporary = folder / f".{name}-{os.getpid()}"
    try:
        temporary.mkdir(parents=True)
        _tidy(folder)
        write_parts(temporary / _IMAGES, {"all": images})
        (temporary / _FACTS).write_text(json.dumps(record, indent=1), "utf-8")
        temporary.rename(folder / name)
    except OSError as error:
        raise DatasetError(f"The set cannot be written into {folder}: {error.strerror}.") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return OwnSet(name)


def delete_set(name: str) -> None:
    """Delete a set; runs that learned it keep what they saved, and cannot go on or show its images.

    Raises:
        DatasetError: If it is not there or cannot be deleted.
    """
    path = own_folder() / _checked(name)
    gone = path.with_name(f".{name}-{os.getpid()}")
    try:
        path.rename(gone)  # at once, so that nobody sees half of it
    except FileNotFoundError:
        raise DatasetError(f"There is no data set {name}; it may have been deleted.") from None
    except OSError as error:
        raise DatasetError(f"{name} cannot be deleted: {error.strerror}.") from None
    shutil.rmtree(gone, ignore_errors=True)


def _checked(name: str) -> str:
    if not is_own(name):
        raise DatasetError(f"{name[:40]!r} names no data set of one's own, as own_ and 12 letters do.")
    return name


def _read_facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads((path / _FACTS).read_text("utf-8"))
        number = facts["format"]
    except FileNotFoundError:
        raise DatasetError(f"There is no data set {path.name}; it may have been deleted.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{_FACTS} of {path} is damaged: {error}; import the images again.") from None
    if number != FORMAT:
        raise DatasetError(f"{path.name} is of format {number}, and this is made for {FORMAT}; use a newer cnnviz.")
    found: dict[str, Any] = facts
    return found


def _tidy(folder: Path) -> None:
    for path in folder.glob(".own_*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _UNFINISHED:
                shutil.rmtree(path, ignore_errors=True)
