"""A set in the making: classes, pictures that come and go, and the data set that it becomes."""

import io
import os
import time

import numpy as np
import pytest
from PIL import Image

from cnnviz.datasets import dataset
from cnnviz.datasets.drafts import Draft, create_draft
from cnnviz.datasets.finishing import Finish
from cnnviz.datasets.folder import data_folder
from cnnviz.datasets.importing import Fitting
from cnnviz.datasets.own import OwnSet, own_sets
from cnnviz.errors import CnnvizError, DatasetError
from cnnviz.images import fit_drawing
from tests.datasets.pictures import picture


@pytest.fixture(autouse=True)
def own(folder):
    """Every test has a data folder of its own."""


def drawing(number: int) -> np.ndarray:
    """A stroke on a pad."""
    pad = np.zeros((64, 64), np.uint8)
    pad[10 + number : 50, 20 : 26 + number] = 255
    return pad


def finished(draft: Draft) -> OwnSet:
    *_, last = Finish(draft.name).steps()
    return OwnSet(last.value)


def full(fitting: Fitting | None = None) -> Draft:
    draft = create_draft("Shapes", ("long", "short"), fitting)
    for number in range(3):
        draft.add(0, drawing(number))
        draft.add(1, drawing(number + 20))
    return draft


def test_drawings_become_a_data_set_fitted_as_those_that_a_network_is_asked_about():
    draft = full(Fitting(size=28))
    kept = finished(draft)
    assert (kept.title, kept.classes, kept.shape) == ("Shapes", ("long", "short"), (1, 28, 28))
    images, _ = dataset(kept.name).read()
    assert images.labels.tolist() == [0, 0, 0, 1, 1, 1]
    for index, number in enumerate((0, 1, 2, 20, 21, 22)):
        assert np.abs(images.images[index] / 255 - fit_drawing(drawing(number), (1, 28, 28)).values).max() < 1 / 255
    split = kept.split(0)
    assert [len(split.part(part)) for part in ("train", "validation", "test")] == [2, 2, 2]
    with pytest.raises(DatasetError, match="it was finished"):
        Draft(draft.name)


def test_pictures_are_kept_small_and_in_colour_where_one_is():
    draft = create_draft("Photos", ("a", "b"), Fitting(size=16))
    for label in (0, 1):
        for number in range(3):
            draft.add(label, picture(number, (500, 400), colour=label == 1))
    assert max(draft.pixels(draft.pictures()[0].name).shape) == 256
    assert finished(draft).shape == (3, 16, 16)


def test_pictures_come_and_go():
    draft = full()
    assert draft.counts() == [3, 3]
    first, second, *_ = Draft(draft.name).pictures()
    assert (first.label, first.kind, second.label) == (0, "drawing", 1)
    assert (draft.pixels(first.name) == drawing(0)).all()
    for _ in range(2):
        draft.remove(first.name)
    assert draft.counts() == [2, 3]
    with pytest.raises(DatasetError, match="is not there any more"):
        draft.pixels(first.name)
    with pytest.raises(DatasetError, match=r"^long needs 1 more picture\.$"):
        finished(draft)
    assert Draft(draft.name).counts() == [2, 3]
    assert not own_sets()


def test_a_removed_picture_is_brought_back_where_it_was(monkeypatch):
    draft = full()
    before = draft.pictures()
    for added in before[:2]:
        draft.remove(added.name)
    for _ in range(2):  # the second time it is there
        draft.bring_back(before[0].name)
    assert draft.pictures() == [before[0], *before[2:]]
    assert (draft.pixels(before[0].name) == drawing(0)).all()
    with pytest.raises(DatasetError, match="names no picture"):
        draft.bring_back("../draft")
    monkeypatch.setattr("cnnviz.datasets.drafts._UNDONE", 1)
    draft.remove(before[2].name)  # of those that are kept the only one now
    with pytest.raises(DatasetError, match="cannot be brought back"):
        draft.bring_back(before[1].name)
    draft.bring_back(before[2].name)
    draft.change(draft.title, (*draft.classes, "more"), draft.fitting)
    draft.remove(before[2].name)
    draft.drop_class(0)  # after which its name would be another class's
    with pytest.raises(DatasetError, match="cannot be brought back"):
        draft.bring_back(before[2].name)


def test_one_that_is_full_takes_no_picture_back(monkeypatch):
    draft = full()
    gone, *left = draft.pictures()
    draft.remove(gone.name)
    monkeypatch.setattr("cnnviz.datasets.drafts.MOST", len(left))
    with pytest.raises(DatasetError, match="all there is room for"):
        draft.bring_back(gone.name)


def test_pictures_of_one_moment_are_all_kept(monkeypatch):
    """Some clocks stand still for milliseconds."""
    monkeypatch.setattr("time.time_ns", lambda: 5)
    draft = create_draft("Quick", ("a", "b"))
    names = [draft.add(0, drawing(number)).name for number in range(3)]
    assert [added.name for added in draft.pictures()] == names
    assert (draft.pixels(names[2]) == drawing(2)).all()


def test_what_is_no_picture_or_class_is_refused_and_costs_nothing():
    draft = full()
    wrong: tuple[object, ...] = (b"none", np.zeros((9, 9), np.uint8), np.zeros((3, 3, 4), np.uint8), drawing(0) / 255)
    for given in (*wrong, np.ones((600, 2), np.uint8)):
        with pytest.raises(CnnvizError):
            draft.add(0, given)
    for label in (-1, 2):
        with pytest.raises(DatasetError, match="There is no class"):
            draft.add(label, drawing(0))
    assert draft.counts() == [3, 3]


def test_there_is_room_for_so_many(monkeypatch):
    monkeypatch.setattr("cnnviz.datasets.drafts.MOST", 6)
    with pytest.raises(DatasetError, match="has 6 pictures, which is all there is room for"):
        full().add(0, drawing(1))


@pytest.mark.parametrize("classes", [(), ("a",), ("a", "a"), ("a", " a "), ("a", ""), ("a", "x" * 61)])
def test_classes_that_are_none_are_refused(classes):
    with pytest.raises(DatasetError, match="A set needs 2 to 1000 classes"):
        create_draft("Mine", classes)
    with pytest.raises(DatasetError, match="a name of 1 to 60 letters"):
        create_draft(" ", ("a", "b"))


@pytest.mark.parametrize("name", ["draft_../../x", "", "../draft_23456789abcd", "draft_23456789abcd/.."])
def test_a_name_from_outside_is_never_a_path(name):
    with pytest.raises(DatasetError, match="names no set in the making"):
        Draft(name)
    for picture_name in (name, "../draft.json", "0" * 20 + "-0-drawing/../../x"):
        for ask in (full().pixels, full().remove):
            with pytest.raises(DatasetError, match="names no picture"):
                ask(picture_name)


def test_every_file_is_whole_and_a_damaged_one_is_named(folder):
    draft = full()
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]
    name = draft.pictures()[0].name
    (draft.path / f"{name}.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(DatasetError, match=f"The picture {name} is damaged"):
        finished(draft)
    with io.BytesIO() as file:
        np.save(file, np.array([{"a": 1}]), allow_pickle=True)
        (draft.path / f"{name}.npy").write_bytes(file.getvalue())
    with pytest.raises(DatasetError, match="is damaged"):
        draft.pixels(name)
    draft.remove(name)
    (draft.path / "draft.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"draft\.json of .* is damaged"):
        Draft(draft.name)


def test_one_left_alone_is_removed_after_a_month_and_one_can_be_discarded():
    old, new, unwanted = full(), full(), full()
    unwanted.discard()
    then = time.time() - 31 * 86_400
    os.utime(old.path, (then, then))
    create_draft("Another", ("a", "b"))
    assert new.path.exists()
    assert not old.path.exists()
    assert len(list((data_folder() / "drafts").iterdir())) == 2


def test_a_transparent_picture_is_laid_over_what_it_stands_out_from():
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(file, "PNG")
    draft = create_draft("Mine", ("a", "b"))
    for label in (0, 0, 0, 1, 1, 1):
        draft.add(label, file.getvalue())
    assert finished(draft).shape == (1, 32, 32)


def test_photographs_come_as_pixels():
    draft = create_draft("Faces", ("me", "you"), Fitting(size=8))
    pixels = np.random.default_rng(0).integers(0, 256, (6, 12, 12, 3), np.uint8)
    for number, photograph in enumerate(pixels):
        assert draft.add(number % 2, photograph).kind == "picture"
    assert (draft.pixels(draft.pictures()[3].name) == pixels[3]).all()
    kept = finished(draft)
    assert (kept.shape, kept.source.split(" on ")[0]) == ((3, 8, 8), "Made of pictures")


def test_what_is_missing_is_said_for_every_class():
    draft = create_draft("Shapes", ("long", "short"))
    assert draft.missing() == ["long needs 3 more pictures.", "short needs 3 more pictures."]
    for number in range(2):
        draft.add(0, drawing(number))
    assert draft.missing()[0] == "long needs 1 more picture."
    assert full().missing() == []


def test_title_names_and_size_can_be_changed_and_classes_come():
    draft = full()
    draft.change(" Strokes ", ("long ones", "short", "none"), Fitting(size=16))
    again = Draft(draft.name)
    for one in (draft, again):
        assert (one.title, one.classes, one.fitting) == ("Strokes", ("long ones", "short", "none"), Fitting(size=16))
    assert again.counts() == [3, 3, 0]
    for wrong in (("a", "b"), ("a", "b", "b"), ("a", "b", " ")):
        with pytest.raises(DatasetError):
            again.change("Strokes", wrong, Fitting())
    assert Draft(draft.name).classes == ("long ones", "short", "none")


def test_a_class_goes_with_its_pictures_and_no_other():
    draft = full()
    draft.change(draft.title, ("long", "short", "dots"), draft.fitting)
    dots = [drawing(number + 7) for number in range(2)]
    for dot in dots:
        draft.add(2, dot)
    draft.drop_class(0)
    draft = Draft(draft.name)
    assert (draft.classes, draft.counts()) == (("short", "dots"), [3, 2])
    last = [draft.pixels(one.name) for one in draft.pictures() if one.label == 1]
    assert all((was == now).all() for was, now in zip(dots, last, strict=True))
    for label in (0, 2):
        with pytest.raises(DatasetError):
            draft.drop_class(label)


def test_it_belongs_to_who_began_it_and_so_does_the_set():
    assert full().owner is None
    draft = create_draft("Mine", ("a", "b"), owner="a" * 64)
    for label in (0, 0, 0, 1, 1, 1):
        draft.add(label, drawing(label))
    assert finished(draft).owner == "a" * 64
