"""The same journeys as on the pages, from Python."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets import dataset
from cnnviz.errors import TrainingError
from cnnviz.inspection import load_network
from cnnviz.networks import NetworkSpec, network
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, find_run, runs_folder
from cnnviz.tasks import TASKS
from cnnviz.training.control import CallControl, Report
from cnnviz.training.start import new_run


@dataclass(frozen=True)
class Figures:
    """How good a network is on one part of the data.

    Attributes:
        loss: The mean loss.
        confusion: (K, K) counts; rows are labels, columns predictions.
    """

    loss: float
    confusion: NDArray[np.int32]

    @property
    def count(self) -> int:
        """How many images were looked at."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """The share of right answers, 0 to 1."""
        return float(self.confusion.trace() / max(1, self.count))


def train(
    dataset: str = "digits",
    network: str | NetworkSpec = "digits_small",
    *,
    classes: Sequence[str] | None = None,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    heard: Callable[[Report], None] | None = None,
    **changes: Any,
) -> Run:
    """Train a network here and now, and return its run.

    Args:
        dataset: A data set's name.
        network: A preset's name, or a network of one's own.
        classes: The classes that make the task; all where None.
        recipe: How to train; the preset's own where None.
        out: The folder that holds runs; by default `$CNNVIZ_RUNS`, else in the user's data folder.
        heard: Called with every report, about 30 a second.
        **changes: Fields of the recipe to change, as `epochs=3, seed=1`.

    Raises:
        CnnvizError: If a name is unknown, a setting out of range, the network cannot work, or the loss diverges.
    """
    import torch

    from cnnviz.training.session import Session

    run = new_run(dataset, network, changed_recipe(network, recipe, changes), classes=classes, folder=out)
    last: list[Report] = []

    def keep(report: Report) -> None:
        last[:] = [report]
        if heard:
            heard(report)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two threads on two busy cores stall, and cost these small networks nothing
    try:
        with torch.random.fork_rng(devices=[]):  # dropout draws from the caller's random numbers
            Session(run, CallControl(keep)).train()
    finally:
        torch.set_num_threads(threads)
    if last[0].state == "failed":
        raise TrainingError(f"{last[0].reason} The run is {run.id}.")
    return run


def changed_recipe(name: str | NetworkSpec, recipe: Recipe | None, changes: dict[str, Any]) -> Recipe:
    """The recipe given, else the preset's own, with some fields changed.

    Raises:
        CnnvizError: If the preset is unknown, or a field unknown or out of range.
    """
    if recipe is None:
        recipe = network(name).recipe if isinstance(name, str) else Recipe()
    Recipe.from_record({**recipe.to_record(), **changes})  # says which field is unknown, where `replace` would not
    return replace(recipe, **changes)


def open_run(run: str | Path, folder: str | Path | None = None) -> Run:
    """The run of this id or path.

    Raises:
        RunError: If there is none, or it is damaged.
    """
    return find_run(run, runs_folder(folder))


def evaluate(run: Run, part: str = "test", step: int | None = None) -> Figures:
    """How good a saved step (the last where None) is on the train, validation or test part.

    Raises:
        CnnvizError: If the step is not saved or there is no such part.
    """
    from cnnviz.training.loop import validate

    saved = run.snapshot(run.steps()[-1] if step is None and run.steps() else step or 0)
    split = dataset(run.record["dataset"]).split(run.record["recipe"]["seed"], run.class_names)
    images = split.part(part)
    return Figures(*validate(load_network(run, saved), TASKS[run.record["task"]], images, len(run.class_names)))
