"""What holds at each step of a training: a pure function of its record and of what was changed while it ran."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from cnnviz.augmentation import Augmentation
from cnnviz.errors import SettingError, choose_from
from cnnviz.recipe import Recipe
from cnnviz.settings import Setting, Settings, Value, setting

OF_RECIPE = ("learning_rate", "batch_size", "weight_decay")


@dataclass(frozen=True)
class _Dropout(Settings):
    dropout: float = setting(
        0.5, "Dropout", "The share of values that every dropout layer zeroes while it learns.", low=0, high=0.95
    )


def changeable() -> dict[str, Setting]:
    """Every setting that can be changed while a training runs, by its name, in the order a form shows them."""
    own = {name: Recipe.declared()[name] for name in OF_RECIPE}
    return own | _Dropout.declared() | Augmentation.declared()


@dataclass(frozen=True)
class Held:
    """What holds for a stretch of steps.

    Attributes:
        recipe: With the learning rate, batch size and weight decay of these steps.
        augmentation: How the images are varied.
        dropout: The share that every dropout layer zeroes; None for each its own.
    """

    recipe: Recipe
    augmentation: Augmentation = Augmentation()  # noqa: RUF009 - settings cannot be changed
    dropout: float | None = None

    @cached_property
    def varies(self) -> bool:
        """Whether the images are varied."""
        return self.augmentation.is_on

    def changed(self, settings: Mapping[str, Value]) -> "Held":
        """With some of it changed.

        Raises:
            SettingError: Where a name is none that can be changed, or a value is out of range.
        """
        known = changeable()
        for name in settings:
            if name not in known:
                raise SettingError(name, choose_from(name, "A setting that can be changed,", list(known)))
        recipe = {name: value for name, value in settings.items() if name in OF_RECIPE}
        augmentation = {name: value for name, value in settings.items() if name in Augmentation.declared()}
        dropout = _Dropout(settings["dropout"]).dropout if "dropout" in settings else self.dropout  # type: ignore[arg-type]
        return Held(self.recipe.changed(**recipe), self.augmentation.changed(**augmentation), dropout)

    def values(self) -> dict[str, Value | None]:
        """What holds of `changeable`, by name; None for a dropout that is each layer's own."""
        recipe = {name: getattr(self.recipe, name) for name in OF_RECIPE}
        return {**recipe, "dropout": self.dropout, **self.augmentation.to_record()}


def check_change(record: Mapping[str, Any], settings: Mapping[str, Value]) -> None:
    """Refuse, before it is sent to whoever trains a run, what cannot be changed; its record says what it is made of.

    Raises:
        SettingError: Where a name is none that can be changed, or a value is out of range.
    """
    Held(Recipe.from_record(record["recipe"])).changed(settings)


@dataclass(frozen=True)
class Change:
    """What was changed by a person: from `step` on, the number of the next update counted from 0, these hold."""

    step: int
    settings: Mapping[str, Value]


@dataclass(frozen=True)
class Judged:
    """How good a training was on all validation images at the end of an epoch: epochs count from 1."""

    epoch: int
    step: int
    loss: float


@dataclass(frozen=True)
class Moment:
    """What an update is made of.

    Attributes:
        held: What holds.
        epoch: The pass, counted from 0.
        seen: How many images of the epoch's order come before the batch.
        rate: The learning rate.
    """

    held: Held
    epoch: int
    seen: int
    rate: float


@dataclass(frozen=True)
class _Stretch:
    """Steps from `first` on under one rule; at the first of them `seen` images of `epoch` had been used."""

    first: int
    epoch: int
    seen: int
    held: Held

    def place(self, step: int, images: int) -> tuple[int, int]:
        """The epoch of a step, and how many images of it come before."""
        since, size = step - self.first, self.held.recipe.batch_size
        rest = self.held.recipe.steps_per_epoch(images - self.seen)
        if since < rest:
            return self.epoch, self.seen + since * size
        further, batches = divmod(since - rest, self.held.recipe.steps_per_epoch(images))
        return self.epoch + 1 + further, batches * size

    def end_of(self, epoch: int, images: int) -> int:
        """The first step after an epoch."""
        rest = self.held.recipe.steps_per_epoch(images - self.seen)
        return self.first + rest + (epoch - self.epoch) * self.held.recipe.steps_per_epoch(images)


@dataclass(frozen=True)
class Plan:
    """A training step by step, with all that was changed.

    A new batch size takes the rest of the epoch in batches of that size, so that every image is still seen once, and
    the number of steps changes. The learning rate goes by how far the training is in its images, not by its steps: a
    schedule goes on from where it is, and the steps it counts in (warm-up, from fall to fall) are those of the first
    batch size. A new learning rate is that of the recipe: the schedule goes on taking its share of it.

    Attributes:
        recipe: As the training began.
        images: How many there are to train on.
        augmentation: As the training began.
        changes: What a person changed, by step.
        judged: The ends of epochs so far, where something is decided by them.
    """

    recipe: Recipe
    images: int
    augmentation: Augmentation = Augmentation()  # noqa: RUF009 - settings cannot be changed
    changes: tuple[Change, ...] = ()
    judged: tuple[Judged, ...] = ()

    @classmethod
    def of(cls, record: Mapping[str, Any], events: Iterable[Mapping[str, Any]], images: int) -> Self:
        """The plan of a run, by its record and what happened to it.

        Raises:
            SettingError: If they hold what cannot be.
        """
        changed = [Change(event["step"], event["settings"]) for event in events if event.get("event") == "changed"]
        changed.sort(key=lambda change: change.step)  # stable: of two at one step the later one counts
        augmentation = Augmentation.from_record(record.get("augmentation") or {})
        return cls(Recipe.from_record(record["recipe"]), images, augmentation, tuple(changed))

    @cached_property
    def steps(self) -> int:
        """Steps from the first to the last."""
        return self._stretches[-1].end_of(self.recipe.epochs - 1, self.images)

    def at(self, step: int) -> Moment:
        """What a step is made of, counted from 0, one of `steps`."""
        stretch = self._stretch(step)
        epoch, seen = stretch.place(step, self.images)
        position = epoch * self._per_epoch + seen / self.recipe.batch_size  # in steps of the first batch size
        rate = stretch.held.recipe.learning_rate_at(position, self._per_epoch * self.recipe.epochs, self._losses)
        return Moment(stretch.held, epoch, seen, rate)

    def epoch_end(self, step: int) -> int:
        """The first step after the epoch that a step is in."""
        return self._end_of(self.at(step).epoch)

    @cached_property
    def epoch_ends(self) -> tuple[int, ...]:
        """The first step after each epoch, as things stand."""
        return tuple(self._end_of(epoch) for epoch in range(self.recipe.epochs))

    def _end_of(self, epoch: int) -> int:
        inside = [stretch for stretch in self._stretches if stretch.epoch <= epoch]
        return inside[-1].end_of(epoch, self.images)

    def checked(self, step: int, settings: Mapping[str, Value]) -> dict[str, Value]:
        """What is to be changed from a step on, each value in its own kind.

        Raises:
            SettingError: Where a name is none that can be changed, or a value is out of range.
        """
        new = self._stretch(step).held.changed(settings)
        return {name: value for name, value in new.values().items() if name in settings and value is not None}

    def changed(self, step: int, settings: Mapping[str, Value]) -> "Plan":
        """With something changed from a step on.

        Raises:
            SettingError: As `checked`.
        """
        change = Change(step, self.checked(step, settings))
        return replace(self, changes=tuple(sorted([*self.changes, change], key=lambda one: one.step)))

    @property
    def best(self) -> Judged | None:
        """The end of an epoch with the lowest loss so far, the first of equals; what is no number is worse than any."""
        return min(self.judged, key=lambda one: (math.isnan(one.loss), one.loss), default=None)

    def why_to_stop(self) -> str | None:
        """Why the training ends before its time, where it does."""
        patience = self.recipe.early_stopping
        if not patience:
            return None
        best = self.best
        if best is None or self.judged[-1].epoch - best.epoch < patience:
            return None
        return (
            f"Early stopping after epoch {self.judged[-1].epoch}: the validation loss has not fallen for "
            f"{patience} epoch{'s' * (patience > 1)}. The best epoch was {best.epoch}, at step {best.step:,}, with "
            f"{best.loss:.4g}."
        )

    @cached_property
    def _per_epoch(self) -> int:
        return self.recipe.steps_per_epoch(self.images)

    @cached_property
    def _losses(self) -> Sequence[float]:
        return [one.loss for one in self.judged]

    def _stretch(self, step: int) -> _Stretch:
        return next(stretch for stretch in reversed(self._stretches) if stretch.first <= step)

    @cached_property
    def _stretches(self) -> tuple[_Stretch, ...]:
        found = [_Stretch(0, 0, 0, Held(self.recipe, self.augmentation))]
        for change in self.changes:
            last = found[-1]
            if change.step >= last.end_of(self.recipe.epochs - 1, self.images):
                break  # it was asked for after the last step
            epoch, seen = last.place(change.step, self.images)
            found.append(_Stretch(change.step, epoch, seen, last.held.changed(change.settings)))
        return tuple(found)
