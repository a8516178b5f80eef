"""MNIST from its files: plain or packed, and what is said where they are missing or damaged."""

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from platformdirs import user_data_path

from cnnviz.datasets.folder import data_folder
from cnnviz.datasets.mnist import Mnist
from cnnviz.errors import DatasetError
from tests.datasets.idx import idx, write_mnist

COMMAND = "cnnviz data download mnist"
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_it_reads_what_was_written(folder, packed):
    written = write_mnist(folder, packed=packed)
    for part, images in zip(("train", "t10k"), Mnist().read(), strict=True):
        assert images.images.dtype == np.uint8
        assert (images.images[:, 0] == written[part][0]).all()
        assert images.labels.tolist() == written[part][1].tolist()
    assert [labels.tolist() for labels in Mnist().read_labels()] == [written[part][1].tolist() for part in written]


def test_it_reads_what_torchvision_reads(folder):
    from torchvision.datasets import MNIST

    write_mnist(folder)
    for given_train, images in zip((True, False), Mnist().read(), strict=True):
        theirs = MNIST(str(folder), train=given_train, download=False)
        assert (theirs.data.numpy() == images.images[:, 0]).all()
        assert theirs.targets.tolist() == images.labels.tolist()
        assert [name.split()[0] for name in MNIST.classes] == list(Mnist.classes)


def test_a_split_holds_the_bytes_divided_by_255(folder):
    images, labels = write_mnist(folder)["t10k"]
    split = Mnist().split(0)
    assert split.test.images.dtype == np.float32
    assert split.test.labels.tolist() == labels.tolist()
    for pixel, byte in zip(split.test.images[:5].ravel().tolist(), images[:5].ravel().tolist(), strict=True):
        assert pixel == np.float32(byte / 255)
    assert (len(split.train), len(split.validation)) == (180, 20)


def test_some_classes_of_the_test_part_keep_their_images(folder):
    images, labels = write_mnist(folder)["t10k"]
    split = Mnist().split(0, ["3", "8"])
    chosen = [index for index, label in enumerate(labels) if label in (3, 8)]
    assert np.array_equal(np.round(split.test.images[:, 0] * 255), images[chosen])
    assert split.test.labels.tolist() == [int(labels[index] == 8) for index in chosen]


def test_the_floats_are_held_once(folder):
    write_mnist(folder, {"train": 4_000, "t10k": 10})
    tracemalloc.start()
    split = Mnist().split(0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    floats = sum(split.part(part).images.nbytes for part in ("train", "validation", "test"))
    assert floats == 4_010 * 784 * 4
    assert peak < 1.6 * floats, "the bytes, a part of them, and the floats"


def test_labels_are_read_without_the_images(folder):
    write_mnist(folder)
    for name in ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte"):
        (folder / "MNIST" / "raw" / name).unlink()
    assert Mnist().sizes() == {"train": 180, "validation": 20, "test": 60}


def test_where_both_are_there_the_plain_file_is_read(folder):
    write_mnist(folder)
    (folder / "MNIST" / "raw" / f"{IMAGES}.gz").write_bytes(b"of no use")
    assert len(Mnist().read()[0]) == 200


# where it is looked for


def test_without_a_word_it_is_in_the_users_data_folder(monkeypatch):
    monkeypatch.delenv("CNNVIZ_DATA")
    assert data_folder() == user_data_path("cnnviz", appauthor=False) / "data"
    monkeypatch.setenv("CNNVIZ_DATA", "~/elsewhere")
    assert data_folder() == Path.home() / "elsewhere"


def test_where_it_is_missing_a_sentence_names_the_folder_and_what_would_do(folder):
    for ask in (Mnist().read, Mnist().read_labels, Mnist().sizes, lambda: Mnist().split(0)):
        with pytest.raises(DatasetError) as caught:
            ask()
        sentence = str(caught.value)
        assert sentence.startswith(f"MNIST is not there: {folder / 'MNIST' / 'raw'} has no train-")
        assert COMMAND in sentence
        assert "CNNVIZ_DATA" in sentence


def test_one_missing_file_is_named(folder):
    write_mnist(folder)
    (folder / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DatasetError, match="has no t10k-labels-idx1-ubyte"):
        Mnist().read()


# what is damaged

SMALL = np.zeros((200, 28, 28))
DAMAGES = {
    "empty": (b"", "begins with"),
    "a piece of the header": (idx(SMALL)[:9], "begins with"),
    "an error page": (b"<!DOCTYPE html><html>" * 20, "begins with 3c 21 44 4f, not 00 00 08 03"),
    "other values": (b"\0\0\x0d\x03" + idx(SMALL)[4:], "begins with 00 00 0d 03"),
    "labels": (idx(SMALL[:, 0, 0]), "begins with 00 00 08 01"),
    "cut short": (idx(SMALL)[:-1], "says that 156800 bytes follow, and there are fewer"),
    "too long": (idx(SMALL) + b"\0", "says that 156800 bytes follow, and there are more"),
    "enormous claims": (struct.pack(">4B3I", 0, 0, 8, 3, *[2**32 - 1] * 3) + bytes(99), "there are fewer"),
    "other sizes": (idx(np.zeros((200, 8, 8))), r"do not fit together: there are images of shape \(200, 8, 8\)"),
    "too few": (idx(np.zeros((100, 28, 28))), r"images of shape \(100, 28, 28\) and 200 labels"),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_with_what_is_wrong(folder, damage, packed):
    content, said = DAMAGES[damage]
    write_mnist(folder)
    path = folder / "MNIST" / "raw" / IMAGES
    path.unlink()
    path = path.with_name(f"{IMAGES}.gz") if packed else path
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DatasetError, match=said) as caught:
        Mnist().read()
    sentence = str(caught.value)
    assert str(path.parent) in sentence
    assert "\n" not in sentence
    assert COMMAND in sentence


@pytest.mark.parametrize("keep", [0, 1, 5, 12, 40, 2_000, -1])
def test_a_packed_file_cut_at_any_byte_is_named(folder, keep):
    write_mnist(folder, packed=True)
    path = folder / "MNIST" / "raw" / f"{IMAGES}.gz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DatasetError, match=f"{path.name} is damaged"):
        Mnist().read()


def test_a_packed_file_with_a_flipped_bit_is_named(folder):
    write_mnist(folder, packed=True)
    path = folder / "MNIST" / "raw" / f"{LABELS}.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=f"{path.name} is damaged"):
        Mnist().read_labels()


def test_a_label_that_is_no_digit_is_named(folder):
    write_mnist(folder)
    (folder / "MNIST" / "raw" / LABELS).write_bytes(idx(np.full(200, 12)))
    with pytest.raises(DatasetError, match=f"{LABELS} is damaged: it holds the label 12, beyond 9"):
        Mnist().read()


def test_a_folder_that_cannot_be_read_is_a_sentence(folder):
    write_mnist(folder)
    path = folder / "MNIST" / "raw" / LABELS
    path.unlink()
    path.mkdir()
    with pytest.raises(DatasetError, match=f"has no {LABELS}"):
        Mnist().read()
