"""The log of a run as one: the rows that every saved step brought, and those of the steps that were thinned."""

import hashlib
import os
import re
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cnnviz.errors import RunError, StorageError
from cnnviz.runs.files import Arrays, array_names, free_arrays, read_arrays, write_arrays
from cnnviz.runs.snapshot import Log, read_log

JOIN_FROM = 200  # files; fewer are opened in a blink
_JOINED = ".curves.safetensors"  # the rows of many files as one, for who reads them next
_REMEMBERED = 64  # runs whose log is kept in memory
_ROWS = re.compile(r"(step|log)-(\d{8})\.safetensors")
_Sign = tuple[str, int, int]  # a file's name, time of its last change in ns, bytes


@dataclass(frozen=True)
class _Known:
    """What was read of a run.

    Attributes:
        signs: Of the files that it was read from.
        log: Their rows.
        joined: How many of the files, from the first on, need not be opened by who reads them next.
    """

    signs: list[_Sign] = field(default_factory=list)
    log: Log = field(default_factory=Log)
    joined: int = 0


_lock = threading.Lock()
_known: OrderedDict[Path, _Known] = OrderedDict()


def read_whole_log(folder: Path) -> Log:
    """The rows of all files of a run, in order of steps.

    What was read before is kept, so that only files that are new since are opened. Where they are many, their rows are
    also written as one file, which is only a copy: it counts as long as it was made of just the files that are there.

    Raises:
        RunError: If the folder is gone, or a file is damaged.
    """
    signs = _signs(folder)
    with _lock:
        known = _known.get(folder, _Known())
    if not known.signs or known.signs != signs[: len(known.signs)]:
        known = _read_joined(folder, signs)
    log, joined = known.log, known.joined
    try:
        parts = [_read_rows(folder / name) for name, _, _ in signs[len(known.signs) :]]
    except RunError:
        if _signs(folder) == signs:
            raise
        return read_whole_log(folder)  # a step was thinned while we read
    if parts:
        log = Log.of([log, *parts])
    if len(signs) - joined >= JOIN_FROM:
        _write_joined(folder, signs, log)
        joined = len(signs)
    with _lock:
        _known[folder] = _Known(signs, log, joined)
        _known.move_to_end(folder)
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return log


def _read_rows(path: Path) -> Log:
    log = read_log(path)
    is_step = path.name.startswith("step-")  # else it is gone, also where a kill left its whole file
    return log if is_step else replace(log, snapshots=log.snapshots[:0])


def forget() -> None:
    """Read everything anew when it is asked for next."""
    with _lock:
        _known.clear()


def thin_step(folder: Path, step: int) -> int:
    """Give up a saved step and keep its rows of the log; the bytes that are free afterwards.

    The rows are written before the step goes: at any instant one of the two files is there, and where both are, the
    step counts. Where the disk takes not one byte more, the step's file becomes that of its rows, and shrinks then.

    Raises:
        RunError: If the step is damaged, or the rows cannot be written.
    """
    path, rows = folder / f"step-{step:08d}.safetensors", folder / f"log-{step:08d}.safetensors"
    size = path.stat().st_size
    try:
        _write_rows(path, rows)
    except StorageError:
        with suppress(OSError):
            return _thin_in_place(path, rows)
        raise
    path.unlink()
    return size - rows.stat().st_size


def end_thinning(folder: Path) -> None:
    """Shrink what a kill, or others who took the room, left of a step that was thinned on a full disk.

    Raises:
        RunError: If such a file is damaged, or cannot be written.
    """
    for rows in folder.glob("log-????????.safetensors"):
        if any(not name.startswith("log/") for name in array_names(rows)):
            with suppress(OSError):
                free_arrays(rows, but="log/")
            _write_rows(rows, rows)


def _thin_in_place(path: Path, rows: Path) -> int:
    size = path.stat().st_size
    path.replace(rows)
    try:
        freed = free_arrays(rows, but="log/")
    except OSError:
        rows.replace(path)
        raise
    try:
        _write_rows(rows, rows)
    except StorageError:  # others took that room; the next look ends it
        return freed
    return size - rows.stat().st_size


def _write_rows(source: Path, rows: Path) -> None:
    columns, header = read_arrays(source, "log/")
    columns["snapshots"] = np.zeros(0, np.int32)
    named = {f"log/{name}": values for name, values in columns.items()}
    write_arrays(rows, named, {"step": header.get("step"), "layers": header.get("layers", [])})


def take_along(path: Path, take: Callable[[Path], object]) -> None:
    """Have a file of a run taken; the one with its rows where it is a step that has just been thinned.

    A file that has gone is left out: a run that trains gives up its older optimizer files.
    """
    for there in (path, path.with_name(path.name.replace("step-", "log-", 1))):
        with suppress(FileNotFoundError):
            take(there)
            return


def _read_joined(folder: Path, signs: list[_Sign]) -> _Known:
    """The rows that were joined, where that was of the first of these files and is whole; nothing else."""
    if len(signs) < JOIN_FROM:
        return _Known()
    with suppress(RunError, KeyError, TypeError):
        columns, header = read_arrays(folder / _JOINED)
        count = header["files"]
        if header["sign"] == [_sign_of(signs[:count]), _sum_of(columns)]:
            return _Known(signs[:count], Log(**columns, layers=tuple(header["layers"])), count)
    return _Known()


def _write_joined(folder: Path, signs: list[_Sign], log: Log) -> None:
    columns = log.arrays()
    header = {"files": len(signs), "sign": [_sign_of(signs), _sum_of(columns)], "layers": log.layers}
    with suppress(RunError):  # no room, or a folder that may only be read: it costs time and nothing else
        write_arrays(folder / _JOINED, columns, header)


def _sign_of(signs: list[_Sign]) -> str:
    """Another one where any of the files is another, or a log has other columns."""
    return hashlib.sha256(repr((sorted(Log().arrays()), signs)).encode()).hexdigest()


def _sum_of(columns: Arrays) -> int:
    """Another one where values are: a file whose last pages never came to the disk has the right size."""
    total = 0
    for name in sorted(columns):
        total = zlib.crc32(np.ascontiguousarray(columns[name]).tobytes(), total)
    return total


def _signs(folder: Path) -> list[_Sign]:
    """What is known of every file with rows, by step; only the step's own where its rows have a file too."""
    found: dict[str, _Sign] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                match = _ROWS.fullmatch(entry.name)
                if match and (match[1] == "step" or match[2] not in found):
                    with suppress(FileNotFoundError):  # thinned this moment
                        about = entry.stat()
                        found[match[2]] = (entry.name, about.st_mtime_ns, about.st_size)
    except FileNotFoundError:
        raise RunError(f"{folder.name} is not there any more.") from None
    except OSError as error:
        raise RunError(f"The files of {folder.name} cannot be read: {error.strerror}.") from None
    return [found[step] for step in sorted(found)]
