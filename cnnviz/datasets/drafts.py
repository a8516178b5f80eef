"""A set of one's own in the making: classes are named, pictures come and go, and once it is finished it never changes.

Every picture is one file, whole or not there, in the data folder's `drafts`; a draft is found by a name that nobody
guesses, as a finished set is.
"""

import json
import os
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.folder import data_folder
from cnnviz.datasets.importing import Fitting, checked_title
from cnnviz.datasets.own import ALPHABET, FEWEST, MOST_CLASSES
from cnnviz.datasets.piles import LONGEST, class_name
from cnnviz.errors import DatasetError, counted
from cnnviz.images import preview, read_image
from cnnviz.runs.files import whole

Kind = Literal["drawing", "picture"]

MOST = 5_000  # pictures of a draft
DAYS = 30  # since something was done to it
_SIDE = 256  # pixels: a larger picture is kept averaged down
_PAD = 512  # pixels a side that a drawing may have
_NAME = re.compile(rf"draft_[{ALPHABET}]{{12}}")
_PICTURE = re.compile(r"(\d{20})-(\d{1,4})-(drawing|picture)")
_FACTS = "draft.json"
_GONE = ".gone"  # in place of .npy: a picture that was removed
_UNDONE = 100  # of these are kept


@dataclass(frozen=True)
class Added:
    """A picture of a draft: its name there, the index of its class, and whether it was drawn."""

    name: str
    label: int
    kind: Kind


class Draft:
    """A set in the making.

    Raises:
        DatasetError: If the name is none of a draft's, or the draft is gone or damaged.
    """

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise DatasetError(f"{name[:40]!r} names no set in the making, as draft_ and 12 letters do.")
        self.name = name
        self.path = data_folder() / "drafts" / name
        self._read()

    def _read(self) -> None:
        try:
            facts = json.loads((self.path / _FACTS).read_text("utf-8"))
            self.title, self.classes = str(facts["title"]), tuple(str(one) for one in facts["classes"])
            self.fitting = Fitting.from_record(facts["fitting"])
            self.owner = None if facts.get("owner") is None else str(facts["owner"])
        except FileNotFoundError:
            raise DatasetError(
                f"There is no set in the making {self.name}; it was finished, or is over {DAYS} days old."
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"{_FACTS} of {self.path} is damaged: {error}; begin another set.") from None

    def pictures(self) -> list[Added]:
        """All pictures, as they came."""
        found = []
        for path in sorted(self.path.glob("*.npy")):
            named = _PICTURE.fullmatch(path.stem)
            if named and int(named[2]) < len(self.classes):
                kind: Kind = "drawing" if named[3] == "drawing" else "picture"
                found.append(Added(path.stem, int(named[2]), kind))
        return found

    def counts(self) -> list[int]:
        """How many pictures each class has."""
        counts = Counter(added.label for added in self.pictures())
        return [counts[label] for label in range(len(self.classes))]

    def pixels(self, name: str) -> NDArray[np.uint8]:
        """A picture as it was kept: (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGB and alpha.

        Raises:
            DatasetError: If it is not there or damaged.
        """
        try:
            pixels: NDArray[np.uint8] = np.load(self._path(name), allow_pickle=False)
        except FileNotFoundError:
            raise DatasetError(f"The picture {name} is not there any more.") from None
        except (OSError, ValueError, EOFError) as error:
            raise DatasetError(f"The picture {name} is damaged: {error}; remove it.") from None
        return pixels

    def add(self, label: int, given: bytes | NDArray[np.uint8]) -> Added:
        """Add a picture to a class.

        Args:
            label: The index of the class.
            given: The bytes of a file; a drawing (H, W), 0 paper to 255 ink; or the pixels of a photograph (H, W, 3).

        Raises:
            CnnvizError: If there is no such class, it is no picture, or there is no room.
        """
        if not 0 <= label < len(self.classes):
            raise DatasetError(f"There is no class {label}; there are {len(self.classes)}, counted from 0.")
        self._check_room()
        if isinstance(given, bytes):
            pixels, kind = preview(read_image(given), _SIDE), "picture"
        elif given.dtype == np.uint8 and given.ndim == 3 and given.shape[2] == 3 and 0 < max(given.shape) <= _SIDE:
            pixels, kind = given, "picture"
        elif given.ndim == 2 and given.dtype == np.uint8 and max(given.shape) <= _PAD and given.any():
            pixels, kind = given, "drawing"
        else:
            raise DatasetError(f"A drawing is grey, of 8 bits a pixel and up to {_PAD} pixels a side, and not empty.")
        name = self._free_name(f"{label}-{kind}")
        self._write(self._path(name), pixels)
        return Added(name, label, "drawing" if kind == "drawing" else "picture")

    def remove(self, name: str) -> None:
        """Remove a picture, which `bring_back` undoes for the newest; one that is gone already stays gone.

        Raises:
            DatasetError: If it cannot be removed.
        """
        path = self._path(name)
        try:
            with suppress(FileNotFoundError):
                os.utime(path)  # by which the oldest are known
                path.replace(path.with_suffix(_GONE))
            self._tidy_gone(keep=_UNDONE)
        except OSError as error:
            raise DatasetError(f"The picture {name} cannot be removed: {error.strerror}.") from None

    def bring_back(self, name: str) -> None:
        """Have a picture again that was removed; one that is there stays.

        Raises:
            DatasetError: If it was removed too long ago, or there is no room for it.
        """
        path = self._path(name)
        if path.exists():
            return
        self._check_room()
        try:
            path.with_suffix(_GONE).replace(path)
        except OSError:
            raise DatasetError(f"The picture cannot be brought back: the last {_UNDONE} removed can.") from None

    def _tidy_gone(self, keep: int) -> None:
        gone = sorted(self.path.glob(f"*{_GONE}"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in gone[keep:]:
            path.unlink(missing_ok=True)

    def change(self, title: str, classes: Sequence[str], fitting: Fitting) -> None:
        """Give it another title, its classes other names, more classes at the end, or another size.

        Raises:
            DatasetError: As `create_draft`; or if there are fewer classes than before.
        """
        if len(classes) < len(self.classes):
            raise DatasetError(
                f"{self.title} has {len(self.classes)} classes; received {counted(len(classes), 'name')}."
            )
        _write_facts(self.path, title, classes, fitting, self.owner)
        self._read()

    def drop_class(self, label: int) -> None:
        """Remove a class and its pictures; those after it count one less from then on.

        Raises:
            DatasetError: If there is no such class, only two are left, or the files cannot be changed.
        """
        classes = [name for at, name in enumerate(self.classes) if at != label]
        if len(classes) == len(self.classes):
            raise DatasetError(f"There is no class {label}; there are {len(self.classes)}, counted from 0.")
        checked_classes(classes)
        try:
            for added in self.pictures():
                path = self._path(added.name)
                if added.label == label:
                    path.unlink(missing_ok=True)
                elif added.label > label:
                    path.rename(self._path(f"{added.name.split('-')[0]}-{added.label - 1}-{added.kind}"))
            self._tidy_gone(keep=0)  # their names say another class now
        except OSError as error:
            raise DatasetError(f"The class cannot be removed: {error.strerror}.") from None
        _write_facts(self.path, self.title, classes, self.fitting, self.owner)
        self._read()

    def missing(self) -> list[str]:
        """What is to be done until it can be finished, for people: nothing, or a sentence for every class."""
        lacking = [(label, FEWEST - count) for label, count in zip(self.classes, self.counts(), strict=True)]
        return [
            f"{label} needs {count} more picture{'' if count == 1 else 's'}." for label, count in lacking if count > 0
        ]

    def discard(self) -> None:
        """Delete it with all its pictures."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _check_room(self) -> None:
        if len(self.pictures()) >= MOST:
            raise DatasetError(f"{self.title} has {MOST} pictures, which is all there is room for; finish it.")

    def _free_name(self, end: str) -> str:
        """A name for the next picture: by the time, which on some systems stands still for milliseconds."""
        now = time.time_ns()
        return next(name for later in count(now) if not self._path(name := f"{later:020d}-{end}").exists())

    def _path(self, name: str) -> Path:
        if not _PICTURE.fullmatch(name):
            raise DatasetError(f"{name[:40]!r} names no picture of this set.")
        return self.path / f"{name}.npy"

    def _write(self, path: Path, pixels: NDArray[np.uint8]) -> None:
        try:
            with whole(path) as temporary, temporary.open("wb") as file:
                np.save(file, pixels)
        except OSError as error:
            raise DatasetError(f"The picture cannot be kept: {error.strerror}.") from None


def create_draft(title: str, classes: Sequence[str], fitting: Fitting | None = None, owner: str | None = None) -> Draft:
    """Begin a set with these classes.

    Args:
        title: What it is called.
        classes: Their names.
        fitting: Size and colour of its images.
        owner: The hash of the key of whoever makes it in a browser.

    Raises:
        DatasetError: If a name is none or there twice, there are fewer than two, or the folder cannot be written to.
    """
    checked_classes(classes)
    folder = data_folder() / "drafts"
    name = f"draft_{''.join(secrets.choice(ALPHABET) for _ in range(12))}"
    checked_title(title)
    try:
        (folder / name).mkdir(parents=True)
        _tidy(folder)
    except OSError as error:
        raise DatasetError(f"No set can be begun in {folder}: {error.strerror}.") from None
    _write_facts(folder / name, title, classes, fitting or Fitting(), owner)
    return Draft(name)


def checked_classes(classes: Sequence[str]) -> list[str]:
    """Names of classes from outside, in one spelling.

    Raises:
        DatasetError: If a name is none or there twice, or there are fewer than two.
    """
    names = [name for name in map(class_name, classes) if name is not None]
    if not 2 <= len(set(names)) == len(classes) <= MOST_CLASSES:
        raise DatasetError(
            f"A set needs 2 to {MOST_CLASSES} classes, each with a name of its own of 1 to {LONGEST} letters; "
            f"received {', '.join(names) or 'none'}."
        )
    return names


def _write_facts(path: Path, title: str, classes: Sequence[str], fitting: Fitting, owner: str | None) -> None:
    record = {
        "title": checked_title(title),
        "classes": checked_classes(classes),
        "fitting": fitting.to_record(),
        "owner": owner,
    }
    try:
        with whole(path / _FACTS) as temporary:
            temporary.write_text(json.dumps(record, indent=1), "utf-8")
    except OSError as error:
        raise DatasetError(f"The set cannot be kept in {path.parent}: {error.strerror}.") from None


def _tidy(folder: Path) -> None:
    for path in folder.glob("draft_*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - DAYS * 86_400:
                shutil.rmtree(path, ignore_errors=True)
