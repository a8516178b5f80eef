"""A set of one's own in the making: classes are named, pictures come and go, and once it is finished it never changes.

Every picture is one file, whole or not there, in the data folder's `drafts`; a draft is found by a name that nobody
guesses, as a finished set is.
"""

import json
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.base import ByteImages
from cnnviz.datasets.folder import data_folder
from cnnviz.datasets.importing import USUAL, Fitting, checked_title, is_coloured
from cnnviz.datasets.own import ALPHABET, FEWEST, MOST_CLASSES, OwnSet, keep_set
from cnnviz.datasets.piles import LONGEST, class_name
from cnnviz.datasets.preparation import COLOUR, GREY
from cnnviz.errors import DatasetError
from cnnviz.images import Picture, fit, fit_drawing, preview, read_image
from cnnviz.runs.files import whole

Kind = Literal["drawing", "picture"]

MOST = 5_000  # pictures of a draft
DAYS = 30  # since something was done to it
_SIDE = 256  # pixels: a larger picture is kept averaged down
_PAD = 512  # pixels a side that a drawing may have
_NAME = re.compile(rf"draft_[{ALPHABET}]{{12}}")
_PICTURE = re.compile(r"(\d{20})-(\d{1,4})-(drawing|picture)")
_FACTS = "draft.json"


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
        try:
            facts = json.loads((self.path / _FACTS).read_text("utf-8"))
            self.title, self.classes = str(facts["title"]), tuple(str(one) for one in facts["classes"])
            self.fitting = Fitting.from_record(facts["fitting"])
        except FileNotFoundError:
            raise DatasetError(
                f"There is no set in the making {name}; it was finished, or is over {DAYS} days old."
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
        """Add a picture to a class: the bytes of a file, or a drawing (H, W), 0 paper to 255 ink.

        Raises:
            CnnvizError: If there is no such class, it is no picture, or there is no room.
        """
        if not 0 <= label < len(self.classes):
            raise DatasetError(f"There is no class {label}; there are {len(self.classes)}, counted from 0.")
        if len(self.pictures()) >= MOST:
            raise DatasetError(f"{self.title} has {MOST} pictures, which is all there is room for; finish it.")
        if isinstance(given, bytes):
            pixels, kind = preview(read_image(given), _SIDE), "picture"
        elif given.ndim == 2 and given.dtype == np.uint8 and max(given.shape) <= _PAD and given.any():
            pixels, kind = given, "drawing"
        else:
            raise DatasetError(f"A drawing is grey, of 8 bits a pixel and up to {_PAD} pixels a side, and not empty.")
        name = f"{time.time_ns():020d}-{label}-{kind}"
        self._write(self._path(name), pixels)
        return Added(name, label, "drawing" if kind == "drawing" else "picture")

    def remove(self, name: str) -> None:
        """Remove a picture; one that is gone already stays gone.

        Raises:
            DatasetError: If it cannot be removed.
        """
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise DatasetError(f"The picture {name} cannot be removed: {error.strerror}.") from None

    def finish(self) -> OwnSet:
        """Make a data set of it, which never changes; the draft is gone then.

        Drawings are fitted as those that a network is asked about, pictures as uploads are.

        Raises:
            DatasetError: If there are fewer than two classes, or too few pictures of one.
        """
        for label, count in zip(self.classes, self.counts(), strict=True):
            if count < FEWEST:
                raise DatasetError(f"{label} has {count} pictures; every class needs {FEWEST} or more.")
        added = sorted(self.pictures(), key=lambda one: (one.label, one.name))
        pixels = [self.pixels(one.name) for one in added]
        shape = _shape(self.fitting, pixels)
        images = [_fitted(one, drawn, shape) for one, drawn in zip(added, pixels, strict=True)]
        kinds = " and ".join(sorted({f"{one.kind}s" for one in added}))
        facts = {
            "title": self.title,
            "source": f"Made of {kinds} on {time.strftime('%Y-%m-%d')}",
            "rule": f"fitted to {shape[2]}x{shape[1]}, {'grey' if shape[0] == 1 else 'in colour'}",
        }
        labels = np.array([one.label for one in added], np.int64)
        kept = keep_set(ByteImages(np.stack(images), labels), self.classes, facts)
        self.discard()
        return kept

    def discard(self) -> None:
        """Delete it with all its pictures."""
        shutil.rmtree(self.path, ignore_errors=True)

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


def create_draft(title: str, classes: Sequence[str], fitting: Fitting | None = None) -> Draft:
    """Begin a set with these classes.

    Raises:
        DatasetError: If a name is none or there twice, there are fewer than two, or the folder cannot be written to.
    """
    names = [name for name in map(class_name, classes) if name is not None]
    if not 2 <= len(set(names)) == len(classes) <= MOST_CLASSES:
        raise DatasetError(
            f"A set needs 2 to {MOST_CLASSES} classes, each with a name of its own of 1 to {LONGEST} letters; "
            f"received {', '.join(names) or 'none'}."
        )
    record: dict[str, Any] = {
        "title": checked_title(title),
        "classes": names,
        "fitting": (fitting or Fitting()).to_record(),
    }
    folder = data_folder() / "drafts"
    name = f"draft_{''.join(secrets.choice(ALPHABET) for _ in range(12))}"
    try:
        (folder / name).mkdir(parents=True)
        _tidy(folder)
        with whole(folder / name / _FACTS) as temporary:
            temporary.write_text(json.dumps(record, indent=1), "utf-8")
    except OSError as error:
        raise DatasetError(f"No set can be begun in {folder}: {error.strerror}.") from None
    return Draft(name)


def _shape(fitting: Fitting, pixels: Sequence[NDArray[np.uint8]]) -> tuple[int, int, int]:
    coloured = fitting.colour != GREY and any(map(is_coloured, pixels))
    size = fitting.size or USUAL
    return (3 if fitting.colour == COLOUR or coloured else 1, size, size)


def _fitted(added: Added, pixels: NDArray[np.uint8], shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    if added.kind == "drawing":
        values = fit_drawing(pixels, shape).values
    else:
        values = fit(Picture(pixels, (pixels.shape[1], pixels.shape[0])), shape).values
    return np.round(values * 255).astype(np.uint8)


def _tidy(folder: Path) -> None:
    for path in folder.glob("draft_*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - DAYS * 86_400:
                shutil.rmtree(path, ignore_errors=True)
