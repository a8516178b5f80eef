"""One run: what its folder says."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from filelock import FileLock, Timeout

from cnnviz.errors import RunError, StorageError
from cnnviz.runs.events import append_event, read_events
from cnnviz.runs.files import remove_unfinished, write_text
from cnnviz.runs.logs import read_whole_log
from cnnviz.runs.snapshot import Log, Snapshot, read_log, read_snapshot

FORMAT = 2
LONGEST_NOTE = 2_000  # characters
State = Literal["waiting", "training", "paused", "finished", "stopped", "interrupted", "failed"]
_STATES: dict[str, State] = {
    "created": "waiting",
    "started": "training",
    "resumed": "training",
    "paused": "paused",
    "parked": "paused",
    "stopped": "stopped",
    "finished": "finished",
    "failed": "failed",
    "interrupted": "interrupted",
}
_REQUIRED: dict[str, type | tuple[type, ...]] = {
    "created": (int, float),
    "dataset": str,
    "classes": list,
    "network": dict,
    "recipe": dict,
    "task": str,
    "planned_steps": int,
    "steps_per_epoch": int,
    "probe": str,
}
_OPTIONAL = {"augmentation": dict, "preparation": dict, "training_images": int, "validation_images": int}
_BOUNDS = {"created": (0, 10**11), "planned_steps": (0, 2**31), "steps_per_epoch": (1, 2**31)}
EXAMPLE_ID = "example"
EXAMPLE_FOLDER = Path(__file__).parent.parent / "example"


@dataclass(frozen=True)
class Status:
    """How a run stands: its state, a sentence where something went wrong, and the last step known.

    A paused one may be parked: no process has it, and it goes on from its last snapshot.
    """

    state: State
    step: int
    reason: str | None = None
    is_parked: bool = False


class Run:
    """A handle on a run's folder.

    Raises:
        RunError: If `run.json` is missing, damaged, or of a newer format.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()
        self.record = _read_record(self.path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def id(self) -> str:
        """Its name in addresses and on the command line: the folder's name."""
        return EXAMPLE_ID if self.is_example else self.path.name

    @property
    def is_example(self) -> bool:
        """Whether it is the one that ships with the project, which cannot be changed."""
        return self.path.parent == EXAMPLE_FOLDER

    @property
    def label(self) -> str:
        """The name a person gave it, else its id."""
        try:
            return (self.path / "name.txt").read_text("utf-8") or self.id
        except (OSError, UnicodeDecodeError):
            return self.id

    @property
    def owner(self) -> str | None:
        """The hash of the key that may control it, or None where it was started outside a browser."""
        owner: str | None = self.record.get("owner")
        return owner

    @property
    def planned_steps(self) -> int:
        """Steps from the first to the last; another batch size, chosen while it trains, changes it."""
        said = [event["planned_steps"] for event in self.events() if "planned_steps" in event]
        return int(said[-1] if said else self.record["planned_steps"])

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The classes of the task."""
        return tuple(self.record["classes"])

    def rename(self, label: str) -> None:
        """Give it a name for people.

        Raises:
            RunError: If the name is empty or longer than 60 characters, cannot be written, or the run is the example.
        """
        label = " ".join(label.split())
        if not 0 < len(label) <= 60:
            raise RunError(f"A name has 1 to 60 characters; received {len(label)}.")
        if self.is_example:
            raise RunError("The example cannot be renamed; start a run of your own.")
        write_text(self.path / "name.txt", label)

    @property
    def note(self) -> str:
        """What a person wrote about it; "" where nobody did."""
        try:
            return (self.path / "note.txt").read_text("utf-8", "replace")
        except OSError:
            return ""

    def annotate(self, note: str) -> None:
        """Write about it, in place of what was written before.

        Raises:
            RunError: If the note is longer than `LONGEST_NOTE`, cannot be written, or the run is the example.
        """
        note = note.strip()
        if len(note) > LONGEST_NOTE:
            raise RunError(f"A note has up to {LONGEST_NOTE:,} characters; received {len(note):,}.")
        if self.is_example:
            raise RunError("The example takes no note; start a run of your own.")
        write_text(self.path / "note.txt", note)

    # Snapshots

    def steps(self) -> list[int]:
        """The saved steps, in order."""
        return sorted(int(path.stem[5:]) for path in self.path.glob("step-????????.safetensors"))

    def step_path(self, step: int) -> Path:
        """Where the snapshot of a step is or would be."""
        return self.path / f"step-{step:08d}.safetensors"

    @property
    def live_path(self) -> Path:
        """A snapshot that is overwritten again and again while somebody watches."""
        return self.path / "live.safetensors"

    def optimizer_path(self, step: int) -> Path:
        """What the optimizer needs to go on from a step."""
        return self.path / f"optimizer-{step:08d}.safetensors"

    def snapshot(self, step: int) -> Snapshot:
        """Read what was saved of a step.

        Raises:
            RunError: If the step was not saved or its file is damaged.
        """
        if not self.step_path(step).exists():
            saved = self.steps()
            known = f"saved are {len(saved)} steps from {saved[0]} to {saved[-1]}" if saved else "nothing is saved yet"
            known = known if len(saved) != 1 else f"saved is step {saved[0]} alone"
            raise RunError(f"Step {step} of {self.id} is not saved; {known}.")
        return read_snapshot(self.step_path(step))

    def log(self) -> Log:
        """The figures of every step up to the last snapshot, those of thinned steps included.

        Raises:
            RunError: If a snapshot is damaged.
        """
        return read_whole_log(self.path)

    def last_validation_accuracy(self) -> float | None:
        """The validation accuracy of the last snapshot, 0 to 1.

        Raises:
            RunError: If that snapshot is damaged.
        """
        saved = self.steps()
        column = read_log(self.step_path(saved[-1])).validation_accuracy if saved else np.zeros(0)
        return round(float(column[-1]), 6) if len(column) else None

    # What happened

    def events(self) -> list[dict[str, Any]]:
        """What happened to the run, oldest first; a line cut short by a kill, or that nobody wrote, is left out."""
        return read_events(self.path / "events.jsonl")

    def add_event(self, event: str, step: int, **details: Any) -> None:
        """Append to `events.jsonl`; only the process that holds the lock does.

        Raises:
            StorageError: If there is no room for it, or the folder is gone or cannot be written to.
        """
        said = {"event": event, "step": step, "time": round(time.time(), 3), **details}
        append_event(self.path / "events.jsonl", said)

    def status(self) -> Status:
        """How it stands, by its files alone: who was training and holds the lock no longer was interrupted."""
        known = [event for event in self.events() if event.get("event") in _STATES]
        last: dict[str, Any] = known[-1] if known else {"event": "created"}
        state, saved = _STATES[last["event"]], self.steps()
        step = saved[-1] if saved else 0
        if last["event"] == "parked":
            return Status("paused", step, is_parked=True)
        if state in ("waiting", "training", "paused") and not self.is_locked():
            return Status("interrupted", step, f"The program that trained it ended; {self.can_go_on()}.")
        return Status(state, int(last.get("step", step)) if state == "failed" else step, last.get("reason"))

    def can_go_on(self) -> str:
        """From where it can be trained further, as the end of a sentence."""
        saved = self.steps()
        return f"it can go on {f'at step {saved[-1]}, the last one saved' if saved else 'before its first step'}"

    def tidy(self) -> None:
        """Remove the files that a kill left half written; only the process that holds the lock does."""
        remove_unfinished(self.path)

    def is_locked(self) -> bool:
        """Whether a process is training it now."""
        if not self.path.is_dir():
            return False
        try:
            with self.lock(timeout=0):
                return False
        except StorageError:  # a folder that cannot be written to is trained by nobody
            return False
        except RunError:
            return True

    @contextmanager
    def lock(self, timeout: float = 2) -> Iterator[None]:
        """Hold the run for writing; the system lets go of it when the process ends, however it ends.

        Raises:
            RunError: If another process holds it for longer than `timeout` seconds, or its folder is gone or closed.
        """
        if not self.path.is_dir():  # which the lock would make again
            raise RunError(f"The folder of {self.id} is gone.")
        lock = FileLock(self.path / "lock", timeout=timeout, poll_interval=0.02)
        try:
            lock.acquire()
        except Timeout:
            raise RunError(f"Another process is training {self.id}; wait until it is done, or stop it.") from None
        except OSError as error:
            raise StorageError(f"{self.id} cannot be written to: {error.strerror}.") from None
        try:
            yield
        finally:
            lock.release()


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads((path / "run.json").read_text("utf-8"))
    except FileNotFoundError:
        raise RunError(f"{path.name} is no run: it has no run.json.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"run.json of {path.name} cannot be read: {error}.") from None
    if not isinstance(record, dict) or not isinstance(record.get("format"), int):
        raise RunError(f"run.json of {path.name} does not say its format; it was not written by cnnviz.")
    if record["format"] > FORMAT:
        raise RunError(
            f"{path.name} has format {record['format']}, and this cnnviz reads up to {FORMAT}; update it to open this."
        )
    odd = _odd(record)
    if odd:
        raise RunError(f"run.json of {path.name} lacks {', '.join(odd)}, or holds what cannot be meant.")
    return record


def _odd(record: dict[str, Any]) -> list[str]:
    """What a record lacks, or cannot mean: it may come from elsewhere, and every page that lists runs reads it."""
    found = [name for name, kind in _REQUIRED.items() if not isinstance(record.get(name), kind)]
    found += [name for name, kind in _OPTIONAL.items() if not isinstance(record.get(name), kind | None)]
    numbers = {name: record[name] for name in _BOUNDS if name not in found}
    return found + [name for name, held in numbers.items() if not _BOUNDS[name][0] <= held <= _BOUNDS[name][1]]
