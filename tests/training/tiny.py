"""A training so small that a step takes a millisecond, and somebody who steers it by a script."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.augmentation import Augmentation
from cnnviz.layers import AveragePooling, BatchNorm, Convolution, Dropout, Flatten, FullyConnected, ReLU
from cnnviz.networks import NetworkSpec
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.training.control import Command, Report
from cnnviz.training.session import Session
from cnnviz.training.start import new_run

# Everything that has a state or draws numbers is in it, so that going on after a break has something to lose.
TINY = NetworkSpec.stack(
    "tiny",
    (1, 8, 8),
    [
        AveragePooling(),
        Convolution(out_channels=4, kernel_size=3, padding=1),
        BatchNorm(),
        ReLU(),
        Dropout(share=0.3),
        Flatten(),
        FullyConnected(out_features=10),
    ],
)


def tiny_run(folder: Path | None = None, augmentation: Augmentation | None = None, **changes: Any) -> Run:
    """A run of five steps an epoch, two epochs."""
    settings = {"batch_size": 256, "epochs": 2, "learning_rate": 0.01, "schedule": "constant"} | changes
    return new_run("digits", TINY, Recipe(**settings), folder=folder, augmentation=augmentation)


Act = Command | Callable[[], None] | None


class Script:
    """Gives one command after another whenever the training asks, then none; a function in it is called instead.

    Attributes:
        reports: What the training said.
        waits: The seconds it was ready to wait, question by question.
    """

    def __init__(self, acts: Iterable[Act] = (), clock: "Clock | None" = None) -> None:
        self._acts = iter(acts)
        self._clock = clock
        self.reports: list[Report] = []
        self.waits: list[float | None] = []

    def receive(self, seconds: float | None) -> Command | None:
        """The next of the script; who steers has gone where a paused training waits after its end."""
        self.waits.append(seconds)
        for act in self._acts:
            if isinstance(act, Command):
                return act
            if act is None:
                break
            act()
        if seconds is None:
            raise EOFError
        if self._clock:
            self._clock.now += seconds
        return None

    def send(self, report: Report) -> None:
        """Keep it."""
        self.reports.append(report)

    @property
    def states(self) -> list[tuple[str, int]]:
        """(state, step) of every report, one after another only where they differ."""
        found: list[tuple[str, int]] = []
        for report in self.reports:
            if not found or found[-1][0] != report.state:
                found.append((report.state, report.step))
        return found


class Clock:
    """A clock that stands still but for what it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return self.now


def trained(run: Run, *acts: Act, clock: Clock | None = None) -> Script:
    """Train to the end, steered by the script."""
    script = Script(acts, clock)
    Session(run, script).train()
    return script


def broken(run: Run, steps: int, *acts: Act) -> None:
    """Train so many steps; then who steers is gone, which nothing is written for, as with a kill."""

    def gone() -> None:
        raise EOFError

    with pytest.raises(EOFError):
        trained(run, *[None] * steps, *acts, gone)


def assert_same_weights(one: Run, other: Run, step: int) -> None:
    """To the last bit."""
    first, second = one.snapshot(step).weights, other.snapshot(step).weights
    assert first.keys() == second.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)
