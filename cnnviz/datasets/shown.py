"""What a page shows of a data set: a few images of each class in one sheet, and the mean image."""

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.base import ByteImages, Images

_CHUNK = 4_096  # images made floats at once


def first_of_each(labels: NDArray[np.int64], classes: int, each: int, skip: int = 0) -> NDArray[np.int64]:
    """Indices (classes, each) of images of every class, in order, after `skip` of them; -1 where there are no more."""
    found = np.full((classes, each), -1, np.int64)
    for label in range(classes):
        members = np.flatnonzero(labels == label)[skip : skip + each]
        found[label, : len(members)] = members
    return found


def atlas(images: Images | ByteImages, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Images at indices (rows, columns) as one sheet: (rows * H, columns * W, 3) uint8, black where an index is -1.

    Of images that have neither 1 nor 3 channels, the mean of them is shown.
    """
    rows, columns = indices.shape
    _, channels, height, width = images.images.shape
    taken = images.take(np.maximum(indices, 0).ravel()).images  # (rows * columns, C, H, W)
    taken = taken if channels in {1, 3} else taken.mean(axis=1, keepdims=True)
    taken = np.where((indices.ravel() < 0)[:, None, None, None], 0, taken)
    pixels = np.broadcast_to(np.round(taken * 255).astype(np.uint8), (len(taken), 3, height, width))
    sheet = pixels.reshape(rows, columns, 3, height, width).transpose(0, 3, 1, 4, 2)
    return np.ascontiguousarray(sheet).reshape(rows * height, columns * width, 3)


def mean_images(images: Images | ByteImages, classes: int) -> NDArray[np.float32]:
    """The mean image of every class, then of all: (classes + 1, C, H, W) in [0, 1]; zeros where a class has none."""
    shape = images.images.shape[1:]
    sums, counts = np.zeros((classes + 1, *shape)), np.zeros(classes + 1)
    for start in range(0, len(images), _CHUNK):
        some = images.take(np.arange(start, min(start + _CHUNK, len(images))))
        for label in np.unique(some.labels):
            chosen = some.images[some.labels == label]
            sums[label] += chosen.sum(axis=0, dtype=np.float64)
            counts[label] += len(chosen)
    sums[-1], counts[-1] = sums[:-1].sum(axis=0), counts[:-1].sum()
    means: NDArray[np.float32] = (sums / np.maximum(counts, 1)[:, None, None, None]).astype(np.float32)
    return means
