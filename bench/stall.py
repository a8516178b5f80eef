"""How long saving a snapshot holds up the training of a network of a million parameters."""

import time
from pathlib import Path

import numpy as np

from bench.data import Mnist, make_folder, register
from bench.figures import Figure
from cnnviz.layers import Convolution, Flatten, FullyConnected, MaxPooling, ReLU
from cnnviz.networks import NetworkSpec
from cnnviz.recipe import Recipe, snapshot_steps
from cnnviz.training.control import Command
from cnnviz.training.memory import keep_freed_memory
from cnnviz.training.session import Session
from cnnviz.training.start import new_run

LIMIT = 0.005  # s
BATCH = 32
SETTLED = 64  # steps, many of which are saved one after another
MILLION = NetworkSpec.stack(
    "million",
    Mnist.shape,
    [
        Convolution(32, kernel_size=3),
        ReLU(),
        MaxPooling(),
        Convolution(64, kernel_size=3),
        ReLU(),
        MaxPooling(),
        Flatten(),
        FullyConnected(620),
        ReLU(),
        FullyConnected(10),
    ],
)


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """What a step takes more after which a snapshot is saved, and how much of that the training's own thread works."""
    make_folder(folder.parent / "mnist")
    register()
    keep_freed_memory()
    recipe = Recipe(optimizer="adam", learning_rate=0.001, schedule="constant", batch_size=BATCH, epochs=1)
    made = new_run(Mnist.name, MILLION, recipe, folder=folder / "runs")
    timed = _Timed(600 if quick else made.planned_steps)
    session = Session(made, timed)
    session.train()
    steps = np.diff(np.array(timed.seen), axis=0)  # (S, 2) seconds, and seconds of the thread, of steps 1, 2 ...
    is_saved = np.isin(np.arange(1, len(steps) + 1), snapshot_steps(made.planned_steps))
    settled = np.arange(len(steps)) >= SETTLED
    plain, saving = steps[~is_saved & settled], steps[is_saved & settled]
    more = saving - np.median(plain, axis=0)
    stall, work = np.median(more, axis=0)
    return [
        Figure(
            f"a snapshot of {len(session.keeper.optimizer.values):,} parameters holds up training",
            f"{1000 * stall:.1f} ms",
            f"{1000 * LIMIT:.0f} ms",
            f"median of {len(more)}, 9 in 10 below {1000 * np.percentile(more[:, 0], 90):.1f} ms; the training's "
            f"thread works {1000 * work:.1f} ms for it; a step takes {1000 * np.median(plain[:, 0]):.1f} ms",
            bool(stall < LIMIT),
        )
    ]


class _Timed:
    """Looks at the clocks before every step, and stops the training after so many."""

    def __init__(self, steps: int) -> None:
        self.seen: list[tuple[float, float]] = []
        self._steps = steps

    def receive(self, seconds: float | None) -> Command | None:
        """Stop when there were enough."""
        del seconds
        self.seen.append((time.perf_counter(), time.thread_time()))
        return Command("stop") if len(self.seen) > self._steps else None

    def send(self, report: object) -> None:
        """Nothing is done with it."""
        del report
