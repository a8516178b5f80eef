"""The log of a run as one: the rows that every saved step brought, and those of the steps that were thinned."""

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from cnnviz.errors import RunError
from cnnviz.runs.files import read_arrays, write_arrays
from cnnviz.runs.snapshot import Log, read_log

_REMEMBERED = 64  # runs whose log is kept in memory
_ROWS = re.compile(r"(step|log)-(\d{8})\.safetensors")
_Sign = tuple[str, int, int]  # a file's name, time of its last change in ns, bytes
_lock = threading.Lock()
_known: OrderedDict[Path, tuple[list[_Sign], Log]] = OrderedDict()


def read_whole_log(folder: Path) -> Log:
    """The rows of all files of a run, in order of steps.

    What was read before is kept, so that only files that are new since are opened.

    Raises:
        RunError: If the folder is gone, or a file is damaged.
    """
    signs = _signs(folder)
    with _lock:
        before, log = _known.get(folder, ([], Log()))
    if before != signs[: len(before)]:
        before, log = [], Log()
    try:
        parts = [read_log(folder / name) for name, _, _ in signs[len(before) :]]
    except RunError:
        if _signs(folder) == signs:
            raise
        return read_whole_log(folder)  # a step was thinned while we read
    if parts:
        log = Log.of([log, *parts])
    with _lock:
        _known[folder] = signs, log
        _known.move_to_end(folder)
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return log


def forget() -> None:
    """Read everything anew when it is asked for next."""
    with _lock:
        _known.clear()


def thin_step(folder: Path, step: int) -> int:
    """Give up a saved step and keep its rows of the log; the bytes that are free afterwards.

    The rows are written before the step goes: at any instant one of the two files is there, and where both are, the
    step counts.

    Raises:
        RunError: If the step is damaged, or the rows cannot be written.
    """
    path, rows = folder / f"step-{step:08d}.safetensors", folder / f"log-{step:08d}.safetensors"
    columns, header = read_arrays(path, "log/")
    columns["snapshots"] = np.zeros(0, np.int32)
    named = {f"log/{name}": values for name, values in columns.items()}
    write_arrays(rows, named, {"step": step, "layers": header.get("layers", [])})
    freed = path.stat().st_size - rows.stat().st_size
    path.unlink()
    return freed


def take_along(path: Path, take: Callable[[Path], object]) -> None:
    """Have a file of a run taken; the one with its rows where it is a step that has just been thinned.

    A file that has gone is left out: a run that trains gives up its older optimizer files.
    """
    for there in (path, path.with_name(path.name.replace("step-", "log-", 1))):
        with suppress(FileNotFoundError):
            take(there)
            return


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
