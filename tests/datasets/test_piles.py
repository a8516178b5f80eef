"""Archives that mean harm, or were made by accident: one clear sentence, bounded memory, nothing on the disk."""

import io
import os
import random
import stat
import struct
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from cnnviz.datasets import piles
from cnnviz.datasets.piles import LeftOutError, class_name, pile_of, shown
from cnnviz.errors import DatasetError
from tests.datasets.pictures import pictures, zipped

GOOD = pictures({"cat": 3, "dog": 3})


def read(source: Path | bytes) -> tuple[dict[str, bytes], dict[str, str]]:
    """What can be read of a pile, and what is left out, by name."""
    found: dict[str, bytes] = {}
    with pile_of(source) as pile:
        left_out = dict(pile.left_out)
        for entry in pile.entries:
            try:
                found[entry.name] = entry.content()
            except LeftOutError as reason:
                left_out[entry.name] = str(reason)
    return found, left_out


def refused(source: Path | bytes) -> str:
    with pytest.raises(DatasetError) as caught:
        read(source)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_packed_comes_out():
    assert read(zipped(GOOD)) == (GOOD, {})
    assert read(zipped(GOOD, zipfile.ZIP_STORED)) == (GOOD, {})


OUTSIDE = ("../evil/0.png", "cat/../../evil.png", "/etc/cat/0.png", "..\\evil\\0.png", "cat//0.png")


def test_names_that_lead_outside_are_left_out(tmp_path, monkeypatch):
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    found, left_out = read(zipped({**GOOD, **dict.fromkeys(OUTSIDE, b"x")}))
    assert found == GOOD
    names = {name.replace("\\", "/") for name in OUTSIDE}
    assert left_out == dict.fromkeys(names, "its name leads out of the archive")
    assert list(inside.iterdir()) == []
    assert not (tmp_path / "evil").exists()


def test_names_that_begin_with_the_folder_itself_are_read():
    """As bsdtar and others write them."""
    assert read(zipped({f"./{name}": content for name, content in GOOD.items()} | {"./.": b"x"}))[0] == {
        f"./{name}": content for name, content in GOOD.items()
    }


def test_a_link_in_an_archive_is_left_out():
    file = io.BytesIO(zipped(GOOD))
    with zipfile.ZipFile(file, "a") as archive:
        link = zipfile.ZipInfo("cat/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert read(file.getvalue()) == (GOOD, {"cat/link.png": "it is a link"})


def changed(content: bytes, name: str, *, flag: int | None = None, method: int | None = None) -> bytes:
    """An archive in which one file is said to be encrypted, or packed in another way, in both places that say so."""
    made = bytearray(content)
    for signature, at, names in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
        place = made.find(signature)
        while place >= 0:
            if made[place + names : place + names + len(name)] == name.encode():
                for offset, value in ((0, flag), (2, method)):
                    if value is not None:
                        made[place + at + offset : place + at + offset + 2] = struct.pack("<H", value)
            place = made.find(signature, place + 4)
    return bytes(made)


def test_an_encrypted_file_is_left_out_and_an_encrypted_archive_refused():
    content = zipped(GOOD)
    found, left_out = read(changed(content, "cat/1.png", flag=1))
    assert left_out == {"cat/1.png": "it is encrypted"}
    assert len(found) == 5
    for name in GOOD:
        content = changed(content, name, flag=1)
    assert refused(content) == "The archive is encrypted; make an archive without a password."


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, 9, 99])
def test_what_is_packed_in_another_way_is_left_out(method):
    _, left_out = read(changed(zipped(GOOD), "cat/1.png", method=method))
    assert "packed in a way that is not read here" in left_out["cat/1.png"]


def test_a_damaged_file_in_an_archive_is_left_out():
    content = bytearray(zipped(GOOD, zipfile.ZIP_STORED))
    content[content.find(GOOD["cat/1.png"]) + 50] ^= 255
    found, left_out = read(bytes(content))
    assert left_out == {"cat/1.png": "it is damaged in the archive"}
    assert len(found) == 5


# bombs


def test_a_bomb_is_refused_before_anything_is_unpacked():
    content = zipped({"cat/0.png": bytes(300 * 1024**2)})
    assert len(content) < 10**6
    tracemalloc.start()
    said = refused(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "would unpack from 0.3" in said
    assert peak < 10 * 1024**2


def test_more_than_all_may_take_is_refused(monkeypatch):
    monkeypatch.setattr(piles, "MOST_BYTES", 5_000)
    assert "or too large a one" in refused(zipped(GOOD))


def test_one_that_claims_to_be_small_is_read_no_further_than_it_claims(monkeypatch):
    """Both places that say the size are changed, as a maker of bombs would."""
    monkeypatch.setattr(piles, "LARGEST_FILE", 10**6)
    content = bytearray(zipped({"cat/0.png": bytes(50 * 10**6), **GOOD}))
    for signature, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        place = content.find(signature)
        content[place + at : place + at + 4] = struct.pack("<I", 1000)
    tracemalloc.start()
    found, left_out = read(bytes(content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "cat/0.png" not in found
    assert left_out == {"cat/0.png": "it is damaged in the archive"}
    assert peak < 8 * 10**6


def test_too_many_files_are_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(piles, "MOST_FILES", 5)
    assert refused(zipped(GOOD)) == "The archive holds 6 files; up to 5 are read."
    for name, content in GOOD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert refused(tmp_path) == f"{tmp_path.name} holds over 5 files; choose a folder with fewer."


def end_of_archive(content: bytes, *, length: int, large: bool) -> bytes:
    """An archive whose end says that the list of files is so long: in the usual record, or in that of large ones."""
    place = content.rfind(b"PK\5\6")
    if not large:
        return content[: place + 12] + struct.pack("<I", length) + content[place + 16 :]
    record = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 6, 6, length, 0)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, place, 1)
    return content[:place] + record + locator + content[place:]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("length", [10**6, 2**31])
def test_a_list_of_files_that_would_fill_the_memory_is_not_read(large, length, monkeypatch):
    def never(*_: object) -> None:
        pytest.fail("the list was read")

    content = end_of_archive(zipped(GOOD), length=length, large=large)
    monkeypatch.setattr(zipfile, "ZipFile", never)
    said = refused(content)
    assert said == f"The archive is damaged, or lists too many files: up to {piles.MOST_FILES} are read."


@pytest.mark.slow
def test_an_archive_with_the_end_of_large_ones_is_read():
    """As Python writes one where a file may be over 2 GB, or where there are very many files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(65_536):
            archive.writestr(f"{number % 2}/{number}.png", b"")
    assert b"PK\6\7" in file.getvalue()
    with pile_of(file.getvalue()) as pile:
        assert len(pile.entries) == 65_536


# damaged


def test_an_archive_cut_anywhere_is_read_or_refused():
    content = zipped(GOOD)
    for length in range(0, len(content), 97):
        assert refused(content[:length])
    assert read(content + b"and more") == (GOOD, {})


def test_an_archive_with_wrong_bytes_is_read_or_refused():
    content, chance, whole = zipped(pictures({"a": 3, "b": 3}, size=(3, 3))), random.Random(1), 0
    for _ in range(600):
        wrong = bytearray(content)
        for _ in range(chance.choice([1, 2, 8])):
            wrong[chance.randrange(len(wrong))] = chance.choice([0, 255, chance.randrange(256)])
        try:
            whole += bool(read(bytes(wrong))[0])
        except DatasetError:
            continue
    assert whole > 100


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names are text there")
def test_a_name_that_is_no_text_is_shown_and_is_no_class(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe"))
    folder.mkdir()
    (folder / "0.png").write_bytes(b"x")
    with pile_of(tmp_path) as pile:
        ((name, reason),) = pile.left_out
    assert name == "??/0.png"
    assert "no name for a class" in reason


def test_names_for_people_and_for_classes():
    assert shown("a\x1b[2Jb\n") == "a?[2Jb?"
    assert len(shown("x" * 10_000)) == 123
    assert class_name("  Caf\u0065\u0301   noir ") == "Caf\u00e9 noir"
    assert [class_name(name) for name in ("", " ", "a\0b", "x" * 61, "\u202egpj.exe")] == [None] * 5
