"""Files that are whole or not there, also after a kill at any instant: written under another name, then renamed."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from cnnviz.errors import RunError, StorageError

Arrays = dict[str, NDArray[Any]]
_KINDS = {"F64": np.float64, "F32": np.float32, "I64": np.int64, "I32": np.int32, "U8": np.uint8}
_USUAL_HEAD = 8_192  # bytes that hold the head of most files
_DAMAGE = (KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path that becomes `path` when the block ends well."""
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
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
        raise _not_written(path, error) from None


def write_arrays(path: Path, arrays: Arrays, header: dict[str, Any]) -> None:
    """Write arrays and a header of plain values as one safetensors file, whole or not at all.

    Raises:
        StorageError: If there is no room for it, or the folder is gone or cannot be written to.
    """
    try:
        with whole(path) as temporary:
            save_file(arrays, temporary, {"header": json.dumps(header)})
    except (OSError, SafetensorError) as error:
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError | SafetensorError) -> StorageError:
    """What the system says of it, without what the packages in between add."""
    said = error.strerror if isinstance(error, OSError) else str(error).partition("I/O error: ")[2].partition(" (os")[0]
    return StorageError(f"{path.name} of {path.parent.name} cannot be written: {said or error}.")


def read_arrays(path: Path, prefix: str = "") -> tuple[Arrays, dict[str, Any]]:
    """The arrays whose names begin with `prefix`, without it, and the header.

    Raises:
        RunError: If the file is missing or damaged.
    """
    try:
        if prefix:
            return _read_few(path, prefix)
        with safe_open(path, framework="np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
            return arrays, json.loads((file.metadata() or {})["header"])
    except FileNotFoundError:
        raise RunError(f"{path.name} is not there any more.") from None
    except (*_DAMAGE, OSError, SafetensorError) as error:
        raise RunError(f"{path.name} of {path.parent.name} is damaged: {error}.") from None


def _read_few(path: Path, prefix: str) -> tuple[Arrays, dict[str, Any]]:
    """A few small arrays of a large file, by the format itself: half the time of the library, which maps all of it.

    The first 8 bytes are the length of the JSON behind them, which says where each array lies in what follows.
    """
    with path.open("rb", buffering=0) as file:
        head, size = file.read(_USUAL_HEAD), os.fstat(file.fileno()).st_size
        begin = 8 + int.from_bytes(head[:8], "little")
        if len(head) < 8 or begin > size:
            raise ValueError("it is cut short")
        head += file.read(begin - len(head)) if len(head) < begin else b""
        held = json.loads(head[8:begin])
        about = held.pop("__metadata__", {})
        if begin + max((entry["data_offsets"][1] for entry in held.values()), default=0) != size:
            raise ValueError("it is cut short")
        arrays = {}
        for name, entry in held.items():
            if name.startswith(prefix):
                first, last = entry["data_offsets"]
                file.seek(begin + first)
                values = np.frombuffer(file.read(last - first), _KINDS[entry["dtype"]])
                arrays[name[len(prefix) :]] = values.reshape(entry["shape"])
        return arrays, json.loads(about["header"])
