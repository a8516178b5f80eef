"""Import pictures in folders named by class: read safely, fitted to one size, kept as a data set of one's own."""

import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.base import ByteImages
from cnnviz.datasets.own import FEWEST, MOST_BYTES, MOST_CLASSES, keep_set, own_folder
from cnnviz.datasets.piles import LONGEST, Entry, LeftOutError, Pile, pile_of, shown
from cnnviz.datasets.preparation import AS_IT_IS, COLOUR, GREY
from cnnviz.errors import DatasetError, ImageError
from cnnviz.images import Picture, Reader, fit, reader
from cnnviz.jobs import Progress
from cnnviz.settings import Settings, setting

USUAL = 32  # pixels a side, where the pictures have many sizes
LARGEST = 128
_SAMPLE = 60  # pictures that are looked at first, to see what most are
_STEP = 0.1  # s
_ENDED = 20  # files that may end the process which reads them: each may have taken its seconds
_FINER = 4  # a picture is averaged down to so many times the size in the process that reads it


@dataclass(frozen=True)
class Fitting(Settings):
    """How the pictures of a set are brought to one shape.

    Raises:
        SettingError: Where a value is out of range.
    """

    size: int = setting(
        0, "Size", f"Width and height in pixels; 0 takes what most pictures have, else {USUAL}.", low=0, high=LARGEST
    )
    colour: str = setting(
        AS_IT_IS,
        "Colour",
        "Grey images have one channel, those in colour three; as they are is grey where no picture is coloured.",
        options=(AS_IT_IS, GREY, COLOUR),
    )


@dataclass(frozen=True)
class Imported:
    """What an import gave.

    Attributes:
        dataset: The new set's name.
        title: Its title.
        counts: How many pictures of each class are in it.
        shape: What they were brought to, (C, H, W).
        left_out: Files that are not in it, by name, with the reason.
    """

    dataset: str
    title: str
    counts: dict[str, int]
    shape: tuple[int, int, int]
    left_out: tuple[tuple[str, str], ...]

    def sentence(self, name: str | None = None) -> str:
        """What became of the files, for people, who know the set by this name, or by the one it is trained by."""
        called = name or self.dataset
        used = f"{sum(self.counts.values())} pictures of {len(self.counts)} classes are the data set {called}"
        if not self.left_out:
            return f"{used}."
        (file, reason), count = self.left_out[0], len(self.left_out)
        if count == 1:
            return f"{used}; left out is {file}: {reason}."
        return f"{used}; {count} files are left out, the first of them {file}: {reason}."


@dataclass(frozen=True)
class Import:
    """A job: make a data set of the pictures in a folder, a ZIP archive, or an archive's bytes.

    A picture's class is the name of the folder it lies in; folders of the same name are one class.

    Attributes:
        source: Where the pictures are.
        title: What the set is called.
        fitting: Size and colour.
        owner: The hash of the key of whoever imports it in a browser.
    """

    source: Path | bytes
    title: str
    fitting: Fitting = field(default_factory=Fitting)
    owner: str | None = None

    def steps(self) -> Iterator[Progress]:
        """Read one picture after the other; the result is an `Imported`.

        Raises:
            DatasetError: If there is nothing to make a set of; nothing is kept then.
        """
        title = checked_title(self.title)
        with _room() as file:
            with pile_of(self.source) as pile, reader(_FINER * (self.fitting.size or LARGEST)) as pictures:
                _check_classes({entry.label for entry in pile.entries}, pile)
                shape = yield from _shape(pictures, pile.entries, self.fitting)
                _check_room(len(pile.entries), shape)
                found = yield from _all(pictures, pile, shape, file)
            yield Progress(1.0, self._kept(title, pile, *_labelled(found, pile, file, shape)))

    def _kept(self, title: str, pile: Pile, images: ByteImages, classes: list[str]) -> Imported:
        channels, height, width = images.images.shape[1:]
        origin = "an archive" if isinstance(self.source, bytes) else _origin(self.source)
        facts = {
            "title": title,
            "source": f"Imported from {shown(origin)} on {time.strftime('%Y-%m-%d')}",
            "rule": f"fitted whole to {width}x{height}, {'grey' if channels == 1 else 'in colour'}",
            "left_out": pile.left_out,
            "owner": self.owner,
        }
        kept = keep_set(images, classes, facts)
        counts = dict(zip(classes, np.bincount(images.labels).tolist(), strict=True))
        return Imported(kept.name, title, counts, (channels, height, width), tuple(pile.left_out))


def import_data(
    source: str | Path | bytes,
    name: str,
    *,
    size: int = 0,
    colour: str = AS_IT_IS,
    heard: Callable[[Progress], None] | None = None,
) -> Imported:
    """Make a data set of the pictures in a folder, a ZIP archive or an archive's bytes, one subfolder a class.

    Args:
        source: Where the pictures are.
        name: What the set is called; what it is trained by is `Imported.dataset`.
        size: Width and height in pixels; where 0, what most pictures have.
        colour: "grey", "colour" or "as it is".
        heard: Called after every picture.

    Raises:
        CnnvizError: If there is nothing to make a set of, or a setting is out of range.
    """
    given = source if isinstance(source, bytes) else Path(source).expanduser().resolve()
    result: list[Imported] = []
    for progress in Import(given, name, Fitting(size=size, colour=colour)).steps():
        if heard:
            heard(progress)
        result = [progress.value]
    return result[0]


def _origin(path: Path) -> str:
    return f"the {'folder' if path.is_dir() else 'archive'} {path.name}"


@contextmanager
def _room() -> Iterator[BinaryIO]:
    """A file for the pictures as they come, where the set will lie: there may be more of them than memory has room.

    Raises:
        DatasetError: If they cannot be written there.
    """
    folder = own_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            yield file
    except OSError as error:
        raise DatasetError(f"The set cannot be written into {folder}: {error.strerror}.") from None


def checked_title(title: str) -> str:
    """A data set's title from outside, without needless spaces.

    Raises:
        DatasetError: If it is empty, too long, or holds what cannot be shown.
    """
    plain = " ".join(title.split())
    if not plain or not plain.isprintable() or len(plain) > LONGEST:
        raise DatasetError(f"A data set needs a name of 1 to {LONGEST} letters.")
    return plain


def _shape(
    pictures: Reader, entries: Sequence[Entry], fitting: Fitting
) -> Generator[Progress, None, tuple[int, int, int]]:
    """The shape asked for; what is left open is decided by a sample of the pictures."""
    if fitting.size and fitting.colour != AS_IT_IS:
        return (1 if fitting.colour == GREY else 3, fitting.size, fitting.size)
    sizes: Counter[int] = Counter()
    coloured = False
    for entry in entries[:: max(1, len(entries) // _SAMPLE)]:
        picture = yield from _read(pictures, entry, 0.0)
        if isinstance(picture, Picture):
            sizes[max(picture.size)] += 1
            coloured = coloured or is_coloured(picture.pixels)
    side, count = sizes.most_common(1)[0] if sizes else (USUAL, 0)
    usual = side if 2 * count > sizes.total() and side <= LARGEST else USUAL
    size = fitting.size or usual
    return (3 if fitting.colour == COLOUR or (coloured and fitting.colour != GREY) else 1, size, size)


def is_coloured(pixels: NDArray[np.uint8]) -> bool:
    """Whether a picture (H, W), (H, W, 3) or (H, W, 4) has a pixel that is not grey."""
    return pixels.ndim == 3 and bool((pixels[..., :3] != pixels[..., :1]).any())


def _all(
    pictures: Reader, pile: Pile, shape: tuple[int, int, int], file: BinaryIO
) -> Generator[Progress, None, list[Entry]]:
    """Write all pictures that can be read, fitted, class by class; the others go to those left out."""
    found = []
    for number, entry in enumerate(sorted(pile.entries, key=lambda one: (natural(one.label), one.label))):
        share = number / len(pile.entries)
        picture = yield from _read(pictures, entry, share)
        if isinstance(picture, str):
            pile.left_out.append((shown(entry.name), picture))
        else:
            file.write(np.round(fit(picture, shape).values * 255).astype(np.uint8).tobytes())
            found.append(entry)
        yield Progress(share)
    return found


def _read(pictures: Reader, entry: Entry, share: float) -> Generator[Progress, None, Picture | str]:
    """A picture, or why there is none."""
    if pictures.ended > _ENDED:
        raise DatasetError(
            f"Over {_ENDED} files are damaged so that reading them takes too long, the last just before "
            f"{shown(entry.name)}; take them out."
        )
    try:
        content = entry.content()
        if not content:
            return "it is empty"
        pictures.begin(content)
        while not pictures.is_done(_STEP):
            yield Progress(share)
        return pictures.picture("it")
    except (LeftOutError, ImageError) as error:
        return str(error).removesuffix(".")


def _labelled(found: list[Entry], pile: Pile, file: BinaryIO, shape: tuple[int, ...]) -> tuple[ByteImages, list[str]]:
    """Images, which stay in the file, and classes in their natural order; one of too few pictures is left out."""
    counts = Counter(entry.label for entry in found)
    enough = {label for label, count in counts.items() if count >= FEWEST}
    for entry in found:
        if entry.label not in enough:
            pile.left_out.append((shown(entry.name), f"its class has fewer than {FEWEST} pictures"))
    _check_classes(enough, pile)
    classes = sorted(enough, key=lambda label: (natural(label), label))  # 1 and 01 are in one place
    numbers = {label: number for number, label in enumerate(classes)}
    labels = np.array([numbers.get(entry.label, -1) for entry in found], np.int64)
    file.flush()
    images = np.memmap(file, np.uint8, "r", shape=(len(found), *shape))
    return ByteImages(images if len(classes) == len(counts) else images[labels >= 0], labels[labels >= 0]), classes


def natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """A key by which 2 is before 10, and capital letters beside small ones."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name.casefold())
    return tuple((0, int(part)) if "0" <= part[0] <= "9" else (1, part) for part in parts)


def _check_classes(labels: set[str], pile: Pile) -> None:
    if 2 <= len(labels) <= MOST_CLASSES:
        return
    if len(labels) > MOST_CLASSES:
        raise DatasetError(
            f"There are {len(labels)} folders with files; up to {MOST_CLASSES} classes can be told apart."
        )
    found = f"only those of {shown(next(iter(labels)))}" if labels else "none"
    reasons = Counter(reason for _, reason in pile.left_out).most_common(1)
    whys = [
        f" (1 file is left out: {reason})" if count == 1 else f" ({count} files are left out, each as {reason})"
        for reason, count in reasons
    ]
    raise DatasetError(
        f"A data set needs {FEWEST} pictures or more in each of two folders or more, named by their classes; "
        f"found were {found}{''.join(whys)}."
    )


def _check_room(count: int, shape: tuple[int, int, int]) -> None:
    needed = count * shape[0] * shape[1] * shape[2]
    if needed > MOST_BYTES:
        raise DatasetError(
            f"{count} images of {shape[2]}x{shape[1]} take {needed / 10**9:.3g} GB; up to {MOST_BYTES / 10**9:.3g} are "
            "kept, so choose a smaller size, or grey."
        )
