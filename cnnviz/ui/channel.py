"""What the server knows of one run: how it stands, its log, its newest step, and the messages made of them."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

from cnnviz.figures.frames import Look, Validation, curves, pack, picture
from cnnviz.runs import Log, Run, Snapshot, read_log, read_snapshot
from cnnviz.training.control import Report
from cnnviz.training.history import Historian, History
from cnnviz.ui.place import Place

_KEPT = 64 * 2**20  # bytes of pictures, of all runs together: 14 KiB each for digits, some 100 KiB for larger images
_READ_AT_MOST_EVERY = 0.5  # s
_ENDED = ("finished", "stopped", "failed", "interrupted")


class Pictures:
    """Messages made before, the least used ones given up when they are too many; for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable) -> bytes | None:
        """The message of this key, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, key: Hashable, message: bytes) -> None:
        """Keep a message."""
        with self._lock:
            self._size += len(message) - len(self._kept.pop(key, b""))
            self._kept[key] = message
            while self._size > _KEPT and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])

    def forget(self, image: str) -> None:
        """Give up all messages that show this image."""
        with self._lock:
            for key in [key for key in self._kept if image in repr(key)]:
                self._size -= len(self._kept.pop(key))


class Channel:
    """One run's present; every reader shares what was read and packed once."""

    def __init__(self, run: Run, pictures: "Pictures") -> None:
        self.run = run
        self.report: Report | None = None  # of a worker of ours; None where nobody here trains it
        self.place: Place | None = None  # in the queue
        self.refused: str | None = None  # why the last change that was asked for is not made
        self._historian = Historian(run)
        self.owner_step: int | None = None
        self.watchers = 0
        self.version = 0  # of status
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._status = run.status()
        self._log: Log | None = None
        self._live_step: int | None = None
        self._pictures = pictures
        self._read_at = 0.0

    # What is known

    @property
    def state(self) -> str:
        """The run's state, the queue included."""
        if self.place is not None:
            return "waiting"
        return self.report.state if self.report else self._status.state

    @property
    def is_active(self) -> bool:
        """Whether it waits, trains or pauses, here or in another process."""
        return self.state not in _ENDED

    def log(self) -> Log:
        """Every row known, the ones not yet in a file included."""
        with self._lock:
            if self._log is None:
                self._log = self.run.log()
            return self._log

    def history(self) -> History:
        """What was changed on the way, and the learning rate; the same object until that becomes another."""
        return self._historian.history(self.last_saved())

    def rows(self) -> tuple[int, int, int]:
        """How many rows the log has, of training and of validation, and how many steps are saved."""
        log = self.log()
        return len(log.train_step), len(log.validation_step), len(log.snapshots)

    def hear(self, report: Report) -> None:
        """Take in what the worker says."""
        with self._lock:
            if report.state == "waiting":  # for another machine: the steps since the last snapshot are taken anew
                self.reread()
            if self._log is not None:
                self._log = self._log.joined(report.log)
            if report.live:
                self._live_step = report.step
            self.report, self.refused = report, report.refused or self.refused
            self.version += 1
            self._news.notify_all()

    def reread(self, reason: str | None = None) -> None:
        """Go by the files again: after a worker has ended, for a reason that they may not know, or to train anew."""
        with self._lock:
            self._live_step, self._status = None, self.run.status()
            if not self._status.is_parked:  # whose last report still holds
                self.report = None
            if reason and self._status.state == "interrupted":
                self._status = replace(self._status, reason=reason)
            before, self._log = self._log, None
            if before is not None and (self._same(before) or not self.run.path.is_dir()):
                self._log = before
            self.version += 1
            self._news.notify_all()

    def wait_for(self, states: Sequence[str], seconds: float) -> None:
        """Wait until the run is in one of these states, but no longer than so many seconds."""
        with self._news:
            self._news.wait_for(lambda: self.state in states, seconds)

    @property
    def is_foreign(self) -> bool:
        """Whether another process trains it, of which only the files tell."""
        return self.report is None and self.place is None and self.is_active and not self._status.is_parked

    def read_on(self) -> None:
        """Add the snapshots that another process has written since."""
        with self._lock:
            if time.monotonic() - self._read_at < _READ_AT_MOST_EVERY:
                return
            self._read_at = time.monotonic()
            self._status = self.run.status()
            known = set(self.log().snapshots.tolist())
            for step in self.run.steps():
                if step not in known:
                    self._log = self.log().joined(read_log(self.run.step_path(step)))
            self.version += 1

    def _same(self, before: Log) -> bool:
        """Whether the log in memory is the one in the files: no row was lost with a killed worker."""
        saved = self.run.steps()
        known = [int(step) for step in before.snapshots]
        return known == saved and bool(saved) and len(before.train_step) == saved[-1]

    # Messages

    def status_message(self) -> bytes:
        """How the run stands."""
        report, status = self.report, self._status
        snapshots = self.log().snapshots
        header: dict[str, Any] = {
            "run": self.run.id,
            "label": self.run.label,
            "network": self.run.record["network"]["name"],
            "dataset": self.run.record["dataset"],
            "state": self.state,
            "reason": report.reason if report else None if self.place else status.reason,
            "refused": self.refused if self.is_active else None,
            "place": self.place.words if self.place else None,
            "step": report.step if report else max(status.step, int(snapshots[-1]) if len(snapshots) else 0),
            "planned_steps": (report and report.planned_steps) or self.run.planned_steps,
            "steps_per_epoch": self.run.record["steps_per_epoch"],
            "validation_count": self.run.record.get("validation_images"),
            "pace": report.pace if report else 0,
            "images_per_second": report.images_per_second if report else None,
            "seconds_left": report.seconds_left if report else None,
            "owner_step": self.owner_step,
            "watchers": self.watchers,
        }
        return pack("status", header)

    def curves_message(self, train_rows: int = 0, validation_rows: int = 0, *, history: History | None = None) -> bytes:
        """The rows of the log after those many, and what was changed on the way where that is news."""
        later = self.log().rows_after(train_rows, validation_rows)
        is_all = train_rows == validation_rows == 0
        return curves(later, reset=is_all, history=self.history() if is_all else history)

    def known_picture(self, step: int | None, image: str) -> bytes | None:
        """A picture that was made before."""
        return self._pictures.get(self.picture_key(step, image))

    def probe_picture(self, step: int | None) -> bytes:
        """The picture of the probe image, from what the worker saved: no network is run.

        Raises:
            RunError: If the step is not there.
        """
        image = self.run.record["probe"]
        known = self.known_picture(step, image)
        if known:
            return known
        snapshot = self._snapshot(step)
        return self.make_picture(step, image, snapshot, snapshot.activations, snapshot.label)

    def make_picture(
        self, step: int | None, image: str, snapshot: Snapshot, activations: dict[str, Any], label: int | None
    ) -> bytes:
        """Pack a picture and keep it; step None is the live one."""
        look = Look(snapshot, activations, image, label, self.validation(snapshot), saved=step is not None)
        message = picture(self.run, look)
        self._pictures.keep(self.picture_key(step, image, snapshot.step), message)
        return message

    @property
    def has_picture(self) -> bool:
        """Whether there is a step to look at."""
        return self._live_step is not None or bool(len(self.log().snapshots))

    def shown(self, step: int | None) -> int | None:
        """The saved step to show for a wish; None where the live one is meant, which is not saved."""
        if step is not None:
            return step
        saved = self.last_saved()
        return None if self._live_step is not None and (saved is None or self._live_step > saved) else saved

    def last_saved(self) -> int | None:
        """The last step that is saved."""
        snapshots = self.log().snapshots
        return int(snapshots[-1]) if len(snapshots) else None

    def last_validation(self) -> Validation | None:
        """The validation of the last snapshot.

        Raises:
            RunError: If that is damaged.
        """
        saved = self.run.steps()
        return self.validation(self.run.snapshot(saved[-1])) if saved else None

    def picture_key(self, step: int | None, image: str, live_step: int | None = None) -> Hashable:
        """What a picture is kept under; a live one under the step it shows, by default the newest that is known."""
        live = self._live_step if live_step is None else live_step
        return (str(self.run.path), step, live if step is None else None, image)

    def _snapshot(self, step: int | None) -> Snapshot:
        if step is None:
            return read_snapshot(self.run.live_path)
        return self.run.snapshot(step)

    def validation(self, snapshot: Snapshot) -> Validation | None:
        """The snapshot's own, or that of the last snapshot before a live step."""
        if snapshot.confusion is None:
            saved = [step for step in self.run.steps() if step <= snapshot.step]
            if not saved:
                return None
            snapshot = self.run.snapshot(saved[-1])
        if snapshot.confusion is None or snapshot.validation_loss is None:
            return None
        return snapshot.step, snapshot.validation_loss, snapshot.confusion


def problem(text: str) -> bytes:
    """A calm sentence for the page."""
    return pack("problem", {"text": text})
