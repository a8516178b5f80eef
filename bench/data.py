"""A data set of MNIST's size for the benchmarks: 60,000 images of 28x28, read from MNIST's own file format.

`$CNNVIZ_MNIST` names a folder with MNIST's four files (plain or .gz). Where it is not set, `make_folder` writes files
of the same sizes, made of the embedded digits: enlarged, moved about, with noise.
"""

import os
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets import DATASETS, dataset, mnist

VARIABLE = "CNNVIZ_MNIST"
COUNTS = {"train": 60_000, "t10k": 10_000}


class Mnist(mnist.Mnist):
    """Sixty thousand to train and validate, ten thousand to test."""

    name = "bench_mnist"
    title = "MNIST-sized"
    source = "see bench/data.py"
    licence = "for benchmarks only"

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return Path(os.environ.get(VARIABLE, ""))


def register() -> None:
    """Add it to the data sets of this process."""
    DATASETS[Mnist.name] = Mnist()


def make_folder(folder: Path) -> Path:
    """The folder that `$CNNVIZ_MNIST` names, else this one, with files made of the digits.

    From then on the variable names it, for this process and those that it starts.
    """
    if VARIABLE in os.environ:
        return Path(os.environ[VARIABLE])
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    small, _ = dataset("digits").read()
    for part, count in COUNTS.items():
        chosen = rng.integers(0, len(small), count)
        large = np.kron(small.images[chosen, 0], np.ones((1, 3, 3), np.float32))  # (N, 24, 24)
        images = rng.integers(0, 60, (count, 28, 28)).astype(np.float32)
        for index, (down, right) in enumerate(rng.integers(0, 5, (count, 2))):
            images[index, down : down + 24, right : right + 24] += 195 * large[index]
        _write(folder / f"{part}-images-idx3-ubyte", images.astype(np.uint8))
        _write(folder / f"{part}-labels-idx1-ubyte", small.labels[chosen].astype(np.uint8))
    os.environ[VARIABLE] = str(folder)
    return folder


def _write(path: Path, values: NDArray[np.uint8]) -> None:
    """As at http://yann.lecun.com/exdb/mnist: 0, 0, 8 for bytes, the number of axes, their sizes, the values."""
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    path.write_bytes(header + values.tobytes())
