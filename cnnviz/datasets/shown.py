"""What a page shows of a data set: how many images there are, a few of each class, and the mean image."""

import math
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets import Preparation, dataset
from cnnviz.datasets.base import PARTS, ByteImages, Images, counts_of, parts_of, prepared
from cnnviz.datasets.preparation import Indices
from cnnviz.jobs import Progress

SEED = 0  # of the split that is shown
_CHUNK = 2**23  # values made floats at once
_MOST = 2**23  # bytes of the images that are shown: of large ones fewer, but one of each class
_LOOK_EVERY = 0.02  # s: so long others wait for their turn
_NOISE = 3  # of the seeds that a preparation takes; 0 to 2 are those of the parts
_READING = threading.Lock()
_T = TypeVar("_T")
_Everything = tuple[Images | ByteImages, Images | ByteImages | None]


@dataclass(frozen=True, eq=False)
class Glance:
    """A data set as a training gets it.

    Attributes:
        classes: Their names.
        shape: Of an image as it is read, (C, H, W).
        counts: How many images of each class (K,) each part has, by the part's name; true labels are counted.
        images: (n, C, H, W) uint8: a few of the training part, prepared.
        rows: (K, each) indices into the images, of those that are labelled as the class; -1 where there are no more.
        truth: (n,) the true label of each.
        numbers: (n,) the index of each in the training part.
    """

    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    counts: dict[str, NDArray[np.int64]]
    images: NDArray[np.uint8]
    rows: NDArray[np.int64]
    truth: NDArray[np.int64]
    numbers: NDArray[np.int64]


@dataclass(frozen=True)
class ShowSet:
    """A job: look at a data set; its result is a `Glance`.

    Noise in the images is drawn for these few, and is none that a training will see.

    Attributes:
        name: The set's.
        preparation: What is done to its images.
        each: How many images of a class are shown, where they are not large.
        rows: Of how many classes at most.
    """

    name: str
    preparation: Preparation
    each: int = 12
    rows: int = 100

    def steps(self) -> Iterator[Progress]:
        """Read it, and look.

        Raises:
            DatasetError: Where its files are missing or unreadable.
        """
        everything = yield from _meanwhile(partial(_read, self.name))
        yield Progress(1.0, self._glance(everything))

    def _glance(self, everything: _Everything) -> Glance:
        source, labels = dataset(self.name), _labels(everything)
        every = tuple(range(len(source.classes)))
        parts = parts_of(*labels, every, self.preparation, SEED)
        members, truth, taught = _training_part(parts, labels[0], self.preparation, len(every))
        shown = min(len(every), self.rows)
        room = _MOST // (shown * math.prod(self.preparation.shape(source.shape)))
        rows = first_of_each(taught, shown, min(self.each, max(1, room)))
        numbers = np.unique(rows[rows >= 0])
        images = prepared(everything[0], members[numbers], self.preparation, (SEED, 2, _NOISE)).images
        return Glance(
            source.classes,
            source.shape,
            counts_of(parts, *labels, every),
            np.round(images * 255).astype(np.uint8),
            np.where(rows < 0, -1, np.searchsorted(numbers, rows)),
            truth[numbers],
            numbers,
        )


@dataclass(frozen=True)
class ShowMeans:
    """A job: the mean image of every class of the training part, then of all; prepared, but without noise.

    The result is (rows + 1, C, H, W) uint8, black where a class has no image.

    Attributes:
        name: The set's.
        preparation: What is done to its images.
        rows: Of how many classes at most.
    """

    name: str
    preparation: Preparation
    rows: int = 100

    def steps(self) -> Iterator[Progress]:
        """Add the images up, some thousands at a time.

        Raises:
            DatasetError: Where its files are missing or unreadable.
        """
        everything = yield from _meanwhile(partial(_read, self.name))
        count = len(dataset(self.name).classes)
        labels = _labels(everything)
        parts = parts_of(*labels, tuple(range(count)), self.preparation, SEED)
        members, _, taught = _training_part(parts, labels[0], self.preparation, count)
        shape = everything[0].images.shape[1:]
        means, chunk = Means(min(count, self.rows), shape), max(1, _CHUNK // math.prod(shape))
        for start in range(0, len(members), chunk):
            some = slice(start, start + chunk)
            means.add(everything[0].take(members[some]).images, taught[some])
            yield Progress(0.99 * start / len(members))
        shown = self.preparation.pictured(means.images())  # of smaller or grey images a mean is just that
        yield Progress(1.0, np.round(shown * 255).astype(np.uint8))


class Means:
    """Mean images of the first so many classes, and of all images; they come some at a time (C, H, W)."""

    def __init__(self, classes: int, shape: tuple[int, ...]) -> None:
        self._sums, self._counts = np.zeros((classes + 1, *shape)), np.zeros(classes + 1)

    def add(self, images: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        """Take in images (n, C, H, W) in [0, 1] and their labels."""
        for label in np.unique(labels):
            chosen = images[labels == label]
            total = chosen.sum(axis=0, dtype=np.float64)
            for row in (label, -1) if label < len(self._sums) - 1 else (-1,):
                self._sums[row] += total
                self._counts[row] += len(chosen)

    def images(self) -> NDArray[np.float32]:
        """The mean image of every class, then of all: (classes + 1, C, H, W); zeros where a class has none."""
        means: NDArray[np.float32] = (self._sums / np.maximum(self._counts, 1)[:, None, None, None]).astype(np.float32)
        return means


def first_of_each(labels: NDArray[np.int64], classes: int, each: int, skip: int = 0) -> NDArray[np.int64]:
    """Indices (classes, each) of images of every class, in order, after `skip` of them; -1 where there are no more."""
    found = np.full((classes, each), -1, np.int64)
    for label in range(classes):
        members = np.flatnonzero(labels == label)[skip : skip + each]
        found[label, : len(members)] = members
    return found


def _labels(everything: _Everything) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    images, test = everything
    return images.labels, None if test is None else test.labels


def _training_part(
    parts: dict[str, Indices], labels: NDArray[np.int64], preparation: Preparation, count: int
) -> tuple[Indices, NDArray[np.int64], NDArray[np.int64]]:
    """Which images are trained on, their true labels, and those that they are given."""
    members = parts[PARTS[0]]
    return members, labels[members], preparation.labelled(labels[members], count, SEED)


def _read(name: str) -> _Everything:
    with _READING:  # examples and means are asked for at once, and one of them reads for both
        return _read_last(name)


@lru_cache(maxsize=1)  # up to 180 MB; who moves a slider looks at the same set
def _read_last(name: str) -> _Everything:
    return dataset(name).read()


def _meanwhile(work: Callable[[], _T]) -> Generator[Progress, None, _T]:
    """Have a thread do what cannot be done in short steps, so that others have their turns."""
    pool = ThreadPoolExecutor(1)
    try:
        done: Future[_T] = pool.submit(work)
        while not done.done():
            yield Progress(0.0)
            wait([done], _LOOK_EVERY)
        return done.result()
    finally:
        pool.shutdown(wait=False)
