"""Drawings and uploads are kept whole, found by their name alone, and gone in time."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import ImageError
from cnnviz.images import Gallery

VALUES = np.arange(12, dtype=np.float32).reshape(1, 3, 4) / 12
GONE = "This drawing is gone: it was deleted, or is older than 7 days."
NEVER = "drawing-" + "a" * 22


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    return Gallery(tmp_path / "more" / ".images")


def refused(gallery: Gallery, name: str) -> str:
    with pytest.raises(ImageError) as error:
        gallery.find(name)
    return str(error.value)


def age(gallery: Gallery, name: str, days: float) -> None:
    """Make a file as old as this."""
    then = time.time() - days * 86_400
    os.utime(gallery.folder / f"{name}.safetensors", (then, then))


@pytest.mark.parametrize("values", [VALUES, (VALUES * 255).astype(np.uint8), np.zeros((3, 64, 64), np.float32)])
def test_what_was_kept_is_found(gallery: Gallery, values: np.ndarray) -> None:
    preview = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    name = gallery.keep("upload", values, preview, {"rule": "made grey – ä", "size": [240, 180], "of": None})
    kept = gallery.find(name)
    np.testing.assert_array_equal(kept.values, values)
    np.testing.assert_array_equal(kept.preview, preview)
    assert (kept.values.dtype, kept.preview.dtype) == (values.dtype, np.uint8)
    assert kept.meta == {"rule": "made grey – ä", "size": [240, 180], "of": None}


def test_only_the_values_need_be_given(gallery: Gallery) -> None:
    kept = gallery.find(gallery.keep("drawing", VALUES[:, ::-1]))  # not in one piece in memory
    np.testing.assert_array_equal(kept.values, VALUES[:, ::-1])
    assert (kept.preview.shape, kept.meta) == ((0, 0), {})


def test_a_name_says_its_kind_and_cannot_be_guessed(gallery: Gallery) -> None:
    names = [gallery.keep(kind, VALUES) for kind in ("drawing", "upload") for _ in range(20)]
    assert len(set(names)) == 40
    for name in names[:20]:
        assert re.fullmatch(r"drawing-[A-Za-z0-9_-]{22}", name)  # 128 bits
    assert {name[:7] for name in names[20:]} == {"upload-"}


def test_another_gallery_of_the_folder_finds_it_too(gallery: Gallery) -> None:
    name = gallery.keep("drawing", VALUES)
    np.testing.assert_array_equal(Gallery(gallery.folder).find(name).values, VALUES)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps users apart by itself")
def test_other_users_cannot_look(gallery: Gallery) -> None:
    gallery.keep("drawing", VALUES)
    assert gallery.folder.stat().st_mode & 0o077 == 0


# names


@pytest.mark.parametrize(
    "name",
    [
        "",
        "drawing-",
        "drawing-" + "a" * 21,
        "drawing-" + "a" * 23,
        "drawing-" + "a" * 22 + "\n",
        "drawing-" + "ä" * 22,
        "drawing-" + "../" * 7 + "x",
        "drawing-" + "." * 22,
        "picture-" + "a" * 22,
        "../" + NEVER,
        "/etc/passwd",
        "validation-0",
        "drawing-" + "a" * 10_000,
    ],
)
def test_any_other_name_is_none(gallery: Gallery, name: str) -> None:
    gallery.keep("drawing", VALUES)
    assert refused(gallery, name) == f"{name[:40]!r} names no drawing or upload; use a link that was copied here."
    with pytest.raises(ImageError, match="names no drawing or upload"):
        gallery.forget(name)


# gone


def test_one_that_never_was_is_gone_and_makes_no_folder(gallery: Gallery) -> None:
    assert refused(gallery, NEVER) == GONE
    assert not gallery.folder.exists()
    gallery.forget(NEVER)
    gallery.tidy()


def test_forget_deletes_it(gallery: Gallery) -> None:
    name, other = gallery.keep("drawing", VALUES), gallery.keep("drawing", VALUES)
    gallery.forget(name)
    assert refused(gallery, name) == GONE
    gallery.forget(name)
    assert gallery.find(other).values.shape == VALUES.shape
    assert [path.name for path in gallery.folder.iterdir()] == [f"{other}.safetensors"]


def test_an_upload_is_called_one(gallery: Gallery) -> None:
    name = gallery.keep("upload", VALUES)
    gallery.forget(name)
    assert refused(gallery, name) == "This upload is gone: it was deleted, or is older than 7 days."


def test_it_lives_seven_days(gallery: Gallery) -> None:
    old, young = gallery.keep("drawing", VALUES), gallery.keep("drawing", VALUES)
    age(gallery, old, 7.01)
    age(gallery, young, 6.99)
    assert refused(gallery, old) == GONE  # also before anybody tidies
    assert gallery.find(young)
    gallery.tidy()
    assert [path.name for path in gallery.folder.iterdir()] == [f"{young}.safetensors"]
    gallery.tidy(days=6)
    assert list(gallery.folder.iterdir()) == []


def test_tidy_removes_what_a_kill_left_and_nothing_that_is_being_written(gallery: Gallery) -> None:
    name = gallery.keep("drawing", VALUES)
    left, writing = gallery.folder / f".{name}-1", gallery.folder / f".{name}-2"
    left.touch()
    os.utime(left, (time.time() - 4_000,) * 2)
    writing.touch()
    gallery.tidy()
    assert sorted(path.name for path in gallery.folder.iterdir()) == [writing.name, f"{name}.safetensors"]


def test_a_kill_while_writing_leaves_nothing_under_a_name(gallery: Gallery) -> None:
    code = (
        "import os, sys; from pathlib import Path; import numpy as np; from cnnviz.images import Gallery\n"
        "Path.replace = lambda self, target: os._exit(9)\n"
        "Gallery(Path(sys.argv[1])).keep('drawing', np.zeros((1, 2, 2), np.float32))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(gallery.folder)], check=False, timeout=60)
    assert done.returncode == 9
    assert len(list(gallery.folder.glob(".drawing-*"))) == 1
    assert list(gallery.folder.glob("*.safetensors")) == []


# bounded


def test_the_oldest_go_first_where_there_are_too_many(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "few", most_files=3)
    names = []
    for index in range(5):
        names.append(gallery.keep("drawing", VALUES))
        age(gallery, names[-1], 1 - index / 10)
    assert [refused(gallery, name) for name in names[:2]] == [GONE, GONE]
    assert [gallery.find(name).values.shape for name in names[2:]] == [(1, 3, 4)] * 3
    assert len(list(gallery.folder.iterdir())) == 3


def test_the_oldest_go_first_where_they_take_too_much(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "small", most_bytes=10_000)
    names = []
    for index in range(6):
        names.append(gallery.keep("upload", np.zeros((1, 30, 30), np.float32)))  # 3.6 kB and a header
        age(gallery, names[-1], 1 - index / 10)
        assert sum(path.stat().st_size for path in gallery.folder.iterdir()) <= 10_000
    assert {path.stem for path in gallery.folder.iterdir()} == set(names[-2:])


def test_one_that_alone_is_too_large_is_refused_and_pushes_nobody_out(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "small", most_bytes=3_000)
    name = gallery.keep("drawing", VALUES)
    with pytest.raises(ImageError, match=r"^This upload takes 4\d\d\d bytes; 3000 are all there is room for\.$"):
        gallery.keep("upload", np.zeros((1, 32, 32), np.float32))
    assert gallery.find(name)


def test_many_can_keep_at_once(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "busy", most_files=10)
    failed: list[BaseException] = []

    def keep_and_look() -> None:
        try:
            for _ in range(20):
                gallery.keep("drawing", VALUES)
                gallery.tidy()
        except BaseException as error:  # a thread's error is lost otherwise
            failed.append(error)

    threads = [threading.Thread(target=keep_and_look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(list(gallery.folder.iterdir())) <= 10 + len(threads)
    assert list(gallery.folder.glob(".*")) == []


# disks


def test_no_room_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ImageError, match=r"^This drawing cannot be kept: No space left on device\.$"):
        Gallery(tmp_path / "full").keep("drawing", VALUES)
    assert list((tmp_path / "full").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImageError, match=r"^This drawing cannot be kept: .+\.$"):
        Gallery(tmp_path / "file" / ".images").keep("drawing", VALUES)


def test_a_damaged_file_is_said(gallery: Gallery) -> None:
    name = gallery.keep("drawing", VALUES, meta={"a": 1})
    path = gallery.folder / f"{name}.safetensors"
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert re.fullmatch(r"This drawing is damaged: .+; draw or send it again\.", refused(gallery, name), re.DOTALL)
