"""How much room runs may take, and what is given up where they take more."""

import math
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cnnviz.errors import RunError, counted
from cnnviz.jobs import Progress
from cnnviz.runs.logs import end_thinning, thin_step
from cnnviz.runs.run import Run
from cnnviz.runs.snapshot import read_log

USUAL = 20 * 10**9  # bytes
SHARE = 1 / 2  # of the disk: never more than this without being told
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {f"{letter}I": 2 ** (10 * power) for power, letter in enumerate("KMGT", start=1)}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?I?)B?", re.ASCII)
_AT_ONCE = 16  # steps of a run, given up in about a tenth of a second
_KEPT_IN_BIN = 3_600  # s: who has just deleted a run may want it back
_FIRST = frozenset({0, *(2**power for power in range(31))})  # the steps that show how it began
RULE = (
    "Where all runs take more than {budget}, room is made: what was deleted over an hour ago goes first, then, oldest "
    "run first, every second of the saved steps but the first, the last and those that are powers of two, again and "
    "again until it is enough. The curves stay whole. A run that trains is left alone, and so is the example."
)


def parse_size(text: str) -> int:
    """A size in bytes, from words such as "5GB", "500 MB", "1.5 TiB" or "1000000".

    Raises:
        RunError: If it is none.
    """
    match = _SIZE.fullmatch(text.strip().upper())
    if not match or match[2] == "I":
        raise RunError(f"{text!r} is no size; write it as in 5GB, 500MB or 1.5TB.")
    return int(float(match[1]) * _UNITS[match[2]])


def size_text(count: float) -> str:
    """A size for people: "5 GB", "1.5 MB"."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return counted(round(count), "byte")


def disk_budget(folder: Path) -> int | None:
    """The bytes that the runs of a folder may take: `$CNNVIZ_DISK_BUDGET`, else 20 GB or half of the disk.

    None where the variable says "off".

    Raises:
        RunError: If the variable says no size.
    """
    given = os.environ.get("CNNVIZ_DISK_BUDGET", "").strip()
    if given.lower() == "off":
        return None
    if given:
        try:
            return parse_size(given)
        except RunError as error:
            raise RunError(f"CNNVIZ_DISK_BUDGET: {error}") from None
    with suppress(OSError):
        return min(USUAL, int(shutil.disk_usage(folder).total * SHARE))
    return USUAL


def bytes_of(folder: Path) -> int:
    """The bytes of all files below a folder; what goes meanwhile is not counted."""
    total = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                is_folder = entry.is_dir(follow_symlinks=False)
                total += bytes_of(Path(entry)) if is_folder else entry.stat(follow_symlinks=False).st_size
    return total


@dataclass(frozen=True)
class Tidied:
    """What making room has come to.

    Attributes:
        before, after: Bytes of all runs; `after` is what it would be where nothing was to be done in earnest.
        budget: What they may take, or None without a limit.
        thinned: How many steps each run gave up, by its id.
        emptied: Ids of deleted runs that are gone for good.
    """

    before: int
    after: int
    budget: int | None
    thinned: dict[str, int]
    emptied: tuple[str, ...] = ()

    @property
    def is_enough(self) -> bool:
        """Whether they take no more than they may."""
        return self.budget is None or self.after <= self.budget


@dataclass(frozen=True)
class Tidy:
    """Making room as a job: a run at a time, each under the lock that who trains it would hold.

    Attributes:
        folder: The folder that holds runs.
        budget: What they may take, in bytes; None for no limit.
        is_trial: Whether only to say what would be done.
    """

    folder: Path
    budget: int | None
    is_trial: bool = False

    def steps(self) -> Iterator[Progress]:
        """Give up what the rule says, until it is enough; the last step's value is a `Tidied`."""
        total = before = bytes_of(self.folder)
        thinned: dict[str, int] = {}
        emptied: list[str] = []
        yield Progress(0.01)
        for path in self._deleted() if self._is_over(total) else ():
            if self._is_over(total):
                total -= bytes_of(path)
                emptied.append(path.name)
                if not self.is_trial:
                    shutil.rmtree(path, ignore_errors=True)
                yield Progress(0.05)
        saved = {run.path: run.steps() for run in _oldest_first(self.folder)} if self._is_over(total) else {}
        rounds = max((_rounds(steps) for steps in saved.values()), default=0)
        for number in range(rounds):
            for path, portion in self._portions(saved):
                if self._is_over(total):
                    freed, gone = self._thin(path, portion, total)
                    total -= freed
                    saved[path] = [step for step in saved[path] if step not in gone]
                    if gone:
                        thinned[path.name] = thinned.get(path.name, 0) + len(gone)
                    yield Progress(0.05 + 0.9 * number / rounds)
        yield Progress(1.0, Tidied(before, total, self.budget, thinned, tuple(emptied)))

    @staticmethod
    def _portions(saved: dict[Path, list[int]]) -> list[tuple[Path, list[int]]]:
        """What may go of each run, a few steps at a time, so that who wants to train it does not wait long."""
        every = ((path, second_ones(steps)) for path, steps in saved.items())
        return [
            (path, less[first : first + _AT_ONCE]) for path, less in every for first in range(0, len(less), _AT_ONCE)
        ]

    def _is_over(self, total: int) -> bool:
        return self.budget is not None and total > self.budget

    def _deleted(self) -> list[Path]:
        """Runs in the bin, the one deleted longest ago first."""
        limit = time.time() - _KEPT_IN_BIN
        found = []
        with suppress(OSError):
            for path in (self.folder / ".bin").iterdir():
                with suppress(OSError):
                    found.append((path.stat().st_mtime, path))
        return [path for deleted, path in sorted(found) if deleted < limit]

    def _thin(self, path: Path, steps: list[int], total: int) -> tuple[int, set[int]]:
        """Give up steps of one run until it is enough; the bytes that are free, and which steps went.

        A run that trains, has gone or cannot be written to is left alone.
        """
        freed, gone = 0, set()
        with suppress(RunError, OSError):
            run = Run(path)
            with run.lock(timeout=0):
                if not self.is_trial:
                    end_thinning(path)
                for step in steps:
                    if not self._is_over(total - freed):
                        break
                    freed += _freed(run, step) if self.is_trial else thin_step(path, step)
                    gone.add(step)
        return freed, gone


def second_ones(steps: list[int]) -> list[int]:
    """Every second of the saved steps that may go: neither the first, the last, nor a power of two."""
    kept = _FIRST | {*steps[:1], *steps[-1:]}
    return [step for step in steps if step not in kept][::2]


def _freed(run: Run, step: int) -> int:
    """About what giving up a step would free: its rows stay, with a head of a page or so."""
    rows = read_log(run.step_path(step)).arrays().values()
    return run.step_path(step).stat().st_size - sum(values.nbytes for values in rows) - 1_000


def tidy_now(folder: Path, budget: int | None, *, is_trial: bool = False) -> Tidied:
    """Make room here and now; see `Tidy`."""
    found: Tidied | None = None
    for progress in Tidy(folder, budget, is_trial).steps():
        found = progress.value
    assert found is not None
    return found


def _rounds(steps: list[int]) -> int:
    """How often every second one can go until none is left."""
    return math.ceil(math.log2(len(steps) + 1)) + 1


def _oldest_first(folder: Path) -> list[Run]:
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.name.startswith("."):
                with suppress(RunError):
                    found.append(Run(path))
    return sorted(found, key=lambda run: float(run.record["created"]))
