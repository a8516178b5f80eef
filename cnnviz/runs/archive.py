"""A run as one file: a zip of its folder; and a run from such a file, whatever it holds."""

import json
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from cnnviz.errors import CnnvizError, RunError
from cnnviz.runs.files import read_arrays
from cnnviz.runs.folder import is_free, new_id, placed_whole
from cnnviz.runs.logs import take_along
from cnnviz.runs.run import LONGEST_NOTE, Run
from cnnviz.runs.snapshot import COLUMNS, Log, read_log, read_snapshot

LARGEST = 8 * 2**30  # bytes of a run from a file, unpacked
_MOST_FILES = 20_000
_LONGEST_TEXT = 32 * 2**20  # bytes of a file that is no safetensors
_LONGEST_HEADER = 4 * 2**20  # bytes that say what a safetensors file holds
_MOST_SHRUNK = 50  # weights hardly shrink: what grows more than this is no run
_SMALL = 64 * 2**20  # bytes that may grow as they like
_PART = re.compile(r"run\.json|events\.jsonl|name\.txt|note\.txt|(?:(step|log|optimizer)-(\d{8})\.safetensors)")
_ASK = "download the run anew where it is, and upload that file"


def write_archive(run: Run, file: "BinaryIO | Path") -> None:
    """Write a run's folder as one zip file; stored, not compressed: weights hardly shrink, and it should start at once.

    Raises:
        RunError: If it cannot be written.
    """
    try:
        with zipfile.ZipFile(file, "w") as archive:
            for path in sorted(run.path.iterdir()):
                if _PART.fullmatch(path.name):
                    take_along(path, lambda there: archive.write(there, f"{run.id}/{there.name}"))
    except OSError as error:
        raise RunError(f"{run.id} cannot be written as one file: {error.strerror or error}.") from None


def import_run(
    file: "BinaryIO | Path",
    folder: Path,
    *,
    name: str = "",
    owner: str | None = None,
    check: Callable[[Run], None] = lambda _: None,
) -> Run:
    """Make a run of a file that `write_archive` wrote, here or elsewhere.

    Nothing of the file is trusted: only the parts of a run are unpacked, within bounds, and read before the run
    appears; it appears whole or not at all. Nothing in it is ever executed.

    Args:
        file: The zip file.
        folder: The folder that holds runs.
        name: What the file is called, for people.
        owner: The hash of the key that may control it; whose it was where it comes from is forgotten.
        check: Refuses a run by a CnnvizError before it appears: what only a network can tell.

    Raises:
        CnnvizError: If the file is no such file, damaged, or holds anything else.
    """
    name = name or (file.name if isinstance(file, Path) else "the file")
    try:
        with zipfile.ZipFile(file) as archive:
            old_id, members = _members(archive, name)
            _check_room(members, folder, name)
            record = _record(archive, members["run.json"], name)
            run_id = old_id if is_free(folder, old_id) else new_id(folder, record["network"]["name"])
            with placed_whole(folder, run_id) as temporary:
                _unpack(archive, members, temporary)
                _rewrite(temporary, record, owner)
                _check(temporary, run_id, name, check)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise RunError(f"{name} is no zip file, or is damaged ({error}); {_ASK}.") from None
    except FileNotFoundError:
        raise RunError(f"{name} is not there.") from None
    except OSError as error:
        raise RunError(f"{name} cannot be read: {error.strerror or error}.") from None
    return Run(folder / run_id)


def _members(archive: zipfile.ZipFile, name: str) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The id of the run and its files by name, as the archive says; nothing else may be in there."""
    found: dict[str, zipfile.ZipInfo] = {}
    folders = set()
    for info in archive.infolist():
        folder, _, part = info.filename.rpartition("/")
        if info.is_dir() and info.filename.count("/") == 1:
            continue
        mode = info.external_attr >> 16
        is_plain = not info.is_dir() and (not stat.S_IFMT(mode) or stat.S_ISREG(mode))
        if "/" in folder or not _PART.fullmatch(part) or not is_plain or part in found:
            raise RunError(
                f"{name} holds {info.filename[:80]!r}, which is no part of a run; nothing was taken from it."
            )
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RunError(f"{name} is encrypted or packed in a way not known here; {_ASK}.")
        found[part] = info
        folders.add(folder)
    if "run.json" not in found or len(folders) != 1 or len(found) > _MOST_FILES:
        raise RunError(f"{name} is no file of one run: it needs one folder with a run.json in it; {_ASK}.")
    return folders.pop(), found


def _check_room(members: dict[str, zipfile.ZipInfo], folder: Path, name: str) -> None:
    total = sum(info.file_size for info in members.values())
    packed = sum(info.compress_size for info in members.values())
    free = shutil.disk_usage(folder).free
    if total > max(_SMALL, _MOST_SHRUNK * packed):
        raise RunError(f"{name} would grow from {packed:,} bytes to {total:,}, as no run does; nothing was unpacked.")
    if total > min(LARGEST, free):
        raise RunError(f"{name} holds {total:,} bytes; there is room for {min(LARGEST, free):,}.")
    texts = [info for part, info in members.items() if not part.endswith(".safetensors")]
    if any(info.file_size > _LONGEST_TEXT for info in texts):
        raise RunError(f"{name} holds a text of more than {_LONGEST_TEXT:,} bytes, as no run does; {_ASK}.")


def _record(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> dict[str, Any]:
    try:
        record = json.loads(archive.read(info).decode())
    except (ValueError, RecursionError) as error:
        raise RunError(f"run.json in {name} cannot be read: {error}.") from None
    network = record.get("network") if isinstance(record, dict) else None
    if not isinstance(network, dict) or not isinstance(network.get("name"), str):
        raise RunError(f"run.json in {name} describes no network, and so no run.")
    return dict(record)


def _unpack(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], folder: Path) -> None:
    for part, info in members.items():
        with archive.open(info) as source, (folder / part).open("wb") as target:
            shutil.copyfileobj(source, target, 2**20)  # which gives no more than the size that was counted


def _rewrite(folder: Path, record: dict[str, Any], owner: str | None) -> None:
    """The record with its new owner, and words for people within their bounds."""
    (folder / "run.json").write_text(json.dumps(record | {"owner": owner}, indent=1), "utf-8")
    for part, longest in (("name.txt", 60), ("note.txt", LONGEST_NOTE)):
        path = folder / part
        if path.exists():
            text = path.read_bytes().decode("utf-8", "replace").strip()
            path.write_text(text[:longest] if part == "note.txt" else " ".join(text.split())[:longest], "utf-8")


def _check(folder: Path, run_id: str, name: str, check: Callable[[Run], None]) -> None:
    """Read all of a run that is not there yet."""
    try:
        run = Run(folder)
        for path in sorted(folder.glob("*.safetensors")):
            _check_arrays(path)
        if not run.steps() and any(folder.glob("*.safetensors")):
            raise RunError(f"{folder.name} has no saved step.")
        run.log()
        check(run)
    except CnnvizError as error:
        text = str(error).replace(folder.name, run_id)
        raise RunError(f"{name} was not taken: {text}") from None


def _check_arrays(path: Path) -> None:
    """Refuse a file of arrays that is damaged, or is not of the step in its name."""
    kind, _, number = path.stem.partition("-")
    with path.open("rb") as file:
        if int.from_bytes(file.read(8), "little") > _LONGEST_HEADER:
            raise RunError(f"{path.name} of {path.parent.name} says that it holds more than any step does.")
    if kind == "optimizer":
        read_arrays(path)
        return
    _check_rows(path, read_log(path))
    if kind == "step":
        snapshot = read_snapshot(path)
        if snapshot.step != int(number) or not isinstance(snapshot.label, int):
            raise RunError(f"{path.name} of {path.parent.name} is of another step than its name says.")


def _check_rows(path: Path, log: Log) -> None:
    for steps, others in COLUMNS.items():
        if any(len(getattr(log, name)) != len(getattr(log, steps)) for name in others):
            raise RunError(f"{path.name} of {path.parent.name} has columns of different lengths.")
