"""What every data set must hold; a new one is tested by being listed."""

import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from cnnviz.datasets import DATASETS, Dataset, Images, dataset
from cnnviz.errors import DatasetError

PARTS = ("train", "validation", "test")

every_dataset = pytest.mark.parametrize("source", DATASETS.values(), ids=list(DATASETS))


def everything_of(source: Dataset) -> tuple[Images, Images | None]:
    """All that it reads, as floats."""
    given, test = source.read()
    return given.take(np.arange(len(given))), test if test is None else test.take(np.arange(len(test)))


def rows(images: Images) -> list[bytes]:
    return [image.tobytes() + bytes([label]) for image, label in zip(images.images, images.labels, strict=True)]


def per_class(images: Images) -> Counter[int]:
    """Images by label, counted one by one."""
    counts: Counter[int] = Counter()
    for label in images.labels:
        counts[int(label)] += 1
    return counts


@every_dataset
def test_it_is_found_by_its_name_and_tells_of_itself(source):
    assert dataset(source.name) is source
    assert re.fullmatch(r"[a-z][a-z0-9_]*", source.name), "a name for addresses and the command line"
    assert source.title
    assert source.source
    assert source.licence
    assert len(source.shape) == 3
    assert len(set(source.classes)) == len(source.classes) >= 2
    assert all(isinstance(name, str) and name for name in source.classes)


@every_dataset
def test_images_are_floats_from_0_to_1_of_the_shape_it_says(source):
    for images in [images for images in everything_of(source) if images is not None]:
        assert images.images.dtype == np.float32
        assert images.images.shape == (len(images), *source.shape)
        assert np.isfinite(images.images).all()
        assert images.images.min() >= 0
        assert images.images.max() <= 1
        assert images.images.max() > 0.5, "not still to be divided"
        assert images.labels.dtype == np.int64
        assert set(images.labels.tolist()) == set(range(len(source.classes)))


@every_dataset
def test_a_split_is_floats_however_the_images_are_stored(source):
    split = source.split(0)
    for part in PARTS:
        assert split.part(part).images.dtype == np.float32
        assert split.part(part).images.shape == (len(split.part(part)), *source.shape)
        assert split.part(part).labels.dtype == np.int64


@every_dataset
def test_labels_alone_are_those_of_the_images(source):
    for labels, images in zip(source.read_labels(), source.read(), strict=True):
        assert labels is images is None or labels.tolist() == images.labels.tolist()


@every_dataset
def test_what_was_read_cannot_be_changed_by_who_reads_it(source):
    before = rows(everything_of(source)[0])
    for values in (source.read()[0].images, source.read()[0].labels):
        try:
            values[:] = 0
        except ValueError:
            continue  # refused is well too
    assert rows(everything_of(source)[0]) == before


@every_dataset
def test_a_split_is_the_same_by_its_seed_and_another_by_another(source):
    first, again, other = source.split(3), source.split(3), source.split(4)
    for part in PARTS:
        assert rows(first.part(part)) == rows(again.part(part))
    assert rows(first.train) != rows(other.train)
    assert rows(first.validation) != rows(other.validation)


@every_dataset
def test_the_parts_are_disjoint_and_leave_nothing_out(source):
    given, test = everything_of(source)
    split = source.split(0)
    everything = Counter(rows(given)) + Counter(rows(test) if test is not None else [])
    together = sum((Counter(rows(split.part(part))) for part in PARTS), Counter())
    assert together == everything  # counted, so that an image that the source holds twice is there twice


@every_dataset
def test_every_class_is_split_alike(source):
    given, test = everything_of(source)
    split, total = source.split(1), per_class(given)
    shares = {"train": 0.7, "validation": 0.1, "test": 0.2} if test is None else {"train": 0.9, "validation": 0.1}
    for part, share in shares.items():
        counts = per_class(split.part(part))
        for label, count in total.items():
            assert abs(counts[label] - share * count) <= 1, (part, label)
    if test is not None:
        assert rows(split.test) == rows(test)


@every_dataset
def test_it_says_how_large_the_parts_are_without_making_them(source):
    for classes in (None, source.classes[:2]):
        for seed in (0, 7):
            split = source.split(seed, classes)
            assert source.sizes(classes) == {part: len(split.part(part)) for part in PARTS}


@every_dataset
def test_every_part_is_mixed(source):
    split = source.split(0)
    for part in PARTS:
        labels = split.part(part).labels
        assert (np.diff(labels) < 0).sum() > len(labels) / 10, "sorted by class: a first batch would hold one class"


@every_dataset
def test_any_two_classes_make_a_task(source):
    given, _ = everything_of(source)
    count = len(source.classes)
    pairs = [(a, b) for a in range(count) for b in range(count) if a != b][:: max(1, count * (count - 1) // 12)]
    for a, b in pairs:
        names = (source.classes[a], source.classes[b])
        split = source.split(0, names)
        low, high = sorted((a, b))
        assert split.classes == (source.classes[low], source.classes[high]), "in the set's order"
        for label, index in enumerate((low, high)):
            known = {image.tobytes() for image in given.images[given.labels == index]}
            mine = [image.tobytes() for image in split.train.images[split.train.labels == label]]
            assert mine
            assert set(mine) <= known
        assert set(split.train.labels.tolist()) == {0, 1}


@every_dataset
def test_a_task_of_two_classes_takes_the_same_share_of_each(source):
    given, test = source.read()
    if test is not None:
        pytest.skip("the source gives the test part")
    total = per_class(given)
    split = source.split(0, source.classes[:2])
    for label in (0, 1):
        counts = [per_class(split.part(part))[label] for part in PARTS]
        assert sum(counts) == total[label]
        assert all(abs(n - share * total[label]) <= 1 for n, share in zip(counts, (0.7, 0.1, 0.2), strict=True))


@every_dataset
def test_a_class_that_is_not_there_is_refused_with_the_ones_that_are(source):
    with pytest.raises(DatasetError, match=re.escape(", ".join(source.classes))) as caught:
        source.split(0, [source.classes[0], "no such class"])
    assert "'no such class'" in str(caught.value)


@every_dataset
def test_fewer_than_two_classes_are_refused(source):
    first = source.classes[0]
    for classes, received in (([], "none"), ([first], first), ([first, first], f"{first}, {first}")):
        with pytest.raises(DatasetError, match=f"two classes or more; received {re.escape(received)}"):
            source.split(0, classes)


@every_dataset
def test_splitting_leaves_the_callers_random_numbers_alone(source):
    np.random.seed(5)  # the old global state, since that is what others may rely on
    expected = np.random.random(3)
    np.random.seed(5)
    source.split(0)
    assert (np.random.random(3) == expected).all()


def test_reading_them_imports_nothing_heavy():
    program = """
import sys
from cnnviz.datasets import DATASETS
for source in DATASETS.values():
    assert len(source.split(0).train) > 0
print(sorted({'torch', 'torchvision', 'sklearn', 'skimage', 'scipy', 'pandas'} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_data_set_is_answered_with_the_known_ones():
    with pytest.raises(DatasetError, match=f"Data set 'mnits' is unknown; choose from {', '.join(DATASETS)}"):
        dataset("mnits")


def test_listed_are_data_sets_under_their_own_names():
    assert list(DATASETS) == [member.name for member in DATASETS.values()]
    assert all(isinstance(member, Dataset) for member in DATASETS.values())
