import numpy as np
import pytest

from cnnviz.datasets import Dataset, Images, dataset, find_image, image_index
from cnnviz.errors import DatasetError


class Numbered(Dataset):
    """Every image is filled with its own number, so that it can be told where it went."""

    name = "numbered"
    title = "Numbered"
    classes = ("zero", "one", "two")
    shape = (1, 2, 2)
    source = "made here"
    licence = "none"

    def __init__(self, counts: tuple[int, ...], test: int | None = None) -> None:
        labels = np.repeat(np.arange(3), counts).astype(np.int64)
        self.everything = self._images(np.arange(len(labels)), labels)
        self.given = None if test is None else self._images(np.arange(5_000, 5_000 + test), np.arange(test) % 3)

    @staticmethod
    def _images(numbers: np.ndarray, labels: np.ndarray) -> Images:
        pixels = np.broadcast_to(numbers[:, None, None, None] / 10_000, (len(numbers), 1, 2, 2)).astype(np.float32)
        return Images(pixels, labels.astype(np.int64))

    def read(self) -> tuple[Images, Images | None]:
        return self.everything, self.given


def numbers(images: Images) -> list[int]:
    return [round(float(image.flat[0]) * 10_000) for image in images.images]


def test_uneven_classes_are_each_split_by_the_same_shares():
    split = Numbered((10, 100, 1000)).split(0)
    counts = {part: np.bincount(split.part(part).labels).tolist() for part in ("train", "validation", "test")}
    assert counts == {"train": [7, 70, 700], "validation": [1, 10, 100], "test": [2, 20, 200]}


def test_no_image_is_in_two_parts():
    split = Numbered((13, 57, 111)).split(7)
    parts = [set(numbers(split.part(part))) for part in ("train", "validation", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 181


def test_labels_stay_with_their_images():
    source = Numbered((20, 30, 40))
    split = source.split(2)
    for part in ("train", "validation", "test"):
        for number, label in zip(numbers(split.part(part)), split.part(part).labels, strict=True):
            assert source.everything.labels[number] == label


def test_a_test_part_of_the_source_is_taken_as_it_is_and_a_tenth_of_the_rest_validates():
    source = Numbered((50, 50, 50), test=9)
    split = source.split(0)
    assert numbers(split.test) == list(range(5_000, 5_009))
    assert np.bincount(split.validation.labels).tolist() == [5, 5, 5]
    assert np.bincount(split.train.labels).tolist() == [45, 45, 45]


def test_a_task_of_some_classes_counts_labels_from_0_in_every_part():
    split = Numbered((50, 50, 50), test=9).split(0, ["two", "zero"])
    assert split.classes == ("zero", "two")
    assert numbers(split.test) == [5_000, 5_002, 5_003, 5_005, 5_006, 5_008]
    assert split.test.labels.tolist() == [0, 1, 0, 1, 0, 1]
    for number, label in zip(numbers(split.train), split.train.labels, strict=True):
        assert (number < 50) == (label == 0)
        assert not 50 <= number < 100


def test_a_class_named_twice_counts_once():
    assert Numbered((5, 5, 5)).split(0, ["one", "zero", "one"]).classes == ("zero", "one")


def test_an_unknown_part_is_answered_with_the_known_ones():
    with pytest.raises(DatasetError, match="no part 'tset'; choose from train, validation, test"):
        Numbered((5, 5, 5)).split(0).part("tset")


# an image by its name


def test_an_image_is_found_by_part_and_number():
    split = Numbered((50, 50, 50)).split(0)
    for name, part in (("validation-0", split.validation), ("train-7", split.train)):
        image, label = find_image(split, name)
        index = int(name.split("-")[1])
        assert (image == part.images[index]).all()
        assert label == part.labels[index]
        assert type(label) is int


def test_the_name_of_an_image_says_part_and_number():
    assert image_index("validation-12") == ("validation", 12)
    assert image_index("test-0") == ("test", 0)


@pytest.mark.parametrize(
    "name",
    [
        *("", "-", "12", "validation", "validation-", "validation--1", "validation-1.5", "validation-x", "valid-3"),
        *("../run-1", "validation-²", "validation-١", "validation-+1", "validation- 1", "validation-" + "9" * 5000),
    ],
)
def test_what_names_no_image_is_refused_with_an_example(name):
    with pytest.raises(DatasetError, match="names no image; write a part and a number, as in validation-12"):
        image_index(name)


def test_an_image_beyond_the_last_is_refused_with_the_range():
    split = Numbered((50, 50, 50)).split(0)
    with pytest.raises(DatasetError, match="no image validation-15; the validation part has 15, from 0 to 14"):
        find_image(split, "validation-15")
    assert find_image(split, "validation-14")


def test_an_image_of_the_test_part_is_not_shown():
    with pytest.raises(DatasetError, match="test-0 is of the test part, which only evaluating looks at"):
        find_image(dataset("digits").split(0), "test-0")
