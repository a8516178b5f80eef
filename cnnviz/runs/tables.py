"""What a run measured as one tidy table, and its weights as one file: what other programs read."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from safetensors import SafetensorError
from safetensors.numpy import save, save_file

from cnnviz.errors import RunError
from cnnviz.runs.run import Run
from cnnviz.runs.snapshot import Log

HEAD = ("step", "part", "measure", "layer", "value")


def rows(log: Log) -> Iterator[tuple[Any, ...]]:
    """A log as rows (step, part, measure, layer, value), one value a row, by step; what has no layer leaves it empty.

    The parts are "train" (one batch; its norms are those of one step) and "validation". Measures are "loss",
    "accuracy" (0 to 1), "gradient norm" and "weight norm".
    """
    found: list[tuple[Any, ...]] = []
    for part in ("train", "validation"):
        for measure in ("loss", "accuracy"):
            steps, values = getattr(log, f"{part}_step"), getattr(log, f"{part}_{measure}")
            pairs = zip(steps.tolist(), values.tolist(), strict=True)
            found += [(step, part, measure, "", value) for step, value in pairs]
    for measure in ("gradient_norm", "weight_norm"):
        table = zip(log.norm_step.tolist(), getattr(log, measure).tolist(), strict=True)
        title = measure.replace("_", " ")
        for step, norms in table:
            found += [(step, "train", title, layer, norm) for layer, norm in zip(log.layers, norms, strict=True)]
    return iter(sorted(found, key=lambda row: row[0]))


def write_csv(run: Run, file: IO[str]) -> None:
    """Write all that a run measured as a table with a head; see `rows`.

    Raises:
        RunError: If a snapshot is damaged.
    """
    writer = csv.writer(file)
    writer.writerow(HEAD)
    writer.writerows(rows(run.log()))


def weights_bytes(run: Run, step: int) -> bytes:
    """The weights of a saved step as a safetensors file, by the names that torch gives them.

    Raises:
        RunError: If the step is not saved or damaged.
    """
    return save(run.snapshot(step).weights, _about(run, step))


def write_weights(run: Run, step: int, path: Path) -> None:
    """Write `weights_bytes` to a file.

    Raises:
        RunError: If the step is not saved or damaged, or the file cannot be written.
    """
    try:
        save_file(run.snapshot(step).weights, path, _about(run, step))
    except (OSError, SafetensorError) as error:
        raise RunError(f"{path} cannot be written: {error}.") from None


def _about(run: Run, step: int) -> dict[str, str]:
    return {"run": run.id, "step": str(step), "network": str(run.record["network"]["name"]), "format": "pt"}
