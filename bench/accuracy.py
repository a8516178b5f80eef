"""How long a training takes to reach an accuracy on MNIST's own test images; `$CNNVIZ_DATA` names where they lie."""

import time
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

LIMITS = {0.97: 5.0, 0.98: 10.0}  # s of training
NEVER = (np.inf, np.inf)
EVERY = 20  # steps from one look to the next; a look is no training
RECIPE = Recipe(optimizer="adam", learning_rate=0.005, schedule="one_cycle", batch_size=128, epochs=1)


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """Seconds of training until each accuracy, in every precision that this processor has."""
    del folder
    precisions = available()["cpu"][-1:] if quick else available()["cpu"]
    keep_freed_memory()
    with one_thread():
        return [figure for precision in precisions for figure in _figures(precision)]


def _figures(precision: str) -> list[Figure]:
    split = dataset("mnist").split(0)
    reached, last = _reached(RECIPE.changed(precision=precision), split.train, split.test)
    return [
        Figure(
            f"MNIST, {precision}: {accuracy:.0%} of the test images right",
            f"after {reached[accuracy][0]:.1f} s" if accuracy in reached else "not reached",
            f"{limit:.0f} s of training",
            f"keras_example, batch {RECIPE.batch_size}, one epoch; {last:.2%} in the end; "
            f"{reached.get(accuracy, NEVER)[1]:.1f} s of the processor",
            reached.get(accuracy, NEVER)[0] <= limit,
        )
        for accuracy, limit in LIMITS.items()
    ]


def _reached(recipe: Recipe, train: Images, test: Images) -> tuple[dict[float, tuple[float, float]], float]:
    """The seconds until each accuracy was first seen, by the clock and of the processor, and the last accuracy."""
    task = TASKS["classify"].learnt_by(recipe)
    built = network("keras_example").spec(train.images.shape[1:], 10).build(recipe.seed)
    plan = Plan(recipe, len(train))
    reached: dict[float, tuple[float, float]] = {}
    seconds, begun, accuracy = np.zeros(2), _clocks(), 0.0
    for step in train_steps(built, make_optimizer(recipe, built), task, train, plan):
        if step.number % EVERY and step.number < plan.steps:
            continue
        seconds += _clocks() - begun
        counts = validate(built, task, test, 10)[1]
        accuracy = float(counts.trace() / counts.sum())
        now = (float(seconds[0]), float(seconds[1]))
        reached |= {limit: now for limit in LIMITS if accuracy >= limit and limit not in reached}
        begun = _clocks()
    return reached, accuracy


def _clocks() -> NDArray[np.float64]:
    return np.array([time.perf_counter(), time.process_time()])
