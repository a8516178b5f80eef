"""What held at each step of a run, by its files: what was changed on the way, and the learning rate."""

from bisect import bisect_right
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import CnnvizError, RunError
from cnnviz.plan import Held, Judged, Plan, changeable
from cnnviz.runs import Run, read_arrays
from cnnviz.settings import Value

MOST_RATES = 400  # even points of the learning rate over a run; there are more at its start and where it changes
_NO_ARRAY = "\0"  # the beginning of no array's name: the header alone is read
_ODD_FILES = (CnnvizError, LookupError, TypeError, ValueError, AttributeError)  # what events from elsewhere may bring


@dataclass(frozen=True)
class Mark:
    """Something that was changed, by a person or by the recipe, after so many steps, in words."""

    step: int
    words: str


@dataclass(frozen=True, eq=False)
class History:
    """What was changed on the way of a run, and its learning rate.

    Attributes:
        marks: What was changed, by step.
        rate_steps, rates: Numbers of steps (R,) int32, counted from 1, planned ones too, and their rates (R,) float32.
        epoch_ends: The last step (E,) int32 of every epoch, planned ones too.
    """

    marks: tuple[Mark, ...] = ()
    rate_steps: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    rates: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    epoch_ends: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


class Historian:
    """Tells the history of one run; it reads the files anew only when they say something new."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._key: Any = None
        self._is_decided_by_epochs = True  # so that a snapshot, which holds their ends, may say something new
        self._known = History()

    def history(self, last_saved: int | None) -> History:
        """The same object until something has changed; `last_saved` is the last step that is saved."""
        key = (*_stamp(self._run), last_saved if self._is_decided_by_epochs else None)
        if key != self._key:
            self._key = key
            with suppress(*_ODD_FILES):  # what there was stays
                plan = plan_of(self._run)
                self._is_decided_by_epochs = plan.recipe.watches_validation
                new = History(tuple(marks(plan)), *rates(plan), np.array(plan.epoch_ends, np.int32))
                if new.marks != self._known.marks or not np.array_equal(new.rates, self._known.rates):
                    self._known = new
        return self._known


def _stamp(run: Run) -> tuple[int, int]:
    """What becomes another one whenever an event is written."""
    try:
        found = (run.path / "events.jsonl").stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def plan_of(run: Run) -> Plan:
    """What a run's files say of all its steps.

    Raises:
        SettingError: If they hold what cannot be.
    """
    record = run.record
    images = record.get("training_images") or record["steps_per_epoch"] * record["recipe"]["batch_size"]  # older ones
    plan = Plan.of(record, run.events(), images)
    return replace(plan, judged=_judged(run)) if plan.recipe.watches_validation else plan


def marks(plan: Plan) -> list[Mark]:
    """What was changed on the way, by step."""
    return sorted([*_by_people(plan), *_by_plateaus(plan), *_early_end(plan)], key=lambda mark: mark.step)


def rates(plan: Plan) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The learning rate over all planned steps: numbers of steps (R,), counted from 1, and the rates (R,) of these."""
    last = plan.steps - 1
    turns = [change.step for change in plan.changes] + [one.step for one in plan.judged]
    even = np.linspace(0, last, min(plan.steps, MOST_RATES)).astype(int)
    early = np.geomspace(1, last + 1, min(plan.steps, MOST_RATES)).astype(int) - 1
    chosen = sorted(
        {*even.tolist(), *early.tolist(), *(at for turn in turns for at in (turn - 1, turn) if 0 <= at <= last)}
    )
    known = [replace(plan, judged=plan.judged[:count]) for count in range(len(plan.judged) + 1)]
    ends = [one.step for one in plan.judged]
    found = [known[bisect_right(ends, step)].at(step).rate for step in chosen]  # by the epochs that had ended then
    return np.array(chosen, np.int32) + 1, np.array(found, np.float32)


def _judged(run: Run) -> tuple[Judged, ...]:
    """How good the ends of its epochs were, up to the last snapshot."""
    saved = run.steps()
    try:
        _, header = read_arrays(run.optimizer_path(saved[-1]), _NO_ARRAY) if saved else ({}, {})
    except RunError:  # it was not kept, or is being replaced
        return ()
    return tuple(Judged(*one) for one in header.get("judged", []))


def _by_people(plan: Plan) -> list[Mark]:
    found, held = [], Held(plan.recipe, plan.augmentation)
    for change in plan.changes:
        if change.step < plan.steps:  # else it was asked for too late
            words = _words(held.values(), change.settings)
            found.append(Mark(change.step, words))
            held = held.changed(change.settings)
    return found


def _words(before: Mapping[str, Value | None], settings: Mapping[str, Value]) -> str:
    """What was changed, as "Learning rate 0.001 in place of 0.01"."""
    known = changeable()
    said = [f"{known[name].label} {_text(value)} in place of {_text(before[name])}" for name, value in settings.items()]
    return "; ".join([*said[:1], *(text[0].lower() + text[1:] for text in said[1:])])


def _text(value: Value | None) -> str:
    return "each layer's own" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _by_plateaus(plan: Plan) -> list[Mark]:
    """Where the learning rate fell because the validation loss did not."""
    found = []
    for count, one in enumerate(plan.judged, 1):
        if one.step < plan.steps:
            then, now = (replace(plan, judged=plan.judged[:known]) for known in (count - 1, count))
            before, after = then.at(one.step).rate, now.at(one.step).rate
            if after != before:
                epochs = plan.recipe.patience
                since = f"{epochs} epochs" if epochs > 1 else "an epoch"
                words = f"Learning rate {after:.3g} in place of {before:.3g}: no better validation loss for {since}"
                found.append(Mark(one.step, words))
    return found


def _early_end(plan: Plan) -> list[Mark]:
    why = plan.why_to_stop()
    return [Mark(plan.judged[-1].step, why)] if why else []
