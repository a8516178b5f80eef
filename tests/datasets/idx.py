"""Files of MNIST's format, small, written here."""

import gzip
import struct
from pathlib import Path

import numpy as np

COUNTS = {"train": 400, "t10k": 60}


def idx(values: np.ndarray) -> bytes:
    """As at http://yann.lecun.com/exdb/mnist: 0, 0, 8 for bytes, the number of axes, their sizes, the values."""
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.astype(np.uint8).tobytes()


def write_idx(
    raw: Path, counts: dict[str, int], classes: int = 10, first_label: int = 0, packed: bool = False
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Two files a part of random images, of every class as many; returns what is in them by part."""
    rng, written = np.random.default_rng(0), {}
    raw.mkdir(parents=True, exist_ok=True)
    for part, count in counts.items():
        images = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        labels = (rng.permutation(np.arange(count) % classes) + first_label).astype(np.uint8)
        for name, values in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            if packed:
                (raw / f"{name}.gz").write_bytes(gzip.compress(idx(values)))
            else:
                (raw / name).write_bytes(idx(values))
        written[part] = images, labels
    return written


def write_mnist(
    folder: Path, counts: dict[str, int] | None = None, packed: bool = False
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """MNIST's four files, in `folder/MNIST/raw`."""
    return write_idx(folder / "MNIST" / "raw", counts or {"train": 200, "t10k": 60}, packed=packed)
