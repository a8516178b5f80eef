"""Which run trains when: places and those who wait for one, commands on their way, and paused runs put away."""

import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cnnviz.errors import CnnvizError
from cnnviz.runs import Run, State
from cnnviz.training.control import Command, Report
from cnnviz.training.executors import Executor
from cnnviz.training.line import Line, Waiting, seconds_until
from cnnviz.training.messages import Gone, Heard, Queue, Train

TICK = 1.0  # s between two looks at what only time brings: estimates, and runs that have been paused for long
PARK_AFTER = 300.0  # s that a paused run keeps its process and its memory, where CNNVIZ_PARK_AFTER says nothing else
ALONE = (
    30.0  # s after which a slow motion that nobody looks at any more goes on at full speed, where others wait for it
)
_ENDS: tuple[State, ...] = ("finished", "stopped", "failed", "interrupted")


@dataclass
class _Trained:
    """A run that the executor has.

    Attributes:
        state: What it said last, or what it was told since.
        at: When it was heard last, by `time.monotonic`.
        seen: When somebody began or ceased to look at it, or it began; likewise.
        parked: Whether it was told to end and be put away; what it is told from then on waits in `later`.
    """

    waited: Waiting
    state: State = "training"
    report: Report | None = None
    at: float = field(default_factory=time.monotonic)
    seen: float = 0.0
    parked: bool = False
    later: list[Command] = field(default_factory=list)

    @property
    def seconds_left(self) -> float:
        """Until its place is free; infinite where that is not known."""
        left = self.report.seconds_left if self.report else None
        return math.inf if left is None else max(0.0, left - (time.monotonic() - self.at))


class Dispatch:
    """Gives the executor's places to runs, so that every owner has a fair share, and passes commands on.

    Args:
        executor: Who trains them.
        tell: Called with all the server should know.
    """

    def __init__(self, executor: Executor, tell: Callable[[Heard | Queue | Gone], None]) -> None:
        self._executor = executor
        self._tell = tell
        self._line = Line()
        self._trained: dict[Path, _Trained] = {}
        self._watched: set[Path] = set()
        self._onward: dict[Path, Command] = {}  # what a run that waits is told when there is a place for it
        self._speeds: dict[str, float] = {}
        self._looked = 0.0
        self._park_after = _park_after()

    # What the server wants

    def line_up(self, wish: Train) -> None:
        """Train a run, or go on with it, when there is a place."""
        known = self._trained.get(wish.run)
        if known and known.parked:
            known.later.append(Command("resume"))
        elif wish.run not in self._line and (known is None or known.state == "paused"):
            try:
                self._line.join(_waiting(wish))
            except CnnvizError as error:
                self._tell(Gone(wish.run, str(error)))
            self._fill()

    def steer(self, run: Path, command: Command) -> None:
        """Pass a command on, wherever the run is: waiting, training, paused, or put away."""
        known = self._trained.get(run)
        if command.verb == "watch":
            self._look_at(run, is_on=bool(command.value))
        elif known and known.parked:
            known.later.append(command)
            return
        elif command.verb == "resume" or (command.verb == "epoch" and self._is_paused(run)):
            self._onward[run] = command
            self.line_up(Train(run, known.report.pace if known and known.report else _pace_when_parked(run)))
            if run not in self._line:
                self._onward.pop(run, None)
            return
        elif run in self._line and command.verb in ("stop", "pause"):
            self._line.leave(run)
            self._onward.pop(run, None)
            self._tell_queue()
        if known:
            self._executor.steer(run, command)
        elif command.verb != "watch":
            self._steer_absent(run, command)

    def _look_at(self, run: Path, *, is_on: bool) -> None:
        (self._watched.add if is_on else self._watched.discard)(run)
        if run in self._trained:
            self._trained[run].seen = time.monotonic()

    def _is_paused(self, run: Path) -> bool:
        known = self._trained.get(run)
        return known.state == "paused" if known else _is_parked(run)

    def _steer_absent(self, run: Path, command: Command) -> None:
        """A command to a run that no process has: it waited until just now, or is put away."""
        is_parked = _is_parked(run)
        if command.verb == "stop" or (command.verb == "pause" and not is_parked):
            self._tell(Gone(run, _write_down(run, "stopped")))
        elif command.verb == "pause":
            self._tell(Gone(run))
        elif is_parked and run not in self._line:
            self._begin(_waiting(Train(run, _pace_when_parked(run), paused=True)))
            self._executor.steer(run, command)

    # Places

    def _fill(self) -> None:
        """Give free places to those who wait."""
        while self._line and len(self._busy()) < self._executor.capacity:
            waiting = self._order()[0]
            run = waiting.wish.run
            self._line.leave(run)
            onward = self._onward.pop(run, Command("resume"))
            paused = self._trained.get(run)
            if paused:
                paused.state = "training"
                self._executor.steer(run, onward)
            else:
                self._begin(waiting)
                if onward.verb != "resume" and run in self._trained:
                    self._executor.steer(run, onward)
        self._tell_queue()

    def _begin(self, waiting: Waiting) -> None:
        run = waiting.wish.run
        self._trained[run] = _Trained(waiting, "paused" if waiting.wish.paused else "training", seen=time.monotonic())
        try:
            self._executor.start(waiting.wish)
        except OSError as error:  # the system gives no further process; the others go on
            del self._trained[run]
            why = f"No process could be started to train it: {error.strerror}"
            self._tell(Gone(run, _write_down(run, "interrupted", why)))
            return
        if run in self._watched:
            self._executor.steer(run, Command("watch", 1))

    def _busy(self) -> list[_Trained]:
        return [trained for trained in self._trained.values() if trained.state in ("training", "waiting")]

    def _order(self) -> list[Waiting]:
        return self._line.order([trained.waited.owner for trained in self._busy()])

    def _tell_queue(self) -> None:
        order, busy = self._order(), self._busy()
        free = [0.0] * max(0, self._executor.capacity - len(busy))
        seconds = seconds_until(order, [*free, *(trained.seconds_left for trained in busy)], self._speeds)
        note = self._executor.trouble
        self._tell(Queue([waiting.wish.run for waiting in order], () if note else seconds, note))

    # What the executor says, and time brings

    def heard(self, messages: Sequence[Heard | Gone]) -> None:
        """Take in what the executor says, and tell the server."""
        for message in messages:
            match message:
                case Heard(run, report):
                    self._tell(message)
                    self._hear(self._trained[run], report)
                case Gone(run, reason):
                    self._gone(run, reason)

    def _hear(self, trained: _Trained, report: Report) -> None:
        if report.images_per_second and not report.pace:
            self._speeds[trained.waited.kind] = report.images_per_second
        was, trained.state = trained.state, report.state
        trained.report, trained.at = report, time.monotonic()
        if was == "training" != report.state and report.state not in _ENDS:  # at its end, `Gone` follows
            self._fill()

    def _gone(self, run: Path, reason: str | None) -> None:
        trained = self._trained.pop(run)
        if trained.state in _ENDS or trained.parked:
            reason = trained.report.reason if trained.report else None
        elif reason:
            reason = _write_down(run, "interrupted", reason)
        self._tell(Gone(run, reason))
        for command in trained.later:
            self.steer(run, command)
        self._fill()

    @property
    def has_to_look(self) -> bool:
        """Whether time alone may bring something."""
        return bool(self._line) or any(trained.state == "paused" for trained in self._trained.values())

    def look(self) -> None:
        """Put away what has been paused for long, and see to those who wait; at most once a `TICK`."""
        now = time.monotonic()
        if now < self._looked + TICK:
            return
        self._looked = now
        for run, trained in self._trained.items():
            if trained.state == "paused" and not trained.parked and now > trained.at + self._park_after:
                trained.parked = True
                self._executor.steer(run, Command("park"))
            is_slow = trained.state == "training" and trained.report is not None and trained.report.pace
            if is_slow and self._line and run not in self._watched and now > trained.seen + ALONE:
                self._executor.steer(run, Command("pace", 0))
        if self._line:
            self._fill()


def _park_after() -> float:
    """In seconds."""
    given = os.environ.get("CNNVIZ_PARK_AFTER", "")
    try:
        return float(given or PARK_AFTER)
    except ValueError:
        print(f"CNNVIZ_PARK_AFTER: {given!r} is no number of seconds; {PARK_AFTER:g} are taken.", file=sys.stderr)
        return PARK_AFTER


def _waiting(wish: Train) -> Waiting:
    """What the line must know of a run.

    Raises:
        RunError: If it is gone or damaged.
    """
    run = Run(wish.run)
    saved = run.steps()
    steps = run.planned_steps - (saved[-1] if saved else 0)
    images = steps * int(run.record["recipe"].get("batch_size", 0))
    kind = json.dumps([run.record["dataset"], run.record["network"]], sort_keys=True)
    return Waiting(wish, run.owner, images, steps, kind)


def _is_parked(path: Path) -> bool:
    try:
        return Run(path).status().is_parked
    except CnnvizError:  # deleted meanwhile
        return False


def _pace_when_parked(path: Path) -> float:
    try:
        events = Run(path).events()
    except CnnvizError:  # deleted meanwhile
        return 0.0
    return float(events[-1].get("pace", 0)) if events else 0.0


def _write_down(path: Path, event: str, reason: str | None = None) -> str | None:
    """Write into a run what became of it, where it can still be written; the reason, with what would do."""
    try:
        run = Run(path)
        status = run.status()
        reason = f"{reason}; {run.can_go_on()}." if reason else None
        with run.lock():
            run.add_event(event, status.step, **({"reason": reason} if reason else {}))
    except (CnnvizError, OSError):  # deleted meanwhile, or the disk is full
        pass
    return reason
