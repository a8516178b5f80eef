"""What a page shows of a set, against loops and against what a training gets."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cnnviz.datasets import DATASETS, Preparation, dataset
from cnnviz.datasets.base import ByteImages
from cnnviz.datasets.own import keep_set
from cnnviz.datasets.shown import Glance, Means, ShowMeans, ShowSet, first_of_each
from cnnviz.errors import DatasetError

RNG = np.random.default_rng(2)
LABELS = np.array([2, 0, 0, 2, 2, 0, 2, 0, 0])
SOME = Preparation(size=4, balance=True, fraction=0.5, label_noise=0.3)


def result(job):
    *_, last = job.steps()
    assert last.share == 1
    return last.value


def test_the_first_of_each_class_in_their_order():
    assert first_of_each(LABELS, 3, 3).tolist() == [[1, 2, 5], [-1, -1, -1], [0, 3, 4]]
    assert first_of_each(LABELS, 3, 3, skip=3).tolist() == [[7, 8, -1], [-1, -1, -1], [6, -1, -1]]


def test_mean_images_are_those_of_each_class_and_of_all():
    pixels = RNG.random((len(LABELS), 3, 4, 5), np.float32)
    means = Means(3, (3, 4, 5))
    for some in (slice(0, 4), slice(4, 9)):
        means.add(pixels[some], LABELS[some])
    images = means.images()
    assert (images.shape, images.dtype) == ((4, 3, 4, 5), np.float32)
    for label in (0, 2):
        assert np.abs(images[label] - sum(pixels[label == LABELS]) / (label == LABELS).sum()).max() < 1e-6
    assert not images[1].any()
    assert np.abs(images[3] - sum(pixels) / 9).max() < 1e-6
    fewer = Means(1, (3, 4, 5))
    fewer.add(pixels, LABELS)
    assert np.allclose(fewer.images(), images[[0, 3]], atol=1e-6)


@pytest.mark.parametrize("preparation", [Preparation(), SOME, Preparation(colour="colour")])
@pytest.mark.parametrize("name", ["digits", "mnist", "cifar10"])
def test_the_examples_are_images_as_a_training_gets_them(name, preparation):
    seen: Glance = result(ShowSet(name, preparation, each=5))
    split = dataset(name).split(0, None, preparation)
    assert seen.classes == split.classes
    assert seen.shape == DATASETS[name].shape
    for part in ("train", "validation", "test"):
        plain = dataset(name).split(0, None, Preparation(**{**preparation.to_record(), "label_noise": 0.0})).part(part)
        assert seen.counts[part].tolist() == np.bincount(plain.labels, minlength=10).tolist()
    right = dataset(name).split(0, None, Preparation(**{**preparation.to_record(), "label_noise": 0.0})).train.labels
    for label, row in enumerate(seen.rows):
        members = np.flatnonzero(split.train.labels == label)[:5]
        assert seen.numbers[row[row >= 0]].tolist() == members.tolist()
        assert (row >= 0).sum() == len(members)
    assert (seen.images == np.round(split.train.images[seen.numbers] * 255)).all()
    assert (seen.truth == right[seen.numbers]).all()


def test_noise_is_seen():
    plain, noisy = (result(ShowSet("digits", Preparation(input_noise=noise))) for noise in (0.0, 0.2))
    apart = noisy.images / 255 - plain.images / 255
    middle = apart[(plain.images > 100) & (plain.images < 155)]
    assert 0.15 < middle.std() < 0.25


@pytest.mark.parametrize("preparation", [Preparation(), SOME, Preparation(colour="colour", fraction=0.3)])
@pytest.mark.parametrize("name", ["digits", "cifar10"])
def test_the_means_are_those_of_the_images_of_a_training(name, preparation, monkeypatch):
    monkeypatch.setattr("cnnviz.datasets.shown._CHUNK", 5_000)
    means = result(ShowMeans(name, preparation))
    train = dataset(name).split(0, None, preparation).train
    assert means.shape == (11, *train.images.shape[1:])
    for label in range(10):
        assert np.abs(means[label] - 255 * train.images[train.labels == label].mean(axis=0)).max() < 0.51
    assert np.abs(means[-1] - 255 * train.images.mean(axis=0)).max() < 0.51


def test_of_many_classes_the_first_are_shown(folder):
    labels = np.repeat(np.arange(7), 4)
    kept = keep_set(
        ByteImages(RNG.integers(0, 256, (28, 1, 3, 3), np.uint8), labels),
        list("abcdefg"),
        {"title": "Many", "source": "", "rule": ""},
    )
    seen = result(ShowSet(kept.name, Preparation(), rows=3))
    assert seen.rows.shape[0] == 3
    assert len(seen.counts["train"]) == 7
    assert result(ShowMeans(kept.name, Preparation(), rows=3)).shape == (4, 1, 3, 3)


def test_a_set_that_two_ask_for_at_once_is_read_once(monkeypatch):
    reads, source, second = [], dataset("digits"), threading.Event()

    def read():
        if reads:
            second.set()
        reads.append(1)
        second.wait(0.2)  # for another that reads at the same time, which must not come
        return type(source).read(source)

    monkeypatch.setattr(source, "read", read, raising=False)
    result(ShowSet("mnist", Preparation()))  # so that digits are not at hand
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(result, [ShowSet("digits", Preparation()), ShowMeans("digits", Preparation())]))
    assert len(reads) == 1


def test_of_large_images_fewer_are_shown_but_one_of_each_class(monkeypatch):
    monkeypatch.setattr("cnnviz.datasets.shown._MOST", 10 * 3 * 32 * 32 * 4)
    assert result(ShowSet("digits", Preparation(size=32, colour="colour"))).rows.shape == (10, 4)
    assert result(ShowSet("digits", Preparation(size=64, colour="colour"))).rows.shape == (10, 1)
    assert result(ShowSet("digits", Preparation())).rows.shape == (10, 12)


def test_what_is_not_there_is_said(folder):
    for job in (ShowSet("svhn", Preparation()), ShowMeans("kmnist", Preparation())):
        with pytest.raises(DatasetError, match="is not there"):
            result(job)
