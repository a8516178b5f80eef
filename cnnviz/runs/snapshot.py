"""Snapshots: everything saved of one step, and the log of the steps up to it."""

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import RunError
from cnnviz.runs.files import Arrays, read_arrays, write_arrays
from cnnviz.runs.measured import Histogram, Mistake

# The columns of a log by the one that says their steps.
COLUMNS = {
    "train_step": ("train_loss", "train_accuracy"),
    "validation_step": ("validation_loss", "validation_accuracy"),
    "norm_step": ("gradient_norm", "weight_norm"),
    "snapshots": (),
}


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
        gradients: By the name of each layer with weights, how the gradients of its weights were spread that made this
            step, as the optimizer was given them; nothing at step 0, and in runs of older versions.
        worst: Of the validation images that are wrong those with the highest loss, it first; None where nobody looked.
        time: When it was written, in seconds since 1970.
    """

    step: int
    weights: Arrays
    activations: Arrays
    label: int
    confusion: NDArray[np.int32] | None = None
    validation_loss: float | None = None
    gradients: dict[str, Histogram] = field(default_factory=dict)
    worst: tuple[Mistake, ...] | None = None
    time: float = field(default_factory=time.time)


@dataclass(frozen=True)
class Log:
    """Figures of training, step by step.

    Attributes:
        train_step, train_loss, train_accuracy: (N,) a row a step; steps count from 1, accuracy is of the batch, 0 to 1.
        validation_step, validation_loss, validation_accuracy: (M,) one row a validated snapshot.
        snapshots: (S,) the saved steps.
        norm_step: (R,) the steps whose norms were measured.
        gradient_norm: (R, L) the Euclidean norm, by layer with weights, of the gradient that made the step, before it
            is clipped.
        weight_norm: (R, L) that of the weights before the step.
        layers: The names of these L layers, in order of execution; nothing where no norms are.
    """

    train_step: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    train_loss: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    train_accuracy: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    validation_step: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    validation_loss: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    validation_accuracy: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    snapshots: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    norm_step: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    gradient_norm: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    weight_norm: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    layers: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: "Sequence[Log]") -> Self:
        """The rows of all parts, each of which follows the one before."""
        columns: Arrays = {name: _stacked([getattr(part, name) for part in parts]) for name in cls().arrays()}
        return cls(**columns, layers=next((part.layers for part in parts if part.layers), ()))

    def arrays(self) -> Arrays:
        """All columns by name."""
        return {name: getattr(self, name) for steps, others in COLUMNS.items() for name in (steps, *others)}

    def joined(self, later: "Log") -> "Log":
        """This log with the rows of a later one behind it; those it has already are left out."""
        new: Arrays = {}
        for steps, others in COLUMNS.items():
            known = getattr(self, steps)
            fresh = getattr(later, steps) > (known[-1] if len(known) else -1)
            new |= {name: getattr(later, name)[fresh] for name in (steps, *others)}
        return Log.of([self, Log(**new, layers=later.layers)])

    def rows_after(self, train: int, validation: int) -> "Log":
        """Without so many rows of training, and so many of validation; norms and snapshots are those of later steps."""
        trained = self.train_step[train - 1] if train else -1
        validated = self.validation_step[validation - 1] if validation else -1
        first = {
            "train_step": train,
            "validation_step": validation,
            "norm_step": int(np.searchsorted(self.norm_step, trained, "right")),
            "snapshots": int(np.searchsorted(self.snapshots, validated, "right")),
        }
        later = {
            name: getattr(self, name)[first[steps] :] for steps, others in COLUMNS.items() for name in (steps, *others)
        }
        return Log(**later, layers=self.layers)


def _stacked(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Rows below each other; a part without rows may have other columns."""
    filled = [part for part in parts if len(part)]
    return np.concatenate(filled) if filled else parts[0]


def write_snapshot(path: Path, snapshot: Snapshot, log: Log | None = None) -> None:
    """Write a snapshot, with the log of the steps since the one before."""
    log = log or Log()
    arrays = {f"weight/{name}": values for name, values in snapshot.weights.items()}
    arrays |= {f"probe/{name}": values for name, values in snapshot.activations.items()}
    arrays |= {f"gradient/{name}": found.counts for name, found in snapshot.gradients.items()}
    if snapshot.confusion is not None:
        arrays["confusion"] = snapshot.confusion
    arrays |= {f"log/{name}": values for name, values in log.arrays().items()}
    header = {
        "step": snapshot.step,
        "label": snapshot.label,
        "validation_loss": snapshot.validation_loss,
        "gradients": {name: (found.scale, found.odd) for name, found in snapshot.gradients.items()},
        "worst": None if snapshot.worst is None else [astuple(one) for one in snapshot.worst],
        "layers": log.layers,
        "time": snapshot.time,
    }
    write_arrays(path, arrays, header)


def read_snapshot(path: Path) -> Snapshot:
    """The inverse of `write_snapshot`, without the log.

    Raises:
        RunError: If the file is missing or damaged.
    """
    arrays, header = read_arrays(path)
    worst = header.get("worst")
    try:
        return Snapshot(
            step=header["step"],
            weights={name[7:]: values for name, values in arrays.items() if name.startswith("weight/")},
            activations={name[6:]: values for name, values in arrays.items() if name.startswith("probe/")},
            label=header["label"],
            confusion=arrays.get("confusion"),
            validation_loss=header["validation_loss"],
            gradients={
                name: Histogram(arrays[f"gradient/{name}"], scale, odd)
                for name, (scale, odd) in header.get("gradients", {}).items()
            },
            worst=None if worst is None else tuple(Mistake(*one) for one in worst),
            time=header["time"],
        )
    except KeyError as error:
        raise RunError(f"{path.name} of {path.parent.name} is damaged: it lacks {error}.") from None
    except (TypeError, ValueError) as error:
        raise RunError(f"{path.name} of {path.parent.name} is damaged: {error}.") from None


def read_log(path: Path) -> Log:
    """The log of the steps since the snapshot before.

    Raises:
        RunError: If the file is missing or damaged.
    """
    columns, header = read_arrays(path, "log/")
    try:
        return Log(**columns, layers=tuple(header.get("layers", ())))
    except TypeError as error:
        raise RunError(f"{path.name} of {path.parent.name} is damaged: {error}.") from None
