"""Files that are whole or not there, also after a kill at any instant: written under another name, then renamed."""

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
