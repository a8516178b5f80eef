"""Files that are whole or not there, also after a kill at any instant: written under another name, then renamed."""

import ctypes
import errno
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from cnnviz.errors import RunError, StorageError

Arrays = dict[str, NDArray[Any]]
_KEEP_SIZE, _PUNCH_HOLE = 1, 2  # of `fallocate` (Linux): the blocks go, and the file stays as long as it is


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path that becomes `path` when the block ends well."""
    temporary = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")  # nobody else's
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove the arrays that `write_arrays` was writing when its process was killed; nobody may be writing any now."""
    for path in folder.glob(".*.safetensors-*"):
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text as one file, whole or not at all.

    Raises:
        StorageError: If there is no room for it, or the folder is gone or cannot be written to.
    """
    try:
        with whole(path) as temporary:
            temporary.write_text(text, "utf-8")
    except OSError as error:
        raise not_written(path, error) from None


def write_arrays(path: Path, arrays: Arrays, header: dict[str, Any]) -> None:
    """Write arrays and a header of plain values as one safetensors file, whole or not at all.

    Raises:
        StorageError: If there is no room for it, or the folder is gone or cannot be written to.
    """
    try:
        with whole(path) as temporary:
            save_file(arrays, temporary, {"header": json.dumps(header)})
    except (OSError, SafetensorError) as error:
        raise not_written(path, error) from None


def not_written(path: Path, error: OSError | SafetensorError) -> StorageError:
    """What the system says of it, without what the packages in between add."""
    said = error.strerror if isinstance(error, OSError) else str(error).partition("I/O error: ")[2].partition(" (os")[0]
    return StorageError(f"{path.name} of {path.parent.name} cannot be written: {said or error}.")


def read_arrays(path: Path, prefix: str = "") -> tuple[Arrays, dict[str, Any]]:
    """The arrays whose names begin with `prefix`, without it, and the header.

    Raises:
        RunError: If the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="np") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118 - no mapping
            arrays = {name[len(prefix) :]: file.get_tensor(name) for name in names}
            return arrays, json.loads((file.metadata() or {})["header"])
    except FileNotFoundError:
        raise RunError(f"{path.name} is not there any more.") from None
    except (OSError, SafetensorError, KeyError, ValueError, RecursionError) as error:
        raise RunError(f"{path.name} of {path.parent.name} is damaged: {error}.") from None


def array_names(path: Path) -> list[str]:
    """The names of the arrays of a file.

    Raises:
        RunError: If the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="np") as file:
            return list(file.keys())
    except (OSError, SafetensorError) as error:
        raise RunError(f"{path.name} of {path.parent.name} is damaged: {error}.") from None


def free_arrays(path: Path, but: str) -> int:
    """Give the disk back, in place, the room of all arrays but those whose names begin so; the others are zeros then.

    It needs not one byte of room, and a kill at any instant leaves a file that can be read.

    Returns:
        The bytes that were given back.

    Raises:
        OSError: If the system cannot do it: only Linux can, on most of its kinds of disk.
    """
    with path.open("r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        head = json.loads(file.read(length))
        kept = sorted(about["data_offsets"] for name, about in head.items() if name.startswith(but))
        edges = [0, *(edge for span in kept for edge in span), path.stat().st_size - 8 - length]
        gaps = [(first, last - first) for first, last in zip(edges[::2], edges[1::2], strict=True)]
        for first, count in gaps:
            _free(file.fileno(), 8 + length + first, count)
    return sum(count for _, count in gaps)


def _free(file: int, start: int, count: int) -> None:
    fallocate = getattr(ctypes.CDLL(None, use_errno=True), "fallocate", None) if os.name == "posix" else None
    if fallocate is None:
        raise OSError(errno.EOPNOTSUPP, "This system cannot free a part of a file")
    if count and fallocate(file, _KEEP_SIZE | _PUNCH_HOLE, ctypes.c_int64(start), ctypes.c_int64(count)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
