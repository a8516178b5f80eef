"""What a data set must provide, and how it is split."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.preparation import Indices, Preparation
from cnnviz.errors import DatasetError

PARTS = ("train", "validation", "test")
SHARES = {"validation": 0.1, "test": 0.2}
AS_THEY_ARE = Preparation()
CHUNK = 1_024  # images brought to another size at once


@dataclass(frozen=True)
class Images:
    """Pictures and their labels.

    Attributes:
        images: (N, C, H, W) float32 in [0, 1].
        labels: (N,) int64, the index of each image's class.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.intp]) -> "Images":
        """The images at these indices, in their order."""
        return Images(self.images[indices], self.labels[indices])

    def first(self, count: int) -> "Images":
        """The first so many images, not copied."""
        return Images(self.images[:count], self.labels[:count])


@dataclass(frozen=True)
class ByteImages:
    """Pictures as bytes and their labels: what a large set reads, in a quarter of the memory.

    Attributes:
        images: (N, C, H, W) uint8, 255 is white.
        labels: (N,) int64, the index of each image's class.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.intp]) -> Images:
        """The images at these indices, in their order, divided by 255."""
        images = self.images[indices].astype(np.float32)
        images /= np.float32(255)
        return Images(images, self.labels[indices])


@dataclass(frozen=True)
class Split:
    """A data set in three parts, and the names of its classes."""

    train: Images
    validation: Images
    test: Images
    classes: tuple[str, ...]

    def part(self, name: str) -> Images:
        """One of the three parts by its name.

        Raises:
            DatasetError: If there is no such part.
        """
        if name not in PARTS:
            raise DatasetError(f"There is no part {name!r}; choose from {', '.join(PARTS)}.")
        images: Images = getattr(self, name)
        return images


class Dataset(ABC):
    """A set of labelled images. A member states the facts and reads the pictures; nothing heavy is imported."""

    name: str
    title: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    source: str
    licence: str

    def is_there(self) -> bool:
        """Whether its files are there; what ships with a library always is."""
        return True

    @abstractmethod
    def read(self) -> tuple[Images | ByteImages, Images | ByteImages | None]:
        """All images, and the test part where the source gives one (then it is not among the first).

        A set so large that floats of it should not be held twice gives bytes; what `split` gives is always floats.

        Raises:
            DatasetError: Where the files are missing or unreadable, naming the folder and what would do.
        """

    def read_labels(self) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """The labels alone, of `read`; a set whose images are many reads them without the images.

        Raises:
            DatasetError: As `read`.
        """
        images, test = self.read()
        return images.labels, test.labels if test is not None else None

    def chosen(self, classes: Sequence[str] | None) -> tuple[int, ...]:
        """The indices of the classes that make the task: all, or those named, in the set's order.

        Raises:
            DatasetError: Where a name is unknown or fewer than two are given.
        """
        if classes is None:
            return tuple(range(len(self.classes)))
        unknown = [name for name in classes if name not in self.classes]
        if unknown:
            raise DatasetError(f"{self.title} has no class {unknown[0]!r}; choose from {', '.join(self.classes)}.")
        if len(set(classes)) < 2:
            raise DatasetError(f"A task needs two classes or more; received {', '.join(classes) or 'none'}.")
        return tuple(sorted({self.classes.index(name) for name in classes}))

    def split(self, seed: int, classes: Sequence[str] | None = None, preparation: Preparation = AS_THEY_ARE) -> Split:
        """Training, validation and test images: 70, 10 and 20 % of every class, drawn by the seed.

        Where the source gives a test part, that is taken as it is and 10 % of the rest validate. A class of three
        images or more has one in each part. With `classes` only their images remain, and labels count from 0 in the
        set's order. What is prepared, and in which order, says `Preparation`.

        Raises:
            DatasetError: Where a class is unknown or the files cannot be read.
        """
        kept = self.chosen(classes)
        everything, given_test = self.read()
        parts = parts_of(everything.labels, None if given_test is None else given_test.labels, kept, preparation, seed)
        made: dict[str, Images] = {}
        for number, (part, indices) in enumerate(parts.items()):
            source = given_test if part == "test" and given_test is not None else everything
            made[part] = _relabelled(prepared(source, indices, preparation, (seed, 2, number)), kept)
        labels = preparation.labelled(made["train"].labels, len(kept), seed)
        made["train"] = Images(made["train"].images, labels)
        return Split(**made, classes=tuple(self.classes[index] for index in kept))

    def counts(
        self, classes: Sequence[str] | None = None, preparation: Preparation = AS_THEY_ARE
    ) -> dict[str, NDArray[np.int64]]:
        """How many images of each class (K,) each part of a split has: the same for every seed; no image is touched.

        Labels are counted before any of them is made wrong.

        Raises:
            DatasetError: As `split`.
        """
        kept = self.chosen(classes)
        labels, given_test = self.read_labels()
        return counts_of(parts_of(labels, given_test, kept, preparation, seed=0), labels, given_test, kept)

    def sizes(self, classes: Sequence[str] | None = None, preparation: Preparation = AS_THEY_ARE) -> dict[str, int]:
        """How many images each part of a split has: the same for every seed, and no image is touched for it.

        Raises:
            DatasetError: As `split`.
        """
        return {part: int(counts.sum()) for part, counts in self.counts(classes, preparation).items()}


def parts_of(
    labels: NDArray[np.int64],
    given_test: NDArray[np.int64] | None,
    kept: tuple[int, ...],
    preparation: Preparation,
    seed: int,
) -> dict[str, Indices]:
    """The indices of each part's images: into those of the test part where the source gives one, else into all.

    Args:
        labels: Of all images, as `Dataset.read_labels` gives them.
        given_test: Of the test part, where the source gives one.
        kept: The indices of the classes that make the task.
        preparation: What is done to the images; here, which of them are used.
        seed: Of the split.
    """
    shares = SHARES if given_test is None else {"validation": SHARES["validation"]}
    parts = _stratified(labels, kept, shares, np.random.default_rng(seed))
    if given_test is not None:
        parts["test"] = np.flatnonzero(np.isin(given_test, kept))
    for part, indices in parts.items():
        source = given_test if part == "test" and given_test is not None else labels
        parts[part] = indices[preparation.kept(source[indices], part)]
    return parts


def counts_of(
    parts: dict[str, Indices], labels: NDArray[np.int64], given_test: NDArray[np.int64] | None, kept: tuple[int, ...]
) -> dict[str, NDArray[np.int64]]:
    """How many images of each kept class (K,) each part of `parts_of` has."""
    counts = {}
    for part, indices in parts.items():
        source = given_test if part == "test" and given_test is not None else labels
        counts[part] = np.bincount(source[indices], minlength=max(kept) + 1)[list(kept)]
    return counts


def _stratified(
    labels: NDArray[np.int64], kept: tuple[int, ...], shares: dict[str, float], rng: np.random.Generator
) -> dict[str, Indices]:
    """Disjoint indices for "train" and every part in `shares`, the same share of every kept class in each."""
    chosen: dict[str, list[Indices]] = {part: [] for part in ("train", *shares)}
    for label in kept:
        members = rng.permutation(np.flatnonzero(labels == label))
        least = 1 if len(members) > len(shares) else 0
        start = 0
        for part, share in shares.items():
            count = max(least, round(len(members) * share))
            chosen[part].append(members[start : start + count])
            start += count
        chosen["train"].append(members[start:])
    return {part: rng.permutation(np.concatenate(indices)) for part, indices in chosen.items()}


def prepared(source: Images | ByteImages, indices: Indices, preparation: Preparation, seed: tuple[int, ...]) -> Images:
    """The images at these indices; a few at a time where their size changes, so that no part is held in two sizes."""
    before = source.images.shape[1:]
    after = preparation.shape(before)
    if before == after:
        taken = source.take(indices)
        return Images(preparation.noisy(taken.images, seed), taken.labels)
    images = np.empty((len(indices), *after), np.float32)
    for start in range(0, len(indices), CHUNK):
        some = slice(start, start + CHUNK)
        images[some] = preparation.pictured(source.take(indices[some]).images)
    return Images(preparation.noisy(images, seed), source.labels[indices])


def _relabelled(images: Images, kept: tuple[int, ...]) -> Images:
    """Images of the kept classes with labels 0 to len(kept) - 1; the images are not copied."""
    return Images(images.images, np.searchsorted(np.array(kept), images.labels).astype(np.int64))


def image_index(image: str) -> tuple[str, int]:
    """The part and index that an image's name like `validation-12` says.

    Raises:
        DatasetError: If it is no such name.
    """
    part, _, index = image.rpartition("-")
    if part not in PARTS or not index.isascii() or not index.isdigit() or len(index) > 9:
        raise DatasetError(f"{image!r} names no image; write a part and a number, as in validation-12.")
    return part, int(index)


def find_image(split: Split, image: str) -> tuple[NDArray[np.float32], int]:
    """The image (C, H, W) and the label that a name like `validation-12` says.

    Raises:
        DatasetError: If there is no such image.
    """
    part, index = image_index(image)
    if part == "test":
        raise DatasetError(f"{image} is of the test part, which only evaluating looks at; choose a validation image.")
    images = split.part(part)
    if index >= len(images):
        raise DatasetError(
            f"There is no image {image}; the {part} part has {len(images)}, from 0 to {len(images) - 1}."
        )
    return images.images[index], int(images.labels[index])
