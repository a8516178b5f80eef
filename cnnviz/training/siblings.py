"""Runs made to be compared: twins of a run, and sweeps over one setting.

They have the same seed, so the same first weights and the same images in the same order; what differs is named.
"""

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import starmap
from typing import Any, Literal

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Preparation, dataset
from cnnviz.errors import CnnvizError, SettingError, choose_from
from cnnviz.networks import NETWORKS, NetworkSpec, network
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.runs.comparing import differing_records
from cnnviz.runs.copying import differences
from cnnviz.settings import Value
from cnnviz.training.changing import DROPOUT, NETWORK, PARTS, changeable
from cnnviz.training.labelling import LABELS
from cnnviz.training.start import Chosen, new_run

MOST = 12  # runs of one sweep
Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Wish:
    """A run that is to be, as `new_run` takes it.

    Attributes:
        dataset: A data set's name.
        network: A network, or a preset's name.
        recipe: How it is trained.
        chosen: What is said of it beside these; preparation and augmentation are among it.
    """

    dataset: str
    network: str | NetworkSpec
    recipe: Recipe
    chosen: Chosen

    def changed(self, changes: Mapping[str, Any]) -> "Wish":
        """The same with some settings changed, by name: of `cnnviz.training.changing.changeable`.

        Raises:
            SettingError: If a name is unknown, or a value out of range or out of place.
        """
        known = changeable()
        for name in changes:
            if name not in known:
                raise SettingError(name, choose_from(name, "A setting,", list(known)))
        own = {
            part: {name: changes[name] for name in held.declared() if name in changes} for part, held in PARTS.items()
        }
        preparation = self.preparation.changed(**own["preparation"])
        augmentation = (self.chosen.get("augmentation") or Augmentation()).changed(**own["augmentation"])
        chosen: Chosen = {**self.chosen, "preparation": preparation, "augmentation": augmentation}
        made = self._network_of(changes, preparation)
        return Wish(self.dataset, made, self.recipe.changed(**own["recipe"]), chosen)

    @property
    def preparation(self) -> Preparation:
        """What is done to the images once."""
        return self.chosen.get("preparation") or Preparation()

    @property
    def record(self) -> dict[str, Any]:
        """What of a run's record it says, all settings included."""
        network = self.network if isinstance(self.network, str) else self.network.to_record()
        augmentation = self.chosen.get("augmentation") or Augmentation()
        return {
            "network": network,
            "recipe": self.recipe.to_record(),
            "preparation": self.preparation.to_record(),
            "augmentation": augmentation.to_record(),
        }

    def make(self) -> Run:
        """Make the run.

        Raises:
            CnnvizError: As `new_run`.
        """
        return new_run(self.dataset, self.network, self.recipe, **self.chosen)

    def _network_of(self, changes: Mapping[str, Any], preparation: Preparation) -> str | NetworkSpec:
        """The network with what is changed of it; one that is named is made for these images."""
        named = changes.get(NETWORK)
        is_same = named is None or (isinstance(self.network, NetworkSpec) and named == self.network.name)
        found: str | NetworkSpec = self._network_for(preparation) if is_same else changes[NETWORK]
        if isinstance(found, str) and (NETWORK in changes or DROPOUT in changes):
            classes = self.chosen.get("classes") or dataset(self.dataset).classes
            found = network(found).spec(preparation.shape(dataset(self.dataset).shape), len(classes))
        if DROPOUT not in changes or isinstance(found, str):
            return found
        return found.dropping(changes[DROPOUT])

    def _network_for(self, preparation: Preparation) -> str | NetworkSpec:
        """The network for images of this size: a preset is made anew for another one."""
        shape = preparation.shape(dataset(self.dataset).shape)
        if isinstance(self.network, str) or self.network.input_shape == shape or self.network.name not in NETWORKS:
            return self.network
        preset = NETWORKS[self.network.name]
        classes = self.chosen.get("classes") or dataset(self.dataset).classes
        is_preset = preset.spec(self.network.input_shape, len(classes)) == self.network
        return self.network.name if is_preset else self.network


def as_trained(run: Run) -> Wish:
    """A run as it was wished for; what was changed while it trained is left out.

    Raises:
        CnnvizError: If its record holds what cannot be.
    """
    record = run.record
    chosen = Chosen(
        classes=record["classes"],
        preparation=Preparation.from_record(record.get("preparation") or {}),
        augmentation=Augmentation.from_record(record.get("augmentation") or {}),
    )
    network = NetworkSpec.from_record(record["network"])
    return Wish(record["dataset"], network, Recipe.from_record(record["recipe"]), chosen)


def differing(runs: Sequence[Run]) -> dict[str, list[str]]:
    """The settings that are not the same in all runs, as `cnnviz.runs.comparing` has it, by the labels of the form.

    What an older version did not write down yet counts as it was then.
    """
    return differing_records([_full(run) for run in runs], LABELS)


def _full(run: Run) -> dict[str, Any]:
    try:
        return {**run.record, **as_trained(run).record}
    except (CnnvizError, TypeError, KeyError):  # of a version that had other settings
        return run.record


def twin_of(run: Run, changes: Mapping[str, Any]) -> Wish:
    """A run like this one from its start but for these changes, which its record names.

    Raises:
        SettingError: If nothing differs, a name is unknown, or a value out of range.
    """
    before = as_trained(run)
    after = before.changed(changes)
    differs = differences(before.record, after.record)
    if not differs:
        raise SettingError(next(iter(changes), "change"), "Nothing differs from the run; change at least one setting.")
    what = f"As {run.label}, with {LABELS.told(differs)}."
    if was_changed(run):
        what += " What was changed while that one trained is left out."
    more = Chosen(parent={"run": run.id, "step": None, "what": what}, group=group_of(run))
    return replace(after, chosen={**after.chosen, **more})


def again(run: Run) -> Wish:
    """A run once more, from its start, to be trained beside its twin; they share a group of their own.

    Raises:
        CnnvizError: If its record holds what cannot be.
    """
    same = as_trained(run)
    parent = {"run": run.id, "step": None, "what": f"As {run.label}, with nothing changed."}
    return replace(same, chosen={**same.chosen, "parent": parent, "group": f"twins-{secrets.token_hex(4)}"})


def was_changed(run: Run) -> bool:
    """Whether something was changed while a run trained."""
    return any(event.get("event") == "changed" for event in run.events())


def group_of(run: Run) -> str:
    """What a run and those made from it share."""
    return str(run.record.get("group") or run.id)


def sweep_of(wish: Wish, name: str, values: Sequence[Value]) -> list[Wish]:
    """A wish once for each value of a setting; they share a new group, and all are checked here.

    Raises:
        SettingError: If the setting is unknown, a value does not do, or there are too few or too many of them.
    """
    different = list(dict.fromkeys(values))
    if not 2 <= len(different) <= MOST:
        raise SettingError(name, f"A sweep has 2 to {MOST} different values; received {len(different)}.")
    group = f"sweep-{secrets.token_hex(4)}"
    return [
        replace(found, chosen={**found.chosen, "group": group})
        for found in (wish.changed({name: value}) for value in different)
    ]


def sweep_from(run: Run, name: str, values: Sequence[Value]) -> list[Wish]:
    """As `sweep_of`, of a run: each names it, and what differs.

    Raises:
        SettingError: As `sweep_of`.
    """
    before = as_trained(run).record
    wishes = sweep_of(as_trained(run), name, values)
    differs = [LABELS.told(differences(before, wish.record)) for wish in wishes]
    said = [
        f"As {run.label}, with {words}." if words else f"As {run.label}, with nothing changed." for words in differs
    ]
    parents = [Chosen(parent={"run": run.id, "step": None, "what": what}) for what in said]
    return [replace(wish, chosen={**wish.chosen, **parent}) for wish, parent in zip(wishes, parents, strict=True)]


def spread(low: float, high: float, count: int, scale: Scale = "linear", *, whole: bool = False) -> list[Value]:
    """Values from `low` to `high`, evenly apart, or by the same factor on a log scale, each with 3 digits.

    Raises:
        SettingError: If the ends or their number cannot be.
    """
    if not 2 <= count <= MOST:
        raise SettingError("count", f"A sweep has 2 to {MOST} values; received {count}.")
    if not low < high:
        raise SettingError("low", f"A range goes up; received {low:g} to {high:g}.")
    if scale == "log" and low <= 0:
        raise SettingError("low", f"A log scale begins above 0; received {low:g}. Use a linear one, or begin higher.")

    def at(share: float) -> float:
        return math.exp(math.log(low) + share * math.log(high / low)) if scale == "log" else low + share * (high - low)

    values = [at(number / (count - 1)) for number in range(count)]
    rounded = [low, *(float(f"{value:.3g}") for value in values[1:-1]), high]
    return list(dict.fromkeys(round(value) if whole else value for value in rounded))


def seconds_for(run: Run, wishes: Sequence[Wish], pace: float = 0, places: int = 1) -> float | None:
    """How long wishes made of a run will train, by how fast it was itself; None where that cannot be told.

    Args:
        run: The run; it may have been slowed down, and the others would then be quicker.
        wishes: What is to be trained.
        pace: Steps per second; 0 for full speed.
        places: How many are trained at once.
    """
    speed = _images_per_second(run)
    if speed is None and not pace:
        return None
    images = run.record.get("training_images") or run.record["recipe"]["batch_size"] * run.record["steps_per_epoch"]
    fraction = Preparation.from_record(run.record.get("preparation") or {}).fraction

    def lasts(wish: Wish) -> float:
        own = round(images * wish.preparation.fraction / fraction)
        steps = wish.recipe.steps_per_epoch(own) * wish.recipe.epochs
        return max(steps / pace if pace else 0.0, own * wish.recipe.epochs / speed if speed else 0.0)

    free = [0.0] * max(1, places)
    for wish in wishes:
        first = free.index(min(free))
        free[first] += lasts(wish)
    return max(free)


def _images_per_second(run: Run) -> float | None:
    """Over the last few saved steps, or all of them where that was quicker: a pause says nothing of speed."""
    saved = run.steps()
    steps = [saved[0], saved[max(0, len(saved) - 4)], saved[-1]] if len(saved) > 1 else []
    times = [run.snapshot(step).time for step in steps]
    pairs = (
        [((steps[0], times[0]), (steps[2], times[2])), ((steps[1], times[1]), (steps[2], times[2]))] if steps else []
    )
    batch = run.record["recipe"]["batch_size"]
    found = starmap(lambda one, other: (other[0] - one[0]) * batch / max(1e-6, other[1] - one[1]), pairs)
    return max(found, default=0.0) or None
