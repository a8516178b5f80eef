"""How a network is trained: the choices that are not the network's own."""

import math
from dataclasses import dataclass

from cnnviz.settings import Settings, setting

# The shape of one cycle, as in Smith and Topin, "Super-Convergence" (2018): rise for 30 % of the steps from 1/25 of
# the top, then fall to almost nothing along a half cosine. The same numbers as torch's OneCycleLR.
RISE, START, END = 0.3, 1 / 25, 1 / 25 * 1e-4


@dataclass(frozen=True)
class Recipe(Settings):
    """Optimizer, learning rate and its schedule, batch size, epochs and seed of a training.

    Raises:
        SettingError: Where a value is out of range.
    """

    optimizer: str = setting(
        "adam", "Optimizer", "How a gradient becomes an update of the weights.", options=("sgd", "momentum", "adam")
    )
    learning_rate: float = setting(
        0.01,
        "Learning rate",
        "The size of an update; with one cycle its highest value.",
        low=1e-6,
        high=10,
        scale="log",
    )
    schedule: str = setting(
        "one_cycle",
        "Schedule",
        "The learning rate over time: always the same, or up and down once.",
        options=("constant", "one_cycle"),
    )
    batch_size: int = setting(64, "Batch size", "Images in one step.", low=2, high=512)
    epochs: int = setting(10, "Epochs", "Passes over all training images.", low=1, high=200)
    seed: int = setting(0, "Seed", "Fixes the split, the first weights and the order of images.", low=0, high=2**31 - 1)

    def steps_per_epoch(self, images: int) -> int:
        """Optimizer steps in one pass; a last batch of a single image is left out, as batch norm needs two."""
        return max(1, images // self.batch_size + (images % self.batch_size > 1))

    def learning_rate_at(self, step: int, steps: int) -> float:
        """The learning rate of a step, counted from 0, of a training of `steps` steps."""
        if self.schedule == "constant":
            return self.learning_rate
        top = RISE * steps - 1
        if step <= top:
            return self._between(START, 1.0, step / top)
        return self._between(1.0, END, min(1.0, (step - top) / max(steps - 1 - top, 1e-9)))

    def _between(self, first: float, last: float, share: float) -> float:
        return self.learning_rate * (last + (first - last) * (1 + math.cos(math.pi * share)) / 2)


def snapshot_steps(steps: int) -> list[int]:
    """The steps a training of `steps` steps is saved at: 0, 1, 2, 4 ... 64, then evenly, then the last.

    These are 60 to 117; a training too short to give 60 that way is saved at every step.
    """
    if steps < 116:
        return list(range(steps + 1))
    spacing = (steps - 64) // 52
    return sorted({0, 1, 2, 4, 8, 16, 32, 64, *range(64 + spacing, steps + 1, spacing), steps})
