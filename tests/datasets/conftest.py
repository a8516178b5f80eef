"""Most sets come from a folder, so the tests make one, small, as torchvision and we lay it out."""

from pathlib import Path

import numpy as np
import pytest

from cnnviz.datasets import DATASETS
from cnnviz.datasets.base import ByteImages
from cnnviz.datasets.downloaded import Converted
from cnnviz.datasets.folder import write_parts
from cnnviz.datasets.idx import IdxSet
from tests.datasets.idx import COUNTS, write_idx


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for source in DATASETS.values():
        if isinstance(source, IdxSet):
            counts = dict(zip(source.prefixes, COUNTS.values(), strict=True))
            write_idx(folder / source.loader / "raw", counts, len(source.classes), source.first_label)
        elif isinstance(source, Converted):
            write_parts(folder / f"{source.name}.safetensors", random_parts(source))
    return folder


def random_parts(source: Converted) -> dict[str, ByteImages]:
    """Ten images of each class to train, and three to test."""
    rng, parts = np.random.default_rng(0), {}
    for part, each in (("train", 10), ("test", 3)):
        labels = rng.permutation(np.arange(each * len(source.classes)) % len(source.classes))
        parts[part] = ByteImages(rng.integers(0, 256, (len(labels), *source.shape), np.uint8), labels)
    return parts


@pytest.fixture(autouse=True)
def data_folder(small_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's own data are read, by this process and those it starts."""
    monkeypatch.setenv("CNNVIZ_DATA", str(small_data))
    return small_data


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of a test's own, empty."""
    made = tmp_path / "data"
    made.mkdir()
    monkeypatch.setenv("CNNVIZ_DATA", str(made))
    return made
