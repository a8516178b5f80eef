"""Folders and archives of pictures become data sets: what is used, what is left out and why."""

import io
import os
import tracemalloc
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

import cnnviz
from cnnviz.datasets import Preparation, dataset, every_dataset, importing
from cnnviz.datasets.importing import Import, Imported, import_data
from cnnviz.datasets.own import OwnSet, own_folder, own_sets
from cnnviz.errors import DatasetError, SettingError
from cnnviz.images import Picture, decoding
from tests.datasets.pictures import picture, pictures, write_folder, zipped

GOOD = pictures({"cat": 5, "dog": 4})


@pytest.fixture(autouse=True)
def own(folder):
    """Every test has a data folder of its own."""


def imported(source, title="Pets", **fitting) -> Imported:
    return import_data(source, title, **fitting)


def refused(source, title="Pets") -> str:
    """The sentence it is refused with; nothing is kept then."""
    with pytest.raises(DatasetError) as caught:
        import_data(source, title)
    assert not own_sets()
    assert not list(own_folder().glob(".*"))
    return str(caught.value)


# what is used


@pytest.mark.parametrize("kind", ["folder", "archive", "bytes", "archive of the folder"])
def test_a_subfolder_is_a_class_and_every_picture_is_there(kind, tmp_path):
    content = zipped({f"pets/{name}" if "of the folder" in kind else name: file for name, file in GOOD.items()})
    source = content if kind == "bytes" else tmp_path / "pets.zip"
    if kind == "folder":
        source = write_folder(tmp_path / "pets", GOOD)
    elif kind != "bytes":
        source.write_bytes(content)
    result = imported(source)
    assert (result.counts, result.shape, result.left_out) == ({"cat": 5, "dog": 4}, (3, 20, 20), ())
    images, test = dataset(result.dataset).read()
    assert test is None
    assert images.labels.tolist() == [0] * 5 + [1] * 4
    expected = sorted(np.array(Image.open(io.BytesIO(file))).transpose(2, 0, 1).tobytes() for file in GOOD.values())
    assert sorted(one.tobytes() for one in images.images) == expected


def test_it_is_a_data_set_like_others():
    result = imported(zipped(pictures({"10": 10, "9": 20, "B": 10, "a": 10})))
    source = dataset(result.dataset)
    assert source.classes == ("9", "10", "a", "B"), "in natural order"
    assert (source.title, source.is_there(), source.shape) == ("Pets", True, (3, 20, 20))
    split = source.split(0, None, Preparation(balance=True, size=8, colour="grey"))
    assert split.train.images.shape[1:] == (1, 8, 8)
    assert source.sizes() == {"train": 35, "validation": 5, "test": 10}
    assert list(every_dataset())[-1] == result.dataset
    assert cnnviz.import_data is import_data


def test_classes_in_one_natural_place_stay_apart_and_in_order():
    source = dataset(imported(zipped(pictures({"1": 10, "01": 12}))).dataset)
    images, _ = source.read()
    assert source.classes == ("01", "1")
    assert images.labels.tolist() == sorted(images.labels)
    assert np.bincount(images.labels).tolist() == [12, 10]


def test_folders_of_one_name_are_one_class():
    files = {f"{part}/{name}": file for part in ("train", "test") for name, file in GOOD.items()}
    assert imported(zipped(files)).counts == {"cat": 10, "dog": 8}


def test_what_systems_put_into_folders_is_passed_over(tmp_path):
    junk = dict.fromkeys(("cat/.DS_Store", "cat/Thumbs.db", "__MACOSX/cat/._0.png", ".git/config", "desktop.ini"), b"x")
    assert imported(zipped({**GOOD, **junk, "empty/": b""})).left_out == ()
    assert imported(write_folder(tmp_path / "pets", {**GOOD, **junk})).left_out == ()


# size and colour


def test_the_size_is_that_of_most_pictures_else_the_usual_one():
    same = pictures({"a": 4, "b": 4}, size=(28, 28), colour=False)
    assert imported(zipped(same)).shape == (1, 28, 28)
    assert imported(zipped({**same, "a/wide.png": picture(size=(90, 30))})).shape == (3, 28, 28)
    mixed = {f"{name}/{side}.png": picture(side, (side, 9)) for name in "ab" for side in range(40, 44)}
    assert imported(zipped(mixed)).shape == (3, 32, 32)
    large = pictures({"a": 3, "b": 3}, size=(300, 300))
    assert imported(zipped(large)).shape == (3, 32, 32)


@pytest.mark.parametrize(("colour", "channels"), [("grey", 1), ("colour", 3)])
def test_size_and_colour_can_be_chosen(colour, channels):
    result = imported(zipped(GOOD), size=10, colour=colour)
    assert result.shape == (channels, 10, 10)
    images, _ = dataset(result.dataset).read()
    pixels = np.array(Image.open(io.BytesIO(GOOD["cat/0.png"]))).astype(float)
    pixels = pixels.reshape(10, 2, 10, 2, 3).mean((1, 3))
    expected = pixels @ (0.299, 0.587, 0.114) if channels == 1 else pixels.transpose(2, 0, 1)
    assert np.abs(images.images[0] - expected).max() <= 1
    with pytest.raises(SettingError):
        imported(zipped(GOOD), size=1000)


def test_a_picture_is_fitted_whole():
    """A black stripe on white, three times as wide as high: nothing is cut off, the rest is as its border."""
    wide = np.full((20, 60), 255, np.uint8)
    wide[8:12] = 0
    file = io.BytesIO()
    Image.fromarray(wide).save(file, "PNG")
    files = {f"{name}/{number}.png": file.getvalue() for name in "ab" for number in range(3)}
    images, _ = dataset(imported(zipped(files), size=30).dataset).read()
    dark = images.images[0, 0] < 128
    assert dark.any(axis=1).sum() == 2
    assert dark.any(axis=0).all()


# what is left out


def broken(files: dict[str, bytes]) -> dict[str, bytes]:
    return {
        **files,
        "cat/cut.png": picture(1)[:200],
        "cat/notes.txt": b"a cat",
        "cat/empty.png": b"",
        "cat/more.zip": zipped(GOOD),
        "cat/large.png": picture(2) + bytes(21 * 1024**2),
        "loose.png": picture(3),
        "rare/0.png": picture(4),
        f"{'x' * 61}/0.png": picture(5),
        "\x1b[31m/0.png": picture(6),
    }


REASONS = {
    "cat/cut.png": "it is damaged or cut short; save or copy it again",
    "cat/notes.txt": "it is no picture that can be read here; choose a PNG, JPEG, GIF, BMP, WebP or TIFF file",
    "cat/empty.png": "it is empty",
    "cat/more.zip": "it is an archive in the archive; unpack it first",
    "cat/large.png": "it has over 20 MB",
    "loose.png": "it lies in no folder named by a class",
    "rare/0.png": "its class has fewer than 3 pictures",
    f"{'x' * 61}/0.png": "its folder's name is no name for a class, which has 1 to 60 letters",
    "?[31m/0.png": "its folder's name is no name for a class, which has 1 to 60 letters",
}


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_the_good_files_are_used_and_the_others_named_with_the_reason(kind, tmp_path):
    files = broken(GOOD)
    result = imported(zipped(files) if kind == "archive" else write_folder(tmp_path / "pets", files))
    assert result.counts == {"cat": 5, "dog": 4}
    assert dict(result.left_out) == REASONS
    assert result.sentence().startswith(f"9 pictures of 2 classes are the data set {result.dataset}; 9 files are left")
    kept = OwnSet(result.dataset)
    assert (dict(kept.left_out), kept.left_out_count) == (REASONS, 9)


def test_links_in_a_folder_are_not_followed(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture(9))
    root = write_folder(tmp_path / "pets", GOOD)
    (root / "cat" / "link.png").symlink_to(secret)
    (root / "elsewhere").symlink_to(tmp_path / "pets" / "dog", target_is_directory=True)
    os.mkfifo(root / "cat" / "pipe.png")
    result = imported(root)
    assert result.counts == {"cat": 5, "dog": 4}
    assert dict(result.left_out) == dict.fromkeys(("cat/link.png", "cat/pipe.png"), "it is a link, or no file")


def test_one_sentence_tells_what_became_of_the_files():
    assert imported(zipped(GOOD)).sentence().endswith(".")
    one = imported(zipped({**GOOD, "cat/x.txt": b"x"}))
    assert one.sentence().endswith("; left out is cat/x.txt: " + REASONS["cat/notes.txt"] + ".")


@pytest.fixture
def fragile(monkeypatch, tmp_path) -> None:
    """A reader that dies of a file with the word abort."""
    script = tmp_path / "reader.py"
    real = Path(decoding.__file__).parent
    script.write_text(
        "import os, sys\n"
        f"sys.path.insert(0, {str(real)!r})\n"
        "import decoding\n"
        "real = decoding.answer\n"
        "decoding.answer = lambda content, largest: os.abort() if content == b'abort' else real(content, largest)\n"
        "decoding.main()\n"
    )
    monkeypatch.setattr(decoding, "__file__", str(script))


@pytest.mark.usefixtures("fragile")
def test_a_file_that_crashes_its_reader_costs_itself_alone():
    result = imported(zipped({**GOOD, "cat/evil.png": b"abort"}))
    assert result.counts == {"cat": 5, "dog": 4}
    assert dict(result.left_out) == {"cat/evil.png": "it is damaged, or takes too long to be read; save it anew as PNG"}


@pytest.mark.usefixtures("fragile")
def test_after_many_such_files_it_is_given_up(monkeypatch):
    monkeypatch.setattr(importing, "_ENDED", 2)
    assert "Over 2 files are damaged" in refused(zipped({f"cat/{number}.png": b"abort" for number in range(9)} | GOOD))


# what is refused


def test_without_two_classes_of_pictures_it_is_refused(tmp_path):
    need = "A data set needs 3 pictures or more in each of two folders or more, named by their classes; found were "
    assert refused(zipped(pictures({"cat": 9}))) == f"{need}only those of cat."
    assert refused(zipped({})) == f"{need}none."
    assert refused(zipped({"0.png": picture()})).startswith(f"{need}none (1 file is left out: it lies in no folder")
    assert refused(zipped(dict.fromkeys(("a/1.txt", "b/1.txt"), b"x"))).startswith(
        f"{need}none (2 files are left out, each as it is no picture"
    )
    assert refused(zipped(pictures({"a": 3, "b": 2}))).startswith(f"{need}only those of a (2 files")
    (tmp_path / "nothing").mkdir()
    assert refused(tmp_path / "nothing") == f"{need}none."


def test_what_is_no_folder_or_archive_is_refused(tmp_path):
    assert refused(tmp_path / "none") == f"There is no folder or ZIP archive {tmp_path / 'none'}."
    (tmp_path / "a.zip").write_bytes(picture())
    assert (
        refused(tmp_path / "a.zip") == "a.zip is no ZIP archive, or cut short; choose a .zip with one folder a class."
    )
    assert refused(b"").startswith("The archive is no ZIP archive")


@pytest.mark.parametrize("title", ["", "  ", "x" * 61, "a\x1bb"])
def test_a_name_that_is_none_is_refused(title):
    assert "a name of 1 to 60 letters" in refused(zipped(GOOD), title)


def test_too_many_classes_or_too_much_are_refused(monkeypatch):
    monkeypatch.setattr(importing, "MOST_CLASSES", 3)
    assert "There are 4 folders with files; up to 3" in refused(zipped(pictures(dict.fromkeys("abcd", 1))))
    monkeypatch.setattr(importing, "MOST_BYTES", 9 * 1200 - 1)
    assert "choose a smaller size, or grey" in refused(zipped(GOOD))
    assert imported(zipped(GOOD), colour="grey").counts


# as a job


def test_it_can_be_ended_at_any_step_and_leaves_nothing():
    before = psutil.Process().children()
    for count in (0, 1, 5, 9):
        steps = Import(zipped(GOOD), "Pets").steps()
        for _ in range(count):
            next(steps)
        steps.close()
        assert psutil.Process().children() == before
    assert not own_sets()


def test_its_images_are_never_all_in_memory(monkeypatch):
    count, size = 300, 64
    one = Picture(np.full((size, size, 3), 7, np.uint8), (size, size))
    monkeypatch.setattr(importing, "_read", lambda *_: iter_of(one))
    files = zipped({f"{label}/{number}.png": b"-" for label in "ab" for number in range(count // 2)})
    tracemalloc.start()
    try:
        found = imported(files, size=size, colour="colour")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.counts == {"a": count // 2, "b": count // 2}
    assert most < count * size * size * 3 / 2


def iter_of(picture):
    """What `_read` is: a generator that ends with a picture."""
    yield from ()
    return picture


def test_it_says_how_far_it_is():
    shares = [progress.share for progress in Import(zipped(GOOD), "Pets").steps()]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert len(shares) >= len(GOOD)
