"""Sets of one's own in the data folder: listed, opened by a name, deleted; nothing else is reached by a name."""

import json

import numpy as np
import pytest

from cnnviz.datasets import ByteImages, dataset
from cnnviz.datasets.own import OwnSet, delete_set, keep_set, own_folder, own_sets
from cnnviz.errors import DatasetError


@pytest.fixture(autouse=True)
def own(folder):
    """Every test has a data folder of its own."""


def small_set(title: str = "Mine") -> OwnSet:
    images = ByteImages(np.zeros((6, 1, 4, 4), np.uint8), np.array([0, 0, 0, 1, 1, 1]))
    return keep_set(images, ("a", "b"), {"title": title, "source": "here", "rule": "none"})


def test_the_newest_is_listed_first_and_a_damaged_one_hides_no_other():
    first, second, third = (small_set(title) for title in ("one", "two", "three"))
    assert list(own_sets()) == [third.name, second.name, first.name]
    (second.path / "facts.json").write_text("{")
    (own_folder() / "something").mkdir()
    assert [one.title for one in own_sets().values()] == ["three", "one"]
    with pytest.raises(DatasetError, match=r"facts.json of .* is damaged"):
        dataset(second.name)


@pytest.mark.parametrize("wrong", [{"format": 2}, {"classes": 3}, {"shape": [1]}, {"created": "x"}])
def test_facts_that_are_none_are_refused(wrong):
    path = small_set().path / "facts.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **wrong}))
    with pytest.raises(DatasetError, match=r"damaged|format 2"):
        dataset(path.parent.name)


def test_a_deleted_set_is_gone():
    kept, other = small_set(), small_set()
    delete_set(kept.name)
    assert list(own_sets()) == [other.name]
    for ask in (delete_set, dataset):
        with pytest.raises(DatasetError, match=f"There is no data set {kept.name}; it may have been deleted"):
            ask(kept.name)
    assert [path.name for path in own_folder().iterdir()] == [other.name]


@pytest.mark.parametrize(
    "name", ["own_../../etc/x", "own_", "../own_abcdefghjkmn", "own_ABCDEFGHJKMN", "own_abcdefghjkmn/"]
)
def test_a_name_from_outside_is_never_a_path(name, tmp_path):
    (tmp_path / "x").mkdir()
    for ask in (dataset, OwnSet, delete_set):
        with pytest.raises(DatasetError, match=r"is unknown|names no data set"):
            ask(name)


def test_names_are_not_guessed():
    assert len({small_set().name for _ in range(20)}) == 20
    assert all(len(name) == len("own_") + 12 for name in own_sets())


def test_what_cannot_be_written_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path / "file"))
    with pytest.raises(DatasetError, match="cannot be written into"):
        small_set()
