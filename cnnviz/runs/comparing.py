"""Runs beside each other: the settings that differ, and what came of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safetensors import SafetensorError, safe_open

from cnnviz.errors import RunError
from cnnviz.runs.copying import FOLLOW, flat
from cnnviz.runs.run import Run
from cnnviz.runs.wording import PLAIN, Wording

_BEGIN, _END = ("started", "resumed"), ("paused", "parked", "stopped", "finished", "failed", "interrupted")
_BUFFERS = ("running_mean", "running_var", "num_batches_tracked")  # torch's names of what no gradient changes


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Attributes:
        best, final: Validation accuracies, 0 to 1, of the best and the last of the steps it was measured at.
        best_step: The step of the best.
        steps: Steps taken, as far as they are saved.
        seconds: Spent training, pauses left out; None where nothing tells.
        parameters: How many numbers it learned.
    """

    best: float | None
    best_step: int | None
    final: float | None
    steps: int
    seconds: float | None
    parameters: int | None


def differing(runs: Sequence[Run]) -> dict[str, list[str]]:
    """The settings that are not the same in all runs, by their names for people, with the value of each run in words.

    What only follows from others, as the number of steps, is left out.
    """
    return differing_records([run.record for run in runs])


def differing_records(full: Sequence[Mapping[str, Any]], wording: Wording = PLAIN) -> dict[str, list[str]]:
    """As `differing`, of the records of runs; `wording` is how settings are put."""
    records = [flat(record) for record in full]
    names = list(dict.fromkeys(name for record in records for name in record))
    values = {name: [record.get(name) for record in records] for name in names}
    return {
        wording.title(name): wording.values(name, held)
        for name, held in values.items()
        if any(value != held[0] for value in held) and name not in FOLLOW
    }


def outcome(run: Run) -> Outcome:
    """What came of a run.

    Raises:
        RunError: If a snapshot is damaged.
    """
    log, saved = run.log(), run.steps()
    accuracies = log.validation_accuracy
    best = int(accuracies.argmax()) if len(accuracies) else None
    return Outcome(
        best=None if best is None else float(accuracies[best]),
        best_step=None if best is None else int(log.validation_step[best]),
        final=float(accuracies[-1]) if len(accuracies) else None,
        steps=max([*saved[-1:], *log.train_step[-1:].tolist()], default=0),
        seconds=seconds_of(run),
        parameters=parameters_of(run),
    )


def seconds_of(run: Run) -> float | None:
    """The seconds that a run was trained, by its events; one that was interrupted counts to its last saved step."""
    total, begun, found = 0.0, None, False
    for event in run.events():
        at = event.get("time")
        if isinstance(at, int | float):
            if event.get("event") in _BEGIN:
                begun, found = begun or at, True
            elif event.get("event") in _END and begun is not None:
                total, begun = total + at - begun, None
    if begun is not None and (saved := run.steps()):
        total += max(0.0, run.snapshot(saved[-1]).time - begun)
    return total if found else None


def parameters_of(run: Run) -> int | None:
    """How many numbers the network of a run learns, by its last saved step; None where nothing is saved.

    Raises:
        RunError: If that step is damaged.
    """
    for step in run.steps()[-1:]:
        return sum(math.prod(shape) for name, shape in shapes_of(run, step).items() if not name.endswith(_BUFFERS))
    return None


def shapes_of(run: Run, step: int) -> dict[str, tuple[int, ...]]:
    """The shapes of the weights of a saved step, by torch's names; the weights themselves are not read.

    Raises:
        RunError: If the step is not there or damaged.
    """
    path = run.step_path(step)
    try:
        with safe_open(path, framework="np") as file:
            names = [name for name in file.keys() if name.startswith("weight/")]  # noqa: SIM118 - no mapping
            return {name[7:]: tuple(file.get_slice(name).get_shape()) for name in names}
    except FileNotFoundError:
        raise RunError(f"{path.name} is not there any more.") from None
    except (OSError, SafetensorError) as error:
        raise RunError(f"{path.name} of {run.id} is damaged: {error}.") from None
