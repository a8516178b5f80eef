"""Runs as files only: nothing is trained here."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.runs import Log, Run, Snapshot, create_run, write_snapshot

RECORD: dict[str, Any] = {
    "task": "classify",
    "dataset": "digits",
    "classes": ["0", "1"],
    "network": {"name": "tiny", "input_shape": [1, 8, 8], "layers": []},
    "recipe": {"seed": 0},
    "planned_steps": 40,
    "steps_per_epoch": 20,
    "probe": "validation-0",
}

MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(runs_folder: Path) -> MakeRun:
    """Makes a run with snapshots at these steps; the log counts every step's loss as its number over ten."""

    def make(steps: Sequence[int] = (0, 1, 4), **changes: Any) -> Run:
        run = create_run(runs_folder, RECORD | changes)
        before = 0
        for step in steps:
            between = np.arange(before + 1, step + 1, dtype=np.int32)
            log = Log(
                train_step=between,
                train_loss=(between / 10).astype(np.float32),
                train_accuracy=np.full(len(between), 0.5, np.float32),
                validation_step=np.array([step], np.int32),
                validation_loss=np.array([step / 4], np.float32),
                validation_accuracy=np.array([step / 8], np.float32),
                snapshots=np.array([step], np.int32),
            )
            snapshot = Snapshot(step, {"fc1.weight": np.full((2, 3), step, np.float32)}, {}, label=1)
            write_snapshot(run.step_path(step), snapshot, log)
            before = step
        return run

    return make
