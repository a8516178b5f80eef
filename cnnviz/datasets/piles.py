"""Files from outside in folders named by class: from a folder or a ZIP archive, of which nothing is ever unpacked."""

import io
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from cnnviz.errors import DatasetError
from cnnviz.images.reading import LARGEST_FILE

MOST_FILES = 100_000
MOST_BYTES = 4 * 1024**3  # of all files of an archive, unpacked
_BOMB = (256 * 1024**2, 100)  # an archive that unpacks to more than so many bytes, and to so many times its own size
_DIRECTORY = 32 * 1024**2  # bytes of an archive's list of files, which is held in memory
LONGEST = 60  # letters of a class's name
_JUNK = {"thumbs.db", "desktop.ini", "__macosx"}
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
_READ = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # others can ask for any amount of memory


class LeftOutError(Exception):
    """Why a file is not used, as a part of a sentence."""


@dataclass(frozen=True)
class Entry:
    """One file of a pile.

    Attributes:
        name: Its path in the pile, for people.
        label: The name of the folder it lies in, which is its class.
        content: Reads its bytes, or raises `LeftOutError`.
    """

    name: str
    label: str
    content: Callable[[], bytes]


@dataclass
class Pile:
    """The files to be read, and those that are left out at once, each with the reason."""

    entries: list[Entry] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, content: Callable[[], bytes]) -> None:
        """Take a file in by its name in the pile; what systems put into folders by themselves is passed over."""
        parts = [part for part in name.split("/") if part != "."]  # as some tools begin every name
        if not parts or any(part.startswith(".") or part.lower() in _JUNK for part in parts if part != ".."):
            return
        try:
            self.entries.append(Entry(name, _label(parts), content))
        except LeftOutError as reason:
            self.left_out.append((shown(name), str(reason)))


@contextmanager
def pile_of(source: Path | bytes) -> Iterator[Pile]:
    """The files of a folder or a ZIP archive, or of an archive's bytes, as long as the block lasts.

    Raises:
        DatasetError: If it is neither, cannot be read, or holds too much.
    """
    if isinstance(source, Path) and source.is_dir():
        yield _of_folder(source)
        return
    name = source.name if isinstance(source, Path) else "The archive"
    with ExitStack() as stack:
        try:
            if isinstance(source, Path) and not source.is_file():
                raise DatasetError(f"There is no folder or ZIP archive {source}.")
            opened: IO[bytes] = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
            file = stack.enter_context(opened)
            _check_directory(file, name)
            archive = stack.enter_context(zipfile.ZipFile(file))
        except OSError as error:
            raise DatasetError(f"{name} cannot be read: {error.strerror or error}.") from None
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
            raise DatasetError(f"{name} is damaged or cut short; make the archive anew.") from None
        yield _of_archive(archive, name, file.seek(0, io.SEEK_END))


def shown(name: str) -> str:
    """A name from outside for people: nothing that a terminal obeys, and not too long."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= 2 * LONGEST else f"{plain[:LONGEST]}...{plain[-LONGEST:]}"


def _label(parts: list[str]) -> str:
    """The class of a file whose path has these parts."""
    if ".." in parts or "" in parts:
        raise LeftOutError("its name leads out of the archive")
    if parts[-1].lower().endswith(_ARCHIVES):
        raise LeftOutError("it is an archive in the archive; unpack it first")
    if len(parts) < 2:
        raise LeftOutError("it lies in no folder named by a class")
    label = class_name(parts[-2])
    if label is None:
        raise LeftOutError(f"its folder's name is no name for a class, which has 1 to {LONGEST} letters")
    return label


def class_name(name: str) -> str | None:
    """A class's name from outside, in one spelling; None where it is empty, too long, or cannot be shown."""
    label = " ".join(unicodedata.normalize("NFC", name).split())
    return label if label and label.isprintable() and len(label) <= LONGEST else None


def _of_folder(folder: Path) -> Pile:
    pile = Pile()
    count = 0
    for path, _, names in os.walk(folder):
        for name in names:
            count += 1
            if count > MOST_FILES:
                raise DatasetError(f"{folder.name} holds over {MOST_FILES} files; choose a folder with fewer.")
            file = Path(path) / name
            pile.add(file.relative_to(folder).as_posix(), partial(_of_file, file))
    return pile


def _of_file(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # reading a pipe or a device may never end
            raise LeftOutError("it is a link, or no file")
        with path.open("rb") as file:
            return _not_too_much(file.read(LARGEST_FILE + 1))
    except OSError as error:
        raise LeftOutError(f"it cannot be read: {error.strerror}") from None


def _of_archive(archive: zipfile.ZipFile, name: str, size: int) -> Pile:
    everything = ((member.filename.replace("\\", "/"), member) for member in archive.infolist())
    named = [(path, member) for path, member in everything if not path.endswith("/")]
    members = [member for _, member in named]
    if len(members) > MOST_FILES:
        raise DatasetError(f"{name} holds {len(members)} files; up to {MOST_FILES} are read.")
    total = sum(member.file_size for member in members)
    if total > MOST_BYTES or (total > _BOMB[0] and total > _BOMB[1] * size):
        raise DatasetError(
            f"{name} would unpack from {size / 10**6:.3g} MB to {total / 10**6:.3g} MB, which is no archive of "
            f"pictures, or too large a one: up to {MOST_BYTES // 10**6} MB and {_BOMB[1]} times its size are read."
        )
    if members and all(member.flag_bits & 1 for member in members):
        raise DatasetError(f"{name} is encrypted; make an archive without a password.")
    pile = Pile()
    for path, member in named:
        pile.add(path, partial(_of_member, archive, member))
    return pile


def _of_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of one file, no more than are asked for, whatever its header claims."""
    if stat.S_ISLNK(member.external_attr >> 16):
        raise LeftOutError("it is a link")
    if member.flag_bits & 1:
        raise LeftOutError("it is encrypted")
    if member.compress_type not in _READ:
        raise LeftOutError("it is packed in a way that is not read here; use the usual one, Deflate")
    try:
        with archive.open(member) as file:
            return _not_too_much(file.read(LARGEST_FILE + 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        raise LeftOutError("it is damaged in the archive") from None


def _not_too_much(content: bytes) -> bytes:
    if len(content) > LARGEST_FILE:
        raise LeftOutError(f"it has over {LARGEST_FILE // 1024**2} MB")
    return content


def _check_directory(file: IO[bytes], name: str) -> None:
    """Refuse what is no ZIP archive, and one whose list of files would fill the memory, before `zipfile` reads it.

    The end of an archive says where that list is and how long: at byte 12 of the end record, or at byte 40 of the one
    for large archives, which a locator before the end record points to (PKWARE, APPNOTE.TXT, 4.3.14 to 4.3.16).
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 22 - 65_535))
    end = file.read()
    place = end.rfind(b"PK\5\6")
    if place < 0 or len(end) - place < 22:
        raise DatasetError(f"{name} is no ZIP archive, or cut short; choose a .zip with one folder a class.")
    length = int.from_bytes(end[place + 12 : place + 16], "little")
    locator = end[place - 20 : place] if place >= 20 else b""
    if locator.startswith(b"PK\6\7"):
        file.seek(min(size, int.from_bytes(locator[8:16], "little")))
        length = max(length, int.from_bytes(file.read(56)[40:48], "little"))
    file.seek(0)
    if length > min(size, _DIRECTORY):
        raise DatasetError(f"{name} is damaged, or lists too many files: up to {MOST_FILES} are read.")
