"""What is done to a set before training, against loops and by hand."""

from collections import Counter

import numpy as np
import pytest

from cnnviz.datasets import ByteImages, Dataset, Images, Preparation, dataset, split_of
from cnnviz.errors import SettingError

PARTS = ("train", "validation", "test")


class Uneven(Dataset):
    """Random images of 6x4 in colour, of classes of very different sizes; image n has n in a corner."""

    name, title, classes, shape, source, licence = "uneven", "Uneven", ("a", "b", "c"), (3, 6, 4), "here", "none"

    def __init__(self, counts: tuple[int, ...] = (200, 60, 90), test: bool = False) -> None:
        rng = np.random.default_rng(3)
        labels = np.repeat(np.arange(3), counts).astype(np.int64)
        pixels = rng.integers(0, 256, (len(labels), 3, 6, 4), np.uint8)
        self.all, self.test = ByteImages(pixels, labels), ByteImages(pixels[::7], labels[::7]) if test else None

    def read(self) -> tuple[ByteImages, ByteImages | None]:
        return self.all, self.test


def rows(images: Images) -> list[bytes]:
    return [image.tobytes() + bytes([label]) for image, label in zip(images.images, images.labels, strict=True)]


SOURCES = pytest.mark.parametrize("source", [Uneven(), Uneven(test=True)], ids=["no test part", "test part"])


@SOURCES
def test_nothing_is_done_by_default(source):
    for part in PARTS:
        assert rows(source.split(1).part(part)) == rows(source.split(1, None, Preparation()).part(part))
    assert Preparation().shape((3, 6, 4)) == (3, 6, 4)


@SOURCES
@pytest.mark.parametrize("classes", [None, ("a", "c")])
@pytest.mark.parametrize(
    "settings", [{}, {"balance": True}, {"fraction": 0.3}, {"balance": True, "fraction": 0.1, "label_noise": 0.5}]
)
def test_sizes_are_those_of_the_split(source, classes, settings):
    preparation = Preparation(**settings)
    split = source.split(5, classes, preparation)
    assert source.sizes(classes, preparation) == {part: len(split.part(part)) for part in PARTS}
    if not preparation.label_noise:
        for part, counts in source.counts(classes, preparation).items():
            assert counts.tolist() == np.bincount(split.part(part).labels, minlength=len(split.classes)).tolist()


@SOURCES
def test_balance_leaves_every_class_as_many_as_the_rarest_in_every_part(source):
    whole, balanced = source.split(2), source.split(2, None, Preparation(balance=True))
    for part in PARTS:
        fewest = min(Counter(whole.part(part).labels.tolist()).values())
        assert Counter(balanced.part(part).labels.tolist()) == dict.fromkeys(range(3), fewest)
        kept = set(rows(balanced.part(part)))
        assert [row for row in rows(whole.part(part)) if row in kept] == rows(balanced.part(part)), "in their order"


def test_a_fraction_is_of_every_class_of_the_training_part_alone_and_a_smaller_one_lies_in_a_larger():
    source = Uneven()
    whole, most, few = (source.split(4, None, Preparation(fraction=share)) for share in (1, 0.5, 0.1))
    assert Counter(few.train.labels.tolist()) == {0: 14, 1: 4, 2: 6}  # of 140, 42 and 63
    assert set(rows(few.train)) < set(rows(most.train)) < set(rows(whole.train))
    for part in ("validation", "test"):
        assert rows(few.part(part)) == rows(whole.part(part))


def test_of_the_smallest_fraction_one_image_of_each_class_is_left():
    split = Uneven().split(0, None, Preparation(fraction=0.001))
    assert sorted(split.train.labels.tolist()) == [0, 1, 2]


def test_label_noise_makes_just_this_share_wrong_in_the_training_part_alone():
    source = Uneven()
    right, noisy = source.split(6), source.split(6, None, Preparation(label_noise=0.4))
    assert (right.train.images == noisy.train.images).all()
    wrong = right.train.labels != noisy.train.labels
    assert wrong.sum() == round(0.4 * len(wrong))
    assert set(noisy.train.labels[wrong].tolist()) == {0, 1, 2}
    for part in ("validation", "test"):
        assert (right.part(part).labels == noisy.part(part).labels).all()
    more = source.split(6, None, Preparation(label_noise=0.8)).train.labels
    assert (more[wrong] == noisy.train.labels[wrong]).all(), "the same are wrong in the same way, and others too"
    assert (source.split(7, None, Preparation(label_noise=0.4)).train.labels != noisy.train.labels).any()


def test_input_noise_is_in_all_parts_the_same_by_the_seed_and_another_in_each():
    source, noise = Uneven((4000, 60, 90)), Preparation(input_noise=0.1)
    plain, noisy, again = source.split(1), source.split(1, None, noise), source.split(1, None, noise)
    for part in PARTS:
        assert rows(noisy.part(part)) == rows(again.part(part))
        values = noisy.part(part).images
        assert (values.min(), values.max()) == (0, 1)
        middle = (plain.part(part).images > 0.45) & (plain.part(part).images < 0.55)  # where nothing is cut off
        assert abs((values - plain.part(part).images)[middle].std() - 0.1) < 0.015
    pairs = [(noisy.part(part).images[0], plain.part(part).images[0]) for part in ("train", "validation", "test")]
    middle = np.all([(image > 0.25) & (image < 0.75) for _, image in pairs], axis=0)  # where nothing is cut off
    drawn = [(with_noise - image)[middle] for with_noise, image in pairs]
    assert len(drawn[0]) > 5
    assert all(np.abs(drawn[i] - drawn[j]).max() > 0.02 for i, j in ((0, 1), (0, 2), (1, 2)))


@pytest.mark.parametrize("size", [2, 3, 12])
def test_a_size_is_reached_by_averages_or_by_repeating(size):
    """By hand: every new pixel covers a part of the old image, which is sampled here very finely."""
    source = Uneven((40, 30, 30))
    plain, sized = source.split(0).test.images, source.split(0, None, Preparation(size=size)).test.images
    assert sized.shape[1:] == (3, size, size) == Preparation(size=size).shape((3, 6, 4))
    fine = plain.repeat(60 // 6, axis=2).repeat(60 // 4, axis=3)  # (N, 3, 60, 60)
    step = 60 // size
    for row in range(size):
        for column in range(size):
            block = fine[:, :, row * step : (row + 1) * step, column * step : (column + 1) * step]
            middle = plain[:, :, row * 6 // size, column * 4 // size]
            expected = block.mean((2, 3)) if size <= 4 else middle
            assert np.abs(sized[:, :, row, column] - expected).max() < 1e-5


def test_grey_is_luma_and_colour_the_same_in_all_channels():
    source = Uneven()
    plain, grey = source.split(0).test.images, source.split(0, None, Preparation(colour="grey")).test.images
    assert grey.shape[1:] == (1, 6, 4)
    assert np.abs(grey[:, 0] - (0.299 * plain[:, 0] + 0.587 * plain[:, 1] + 0.114 * plain[:, 2])).max() < 1e-6
    digits = dataset("digits").split(0, None, Preparation(colour="colour", size=16))
    assert digits.train.images.shape[1:] == (3, 16, 16)
    assert (digits.train.images == dataset("digits").split(0).train.images.repeat(2, 2).repeat(2, 3)).all()


def test_a_set_of_many_images_is_brought_to_a_size_in_pieces():
    source = Uneven((1500, 60, 90))
    everything = source.split(0, None, Preparation(size=3))
    for index in (0, 1023, 1024, len(everything.train) - 1):
        one = Preparation(size=3).pictured(source.split(0).train.images[index : index + 1])
        assert np.abs(everything.train.images[index] - one[0]).max() < 1e-6


def test_a_class_of_three_images_has_one_in_each_part():
    split = Uneven((3, 30, 30)).split(0)
    assert [split.part(part).labels.tolist().count(0) for part in PARTS] == [1, 1, 1]


def test_a_runs_record_says_how_it_is_split():
    record = {"dataset": "digits", "classes": ["3", "8"], "recipe": {"seed": 4}, "preparation": {"fraction": 0.5}}
    split = split_of(record)
    assert split.classes == ("3", "8")
    assert rows(split.train) == rows(dataset("digits").split(4, ["3", "8"], Preparation(fraction=0.5)).train)
    assert len(split_of({**record, "preparation": None}).train) > len(split.train)


def test_out_of_range_is_refused():
    for settings in ({"fraction": 0}, {"size": 10_000}, {"colour": "sepia"}, {"label_noise": 2}, {"balance": 1}):
        with pytest.raises(SettingError):
            Preparation(**settings)
