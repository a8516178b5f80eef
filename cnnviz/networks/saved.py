"""Networks of one's own, kept: as files in a folder, as a file to give away, and as a short text for a link."""

import base64
import binascii
import contextlib
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnviz.errors import CnnvizError, NetworkError
from cnnviz.networks.base import NetworkSpec
from cnnviz.runs.files import whole

LARGEST = 256 * 2**10  # bytes of a network's text; 300 layers with all their settings take a third of that
LONGEST_LINK = 16 * 2**10
VERSION = "1"  # the first letter of a link's text
_NAME = re.compile(r"[^\W_](?:[\w .+()-]{0,58}[\w+()])?")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # devices, on Windows


@dataclass(frozen=True)
class Saved:
    """A file of the folder.

    Attributes:
        name: What it is loaded by.
        spec: The network; None where it cannot work yet, or the file is damaged.
        problem: What is wrong with it; None where nothing is.
        record: What the file says, also of what is not finished; None where it is damaged.
    """

    name: str
    spec: NetworkSpec | None
    problem: str | None = None
    record: dict[str, Any] | None = None


def shelf(runs: Path) -> Path:
    """Where the networks are kept that belong to the runs of a folder."""
    return runs / ".networks"


def save_network(folder: Path, spec: NetworkSpec) -> None:
    """Keep a network under its own name, in place of one that has it already; whole or not at all.

    Raises:
        NetworkError: If its name cannot be a file's, or it cannot be written.
    """
    save_record(folder, spec.to_record())


def save_record(folder: Path, record: dict[str, Any]) -> None:
    """Keep a network as far as it is made, under its name: `load_record` has it back.

    Raises:
        NetworkError: If its name cannot be a file's, it is too large, or cannot be written.
    """
    name = record["name"]
    path, content = _path(folder, name), _written(record).encode()
    if len(content) > LARGEST:
        raise NetworkError(f"The network {name!r} takes more than {LARGEST // 1024} KB; save one of fewer layers.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise NetworkError(f"The network {name!r} cannot be saved: {error.strerror or error}.") from None


def load_saved(folder: Path, name: str) -> NetworkSpec:
    """A network that was kept.

    Raises:
        NetworkError: If there is none of this name, it cannot work yet, or its file is damaged: what is wrong with it.
    """
    return _finished(load_record(folder, name))


def load_record(folder: Path, name: str) -> dict[str, Any]:
    """What was kept of a network, also where that cannot work yet.

    Raises:
        NetworkError: If there is none of this name, or its file is damaged.
    """
    path = _path(folder, name)
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        known = ", ".join(repr(one.name) for one in saved_networks(folder)) or "there is none yet"
        raise NetworkError(f"No network {name!r} is saved; choose from: {known}.") from None
    except OSError as error:
        raise NetworkError(f"The network {name!r} cannot be read: {error.strerror or error}.") from None
    try:
        return {**read_record(text), "name": name}  # the file may be a copy that was renamed
    except CnnvizError as error:
        raise NetworkError(f"The saved network {name!r} is damaged. {error}") from None


def _finished(record: dict[str, Any]) -> NetworkSpec:
    try:
        return NetworkSpec.from_record(record)
    except CnnvizError as error:
        raise NetworkError(f"The saved network {record['name']!r} cannot work yet. {error}") from None


def saved_networks(folder: Path) -> list[Saved]:
    """All that are kept, by name; unfinished and damaged ones too, with what is wrong."""
    found = []
    for path in sorted(folder.glob("*.json"), key=lambda one: one.name.casefold()):
        if path.name.startswith("."):
            continue
        record = None
        try:
            record = load_record(folder, path.stem)
            found.append(Saved(path.stem, _finished(record), None, record))
        except CnnvizError as error:
            found.append(Saved(path.stem, None, str(error), record))
    return found


def is_saved(folder: Path, name: str) -> bool:
    """Whether a network of this name is kept, as the folder's system tells names apart: not all do by their case.

    Raises:
        NetworkError: If a file cannot have the name on every system.
    """
    return _path(folder, name).exists()


def forget_network(folder: Path, name: str) -> None:
    """Remove a network that was kept, damaged or not.

    Raises:
        NetworkError: If there is none of this name.
    """
    try:
        _path(folder, name).unlink()
    except OSError as error:
        raise NetworkError(f"The network {name!r} cannot be removed: {error.strerror or error}.") from None


def network_file(spec: NetworkSpec) -> str:
    """A network as the text of a file to keep or give away; `read_network_file` reads it."""
    return _written(spec.to_record())


def _written(record: dict[str, Any]) -> str:
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def read_network_file(content: bytes) -> NetworkSpec:
    """The network in a file, from whomever it comes.

    Raises:
        CnnvizError: If it holds none: where it stops being one, or which layer cannot work.
    """
    return NetworkSpec.from_record(read_record(content))


def read_record(content: bytes) -> dict[str, Any]:
    """What a network's file says, also where a layer of it cannot work: as `draft` takes it.

    Raises:
        NetworkError: If it is no such file.
    """
    if len(content) > LARGEST:
        raise NetworkError(f"The file is larger than {LARGEST // 1024} KB; a network's takes a few. Give another.")
    try:
        record = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NetworkError("This file is no text; give a network's file, as saved here.") from None
    except json.JSONDecodeError as error:
        raise NetworkError(
            f"This file is no JSON (line {error.lineno}: {error.msg}); give a network's file, as saved here."
        ) from None
    except (RecursionError, ValueError):
        raise NetworkError("This file is no JSON that can be read; give a network's file, as saved here.") from None
    if not isinstance(record, dict):
        raise NetworkError("This file holds no network; give one as saved here.")
    return record


def network_link(spec: NetworkSpec) -> str:
    """A network as a short text of letters, digits, - and _, to be part of an address; `read_network_link` reads it."""
    return record_link(spec.to_record())


def record_link(record: dict[str, Any]) -> str:
    """The same of what may still be wrong with it; `read_record_link` reads it."""
    text = json.dumps(record, separators=(",", ":")).encode()
    return VERSION + base64.urlsafe_b64encode(zlib.compress(text, 9)).decode().rstrip("=")


def read_network_link(text: str) -> NetworkSpec:
    """The network in a link, from whomever it comes.

    Raises:
        CnnvizError: If it holds none, or was cut off on its way.
    """
    return NetworkSpec.from_record(read_record_link(text))


def read_record_link(text: str) -> dict[str, Any]:
    """What a link says; however it was made, no more than `LARGEST` bytes are unpacked.

    Raises:
        NetworkError: If it is none, or was cut off on its way.
    """
    wrong = NetworkError("This link holds no network, or was cut off on its way; copy it anew.")
    if len(text) > LONGEST_LINK or not text.startswith(VERSION) or not re.fullmatch(r"[\w-]+", text, re.ASCII):
        raise wrong
    packed = text[len(VERSION) :]
    unpacker = zlib.decompressobj()
    content = b""
    with contextlib.suppress(binascii.Error, zlib.error):
        content = unpacker.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), LARGEST)
    if not unpacker.eof:
        raise wrong
    return read_record(content)


def _path(folder: Path, name: str) -> Path:
    """Where a network of this name is kept: always in the folder itself.

    Raises:
        NetworkError: If a file cannot have the name on every system.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        raise NetworkError(
            f"{str(name)[:60]!r} cannot be a saved network's name; use up to 60 letters, digits, spaces "
            "and . + - _ ( ), and begin with a letter or digit."
        )
    return folder / f"{name}.json"
