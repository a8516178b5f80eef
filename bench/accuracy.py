"""How long a training takes to reach an accuracy on MNIST's own test images; `$CNNVIZ_DATA` names where they lie."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure
from cnnviz.datasets import Images, dataset
from cnnviz.networks import network
from cnnviz.plan import Plan
from cnnviz.recipe import Recipe
from cnnviz.tasks import TASKS
from cnnviz.training.devices import available
from cnnviz.training.loop import make_optimizer, train_steps, validate
from cnnviz.training.memory import keep_freed_memory
from cnnviz.training.threads import one_thread

EVERY = 20  # steps from one look at the test images to the next, which is no training
NEVER = np.full(2, np.inf)


@dataclass(frozen=True)
class Goal:
    """An accuracy, the seconds of training it may take, and how it is aimed at: in one pass over so many images."""

    accuracy: float
    limit: float
    images: int
    batch: int
    rate: float


GOALS = (Goal(0.97, 5, 20_000, 64, 0.004), Goal(0.98, 10, 60_000, 128, 0.005))


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """Seconds of training until each accuracy, in every precision that this processor has."""
    del folder
    precisions = available()["cpu"][-1:] if quick else available()["cpu"]
    split = dataset("mnist").split(0)
    keep_freed_memory()
    with one_thread():
        return [_figure(goal, precision, split.train, split.test) for precision in precisions for goal in GOALS]


def _figure(goal: Goal, precision: str, train: Images, test: Images) -> Figure:
    (seconds, processor), last = _reached(goal, precision, train.first(goal.images), test)
    return Figure(
        f"MNIST, {precision}: {goal.accuracy:.0%} of the test images right",
        f"after {seconds:.1f} s",
        f"{goal.limit:.0f} s of training",
        f"keras_example, one pass over {min(goal.images, len(train)):,} images in batches of {goal.batch}; "
        f"{processor:.1f} s of the processor; {last:.2%} in the end",
        bool(seconds <= goal.limit),
    )


def _reached(goal: Goal, precision: str, train: Images, test: Images) -> tuple[NDArray[np.float64], float]:
    """The seconds until the accuracy was first seen, by the clock and of the processor, and the last accuracy."""
    recipe = Recipe(learning_rate=goal.rate, batch_size=goal.batch, epochs=1, precision=precision)
    built = network("keras_example").spec((1, 28, 28), 10).build(recipe.seed)
    task, plan = TASKS["classify"].learnt_by(recipe), Plan(recipe, len(train))
    found, taken, begun, accuracy = NEVER, np.zeros(2), _clocks(), 0.0
    for step in train_steps(built, make_optimizer(recipe, built), task, train, plan):
        if step.number % EVERY and step.number < plan.steps:
            continue
        taken = taken + _clocks() - begun
        counts = validate(built, task, test, 10)[1]
        accuracy = float(counts.trace() / counts.sum())
        if accuracy >= goal.accuracy and found is NEVER:
            found = taken
        begun = _clocks()
    return found, accuracy


def _clocks() -> NDArray[np.float64]:
    return np.array([time.perf_counter(), time.process_time()])
