"""All runs of a folder at a glance, found by words. Of each only its record, events and last snapshot are read."""

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cnnviz.errors import RunError
from cnnviz.runs.run import Run, Status
from cnnviz.runs.snapshot import read_log

SETTLED = 10**8  # ns after a change from which on another one has another time on every file system
_ENDED = ("finished", "stopped", "failed")
_Sign = tuple[int, ...]  # times and sizes of what an entry was read from
_lock = threading.Lock()
_known: dict[Path, tuple[_Sign, "Entry | Damaged"]] = {}


@dataclass(frozen=True)
class Damaged:
    """A folder that should be a run and cannot be read, with the reason."""

    id: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """A run at a glance.

    Attributes:
        run: The run.
        label, note: What people wrote.
        step: The last saved step; 0 where none is.
        saved: How many steps are saved.
        accuracy: The validation accuracy of the last saved step, 0 to 1, or None.
        ended: How it stands where that cannot change by itself, else None.
    """

    run: Run
    label: str
    note: str
    step: int
    saved: int
    accuracy: float | None
    ended: Status | None

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run.id

    @property
    def status(self) -> Status:
        """How it stands now."""
        return self.ended or self.run.status()

    @cached_property
    def text(self) -> str:
        """What words are looked for in, but for its state."""
        record = self.run.record
        parts = (self.label, self.id, record["dataset"], record["network"].get("name", ""), self.note)
        return "\n".join(map(str, parts)).casefold()

    def matches(self, words: str, state: str) -> bool:
        """Whether each of these words stands somewhere in its name, id, data, network, note or state."""
        text = f"{self.text}\n{state}"
        return all(word in text for word in words.casefold().split())


def list_entries(folder: Path) -> list[Entry | Damaged]:
    """All runs of a folder, newest first; a damaged one is listed with its reason and hides no other.

    What was read before is kept, and read anew only where a file of it has changed since.

    Raises:
        RunError: If the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            paths = [Path(entry) for entry in entries if entry.name[0] != "." and entry.is_dir()]
    except OSError as error:
        raise RunError(f"The folder for runs {folder} cannot be read: {error.strerror}. Name another one.") from None
    found = [pair for path in paths if (pair := _entry(path))]
    with _lock:
        for path in {path for path in _known if path.parent == folder} - set(paths):
            _known.pop(path, None)
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0], reverse=True)]


def list_runs(folder: Path) -> list[Run | Damaged]:
    """As `list_entries`, the runs themselves.

    Raises:
        RunError: If the folder cannot be read.
    """
    return [entry.run if isinstance(entry, Entry) else entry for entry in list_entries(folder)]


def glance(run: Run) -> Entry:
    """A run at a glance.

    Raises:
        RunError: If its last snapshot is damaged.
    """
    saved, status = run.steps(), run.status()
    log = read_log(run.step_path(saved[-1])) if saved else None
    accuracy = float(log.validation_accuracy[-1]) if log and len(log.validation_accuracy) else None
    ended = status if status.state in _ENDED else None
    step = saved[-1] if saved else 0
    return Entry(run, run.label, run.note, step, len(saved), accuracy, ended)


def _entry(path: Path) -> "tuple[float, Entry | Damaged] | None":
    """When a run was made, and what is known of it; None where it has just gone."""
    with suppress(OSError):
        sign, (before, entry) = _sign(path, _last(path)), _known.get(path, ((), None))
        if entry is None or sign != before:
            entry = _read(path)
            sign = _sign(path, entry.run.step_path(entry.step) if isinstance(entry, Entry) else None)
            if time.time_ns() - max(sign[::2]) > SETTLED:
                with _lock:
                    _known[path] = sign, entry
        made = float(entry.run.record["created"]) if isinstance(entry, Entry) else path.stat().st_mtime
        return made, entry
    return None


def _read(path: Path) -> Entry | Damaged:
    try:
        return glance(Run(path))
    except (RunError, ValueError, TypeError, AttributeError) as error:
        return Damaged(path.name, str(error))


def _last(path: Path) -> Path | None:
    """The last saved step of a run that was read before."""
    known = _known.get(path)
    return known[1].run.step_path(known[1].step) if known and isinstance(known[1], Entry) else None


def _sign(path: Path, last: Path | None) -> _Sign:
    """Time and size of all that an entry is read from; names and notes are renamed into the folder, which tells."""
    found: list[int] = []
    for one in (path, path / "run.json", path / "events.jsonl", *([last] if last else [])):
        try:
            about = one.stat()
            found += (about.st_mtime_ns, about.st_size)
        except FileNotFoundError:
            found += (0, 0)
    return tuple(found)
