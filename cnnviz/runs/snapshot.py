"""Snapshots: everything saved of one step, and the log of the steps up to it."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import RunError
from cnnviz.runs.files import Arrays, read_arrays, write_arrays


@dataclass(frozen=True)
class Snapshot:
    """Everything saved of one step.

    Attributes:
        step: Optimizer updates done.
        weights: Parameters and buffers by torch's names, as `conv1.weight`.
        activations: The probe image through all layers, by layer name: (C, H, W) or (F,) float32; "input" is the image.
        label: The probe image's class.
        confusion: (K, K) int32 counts on the validation images, rows are labels, or None where it was not counted.
        validation_loss: The mean loss on them, or None.
        time: When it was written, in seconds since 1970.
    """

    step: int
    weights: Arrays
    activations: Arrays
    label: int
    confusion: NDArray[np.int32] | None = None
    validation_loss: float | None = None
    time: float = field(default_factory=time.time)


@dataclass(frozen=True)
class Log:
    """Figures of training, step by step.

    Attributes:
        train_step, train_loss, train_accuracy: (N,) a row a step; steps count from 1, accuracy is of the batch, 0 to 1.
        validation_step, validation_loss, validation_accuracy: (M,) one row a validated snapshot.
        snapshots: (S,) the saved steps.
    """

    train_step: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    train_loss: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    train_accuracy: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    validation_step: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    validation_loss: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    validation_accuracy: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    snapshots: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    def arrays(self) -> Arrays:
        """All columns by name."""
        return dict(vars(self))

    def joined(self, later: "Log") -> "Log":
        """This log with the rows of a later one behind it; those it has already are left out."""
        columns = self.arrays()
        for steps in ("train_step", "validation_step", "snapshots"):
            known = columns[steps][-1] if len(columns[steps]) else -1
            new = getattr(later, steps) > known
            for name in columns:
                if name == steps or (steps != "snapshots" and name.split("_")[0] == steps.split("_")[0]):
                    columns[name] = np.concatenate([columns[name], getattr(later, name)[new]])
        return Log(**columns)


def write_snapshot(path: Path, snapshot: Snapshot, log: Log | None = None) -> None:
    """Write a snapshot, with the log of the steps since the one before."""
    arrays = {f"weight/{name}": values for name, values in snapshot.weights.items()}
    arrays |= {f"probe/{name}": values for name, values in snapshot.activations.items()}
    if snapshot.confusion is not None:
        arrays["confusion"] = snapshot.confusion
    arrays |= {f"log/{name}": values for name, values in (log or Log()).arrays().items()}
    header = {
        "step": snapshot.step,
        "label": snapshot.label,
        "validation_loss": snapshot.validation_loss,
        "time": snapshot.time,
    }
    write_arrays(path, arrays, header)


def read_snapshot(path: Path) -> Snapshot:
    """The inverse of `write_snapshot`, without the log.

    Raises:
        RunError: If the file is missing or damaged.
    """
    arrays, header = read_arrays(path)
    try:
        return Snapshot(
            step=header["step"],
            weights={name[7:]: values for name, values in arrays.items() if name.startswith("weight/")},
            activations={name[6:]: values for name, values in arrays.items() if name.startswith("probe/")},
            label=header["label"],
            confusion=arrays.get("confusion"),
            validation_loss=header["validation_loss"],
            time=header["time"],
        )
    except KeyError as error:
        raise RunError(f"{path.name} of {path.parent.name} is damaged: it lacks {error}.") from None


def read_log(path: Path) -> Log:
    """The log of the steps since the snapshot before.

    Raises:
        RunError: If the file is missing or damaged.
    """
    columns, _ = read_arrays(path, "log/")
    try:
        return Log(**columns)
    except TypeError as error:
        raise RunError(f"{path.name} of {path.parent.name} is damaged: {error}.") from None
