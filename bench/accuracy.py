"""How long a training takes to reach an accuracy on MNIST's own test images; `$CNNVIZ_DATA` names where they lie."""

import time
from pathlib import Path

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
            f"after {reached[accuracy]:.1f} s" if accuracy in reached else "not reached",
            f"{limit:.0f} s of training",
            f"keras_example, batch {RECIPE.batch_size}, one epoch; {last:.2%} in the end",
            reached.get(accuracy, limit + 1) <= limit,
        )
        for accuracy, limit in LIMITS.items()
    ]


def _reached(recipe: Recipe, train: Images, test: Images) -> tuple[dict[float, float], float]:
    """The seconds until each accuracy was first seen, and the last accuracy."""
    task = TASKS["classify"].learnt_by(recipe)
    built = network("keras_example").spec(train.images.shape[1:], 10).build(recipe.seed)
    plan = Plan(recipe, len(train))
    reached: dict[float, float] = {}
    seconds, begun, accuracy = 0.0, time.perf_counter(), 0.0
    for step in train_steps(built, make_optimizer(recipe, built), task, train, plan):
        if step.number % EVERY and step.number < plan.steps:
            continue
        seconds += time.perf_counter() - begun
        counts = validate(built, task, test, 10)[1]
        accuracy = float(counts.trace() / counts.sum())
        reached |= {limit: seconds for limit in LIMITS if accuracy >= limit and limit not in reached}
        begun = time.perf_counter()
    return reached, accuracy
