"""What the inspector is asked: a snapshot's answer to one image, and how good it is on the test part."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets import Split, dataset, find_image
from cnnviz.inspection import load_network, trace
from cnnviz.runs import Arrays, Run, Snapshot, read_snapshot
from cnnviz.tasks import TASKS
from cnnviz.training.loop import validate

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class LookAt:
    """One image through the network of a saved step, or of the live one (step None)."""

    run: Path
    step: int | None
    image: str

    def answer(self) -> tuple[Snapshot, Arrays, int]:
        """The snapshot's step and weights, the activations by layer name, and the image's label.

        Raises:
            CnnvizError: If the step or the image is not there.
        """
        run = Run(self.run)
        snapshot = run.snapshot(self.step) if self.step is not None else read_snapshot(run.live_path)
        image, label = find_image(_split(run), self.image)
        network = load_network(run, snapshot) if self.step is None else _network(self.run, self.step)
        return snapshot, trace(network, image), label


@dataclass(frozen=True)
class Evaluate:
    """How a saved step does on the test part, which nothing else looks at."""

    run: Path
    step: int

    def answer(self) -> tuple[float, NDArray[np.int32]]:
        """The mean loss, and the counts (K, K), rows are labels.

        Raises:
            RunError: If the step is not saved.
        """
        run = Run(self.run)
        return validate(
            _network(self.run, self.step), TASKS[run.record["task"]], _split(run).test, len(run.class_names)
        )


def _split(run: Run) -> Split:
    recipe: dict[str, Any] = run.record["recipe"]
    return _cached_split(run.record["dataset"], recipe["seed"], run.class_names)


@lru_cache(maxsize=4)
def _cached_split(name: str, seed: int, classes: tuple[str, ...]) -> Split:
    return dataset(name).split(seed, classes)


@lru_cache(maxsize=16)
def _network(path: Path, step: int) -> "nn.Sequential":
    run = Run(path)
    return load_network(run, run.snapshot(step))
