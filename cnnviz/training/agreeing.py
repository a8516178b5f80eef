"""Where several runs agree, and where they do not: what each says to the same validation images."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import RunError
from cnnviz.runs import Arrays, Run
from cnnviz.training.questions import said_of, split_for


@dataclass(frozen=True)
class Agree:
    """Who is right on the validation images, of several runs, each at a saved step.

    Attributes:
        runs: Their folders.
        steps: Their steps.
        right, wrong: The numbers of two of them: images that the one has right and the other wrong are shown.
        count: How many of those.
    """

    runs: tuple[Path, ...]
    steps: tuple[int, ...]
    right: int = 0
    wrong: int = 1
    count: int = 24

    def answer(self) -> tuple[int, Arrays]:
        """How many validation images there are, and arrays.

        "table" (R, R) int32 counts the images that the run of the row has right and that of the column wrong; on the
        diagonal stand those that the run has right at all. "alike" (R, R) int32 counts those that both say the same
        to. Of the images to show there are "pixels" (n, C, H, W) uint8, and "index", "label" and "prediction" (n,)
        int32, the last by the one that is wrong.

        Raises:
            RunError: If they are not validated on the same images, or a step is not saved.
        """
        parts = [split_for(Run(path)).validation for path in self.runs]
        labels = parts[0].labels
        if not _are_same([Run(path) for path in self.runs], [part.labels for part in parts]):
            raise RunError("These runs are not validated on the same images; runs of one data set and seed are.")
        said = np.stack([said_of(path, step, "validation") for path, step in zip(self.runs, self.steps, strict=True)])
        is_right = said == labels  # (R, N)
        table = is_right.astype(np.int32) @ (~is_right).astype(np.int32).T
        np.fill_diagonal(table, is_right.sum(axis=1))
        alike = (said[:, None] == said[None]).sum(axis=2)
        shown = np.flatnonzero(is_right[self.right] & ~is_right[self.wrong])[: self.count]
        return len(labels), {
            "table": table.astype(np.int32),
            "alike": alike.astype(np.int32),
            "pixels": np.round(parts[self.wrong].images[shown] * 255).astype(np.uint8),
            "index": shown.astype(np.int32),
            "label": labels[shown].astype(np.int32),
            "prediction": said[self.wrong][shown].astype(np.int32),
        }


def _are_same(runs: list[Run], labels: list[NDArray[np.int64]]) -> bool:
    """Whether the same images stand in the same order in the validation parts of all runs."""

    def said(run: Run) -> list[object]:
        record = run.record
        return [record["dataset"], record["classes"], record["recipe"].get("seed", 0)]

    return all(
        said(run) == said(runs[0]) and np.array_equal(own, labels[0]) for run, own in zip(runs, labels, strict=True)
    )
