"""Sets with a format of their own, read by torchvision from small files written here, in that format."""

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cnnviz.datasets import DATASETS, downloaded, fetch
from cnnviz.datasets.cifar10 import Cifar10
from cnnviz.datasets.cifar100 import Cifar100
from cnnviz.datasets.downloaded import Converted, Downloaded
from cnnviz.datasets.emnist_letters import EmnistLetters
from cnnviz.datasets.idx import IdxSet
from cnnviz.datasets.svhn import Svhn
from cnnviz.errors import DatasetError
from tests.datasets.idx import write_idx

RNG = np.random.default_rng(0)


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def pixels(count: int) -> np.ndarray:
    return RNG.integers(0, 256, (count, 3, 32, 32), np.uint8)


def write_cifar(folder: Path, source: Converted, key: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, list]:
    """Pickled batches of images in rows of 3,072 bytes, red first, as at https://www.cs.toronto.edu/~kriz/cifar.html."""
    import torchvision.datasets

    loader, written, sums = getattr(torchvision.datasets, source.loader), {"train": [], "test": []}, {}
    for name in source.files[:-1]:
        part = "test" if "test" in name else "train"
        images, labels = pixels(20), RNG.integers(0, len(source.classes), 20).tolist()
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps({"data": images.reshape(20, 3072), key: labels}, protocol=2))
        written[part].append((images, labels))
        sums.setdefault(part, []).append([path.name, md5(path)])
    meta = folder / source.files[-1]
    meta.write_bytes(pickle.dumps({loader.meta["key"]: list(source.classes)}, protocol=2))
    monkeypatch.setattr(loader, "train_list", sums["train"])
    monkeypatch.setattr(loader, "test_list", sums["test"])
    monkeypatch.setattr(loader, "meta", {**loader.meta, "md5": md5(meta)})
    return written


def write_svhn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list]:
    """MATLAB's files, of images (32, 32, 3, N) and labels (N, 1) in which 10 is the digit 0."""
    import scipy.io
    import torchvision.datasets

    written, listed = {}, {}
    for part in ("train", "test"):
        images, labels = pixels(30), RNG.integers(0, 10, 30)
        path = folder / f"{part}_32x32.mat"
        in_file = np.where(labels == 0, 10, labels).astype(np.uint8)[:, None]
        scipy.io.savemat(path, {"X": images.transpose(2, 3, 1, 0), "y": in_file}, do_compression=True)
        written[part] = [(images, labels.tolist())]
        listed[part] = ["http://127.0.0.1/", path.name, md5(path)]
    monkeypatch.setattr(torchvision.datasets.SVHN, "split_list", listed)
    return written


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script that reads with torchvision runs here, where its checksums are those of our files."""

    def run(command: list[str], **_: object) -> SimpleNamespace:
        assert command[:3] == [sys.executable, "-m", "cnnviz.datasets.fetch"]
        monkeypatch.setattr(sys, "argv", command[2:])
        fetch.main()
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(downloaded.subprocess, "run", run)


def written_by(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list]:
    if name == "svhn":
        return write_svhn(folder, monkeypatch)
    key = "labels" if name == "cifar10" else "fine_labels"
    return write_cifar(folder, DATASETS[name], key, monkeypatch)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("name", ["cifar10", "cifar100", "svhn"])
def test_it_reads_what_the_files_hold_and_makes_a_file_of_bytes_once(name, folder, monkeypatch):
    source = DATASETS[name]
    assert not source.is_there()
    written = written_by(name, folder, monkeypatch)
    assert source.is_there()
    for part, images in zip(("train", "test"), source.read(), strict=True):
        assert images.images.dtype == np.uint8
        assert (images.images == np.concatenate([pixels for pixels, _ in written[part]])).all()
        assert images.labels.tolist() == [label for _, labels in written[part] for label in labels]
    for path in source.files:
        (folder / path).unlink()
    assert source.is_there()
    assert [len(labels) for labels in source.read_labels()] == [sum(len(y) for _, y in one) for one in written.values()]
    assert sorted(path.name for path in folder.glob("*.safetensors")) == [f"{name}.safetensors"]


@pytest.mark.parametrize("source", [Cifar10(), Cifar100(), Svhn()], ids=lambda one: one.name)
def test_where_it_is_missing_a_sentence_names_the_folder_and_what_would_do(source, folder):
    for ask in (source.read, source.read_labels, source.sizes):
        with pytest.raises(DatasetError) as caught:
            ask()
        sentence = str(caught.value)
        assert sentence.startswith(f"{source.title} is not there: {folder}")
        assert f"`cnnviz data download {source.name}`" in sentence
        assert f"put {source.archive or ', '.join(source.files)} into {folder}" in sentence


@pytest.mark.slow
def test_files_that_are_not_the_published_ones_are_refused(folder):
    """In a process of its own, as it is."""
    for name in Cifar10().files:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"something else")
    with pytest.raises(DatasetError, match=r"CIFAR-10 in .* cannot be read: Dataset not found or corrupted"):
        Cifar10().read()
    (folder / "cifar-10-batches-py" / "test_batch").unlink()
    (folder / "cifar-10-python.tar.gz").write_bytes(b"something else")
    with pytest.raises(DatasetError, match=r"cannot be read: cifar-10-python\.tar\.gz is damaged or cut short"):
        Cifar10().sizes()
    assert not list(folder.glob("*.safetensors"))


def test_a_damaged_file_of_bytes_is_a_sentence(folder):
    (folder / "svhn.safetensors").write_bytes(b"none")
    with pytest.raises(DatasetError, match="damaged"):
        Svhn().read()


def test_a_process_that_dies_is_a_sentence(folder, monkeypatch):
    (folder / "cifar-10-python.tar.gz").touch()

    def run(*_: object, **__: object) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.CompletedProcess([], -9, b"")

    monkeypatch.setattr(downloaded.subprocess, "run", run)
    with pytest.raises(DatasetError, match="the process that reads it has ended; delete its files"):
        Cifar10().read()


# the sets of IDX files


def test_the_letters_are_turned_upright_and_count_from_0(folder):
    source = EmnistLetters()
    written = write_idx(folder / "EMNIST" / "raw", dict.fromkeys(source.prefixes, 52), classes=26, first_label=1)
    assert source.is_there()
    for prefix, images in zip(source.prefixes, source.read(), strict=True):
        assert (images.images[:, 0] == written[prefix][0].transpose(0, 2, 1)).all()
        assert images.labels.tolist() == (written[prefix][1] - 1).tolist()
    write_idx(folder / "EMNIST" / "raw", dict.fromkeys(source.prefixes, 52), classes=27, first_label=0)
    with pytest.raises(DatasetError, match="it holds the label 0, beyond 1"):
        source.read_labels()


@pytest.mark.parametrize("name", ["fashion_mnist", "kmnist", "emnist_letters"])
def test_they_are_read_as_torchvision_reads_them(name, data_folder):
    import torchvision.datasets

    source = DATASETS[name]
    for asked, images in zip(source.asked, source.read(), strict=True):
        theirs = getattr(torchvision.datasets, source.loader)(str(data_folder), **asked)
        upright = theirs.data.numpy().swapaxes(1, 2) if source.is_turned else theirs.data.numpy()
        assert (images.images[:, 0] == upright).all()
        assert (theirs.targets.numpy() - source.first_label).tolist() == images.labels.tolist()
    names = [name for name in getattr(torchvision.datasets, source.loader).classes if name != "N/A"]
    if name == "fashion_mnist":
        assert tuple(names) == source.classes


@pytest.mark.parametrize("source", [one for one in DATASETS.values() if isinstance(one, Downloaded)], ids=str)
def test_what_is_needed_is_what_torchvision_lays_out(source):
    import torchvision.datasets

    loader = getattr(torchvision.datasets, source.loader)
    assert len(source.files) == len(set(source.files))
    if isinstance(source, IdxSet):
        assert all(name.startswith(f"{loader.__name__}/raw/") for name in source.files)
    elif source.archive:
        listed = [name for name, _ in loader.train_list + loader.test_list] + [loader.meta["filename"]]
        assert source.files == tuple(f"{loader.base_folder}/{name}" for name in listed)
        assert source.archive == loader.filename
    else:
        assert source.files == tuple(loader.split_list[part][1] for part in ("train", "test"))


def test_being_there_is_told_without_reading(folder):
    source = DATASETS["mnist"]
    assert not source.is_there()
    for name in source.files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.gz").touch()
    assert source.is_there()
    assert DATASETS["digits"].is_there()
