"""What the inspector is asked: what a network says to one image or to many, one unit of it, and how good it is."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets import Preparation, Split, dataset, find_image
from cnnviz.errors import DatasetError
from cnnviz.images import Fitted, Gallery, Kind, Picture, fit, fit_drawing, ground_of, preview
from cnnviz.inspection import check_fit, load_network, record
from cnnviz.inspection.statistics import Statistics, activation_statistics
from cnnviz.inspection.units import OpenedUnit, open_unit
from cnnviz.networks import NetworkSpec
from cnnviz.runs import Arrays, Mistake, Run, Snapshot, read_snapshot
from cnnviz.tasks import task_of
from cnnviz.training.devices import available
from cnnviz.training.executors import wanted
from cnnviz.training.loop import predictions, validate
from cnnviz.training.measures import Worst

if TYPE_CHECKING:
    from torch import nn


SAMPLE = 100  # validation images that tell what layers give
_FOR_GROUND = 256  # images that tell what lies behind things
_THUMBNAIL = 64  # pixels of the longer side, about


@dataclass(frozen=True)
class WhatDevices:
    """Which devices there are to train on: the server itself never loads torch."""

    def answer(self) -> dict[str, tuple[str, ...]] | None:
        """Each with its precisions; None where runs are trained elsewhere, with devices of other machines."""
        return available() if wanted().is_here else None


@dataclass(frozen=True, eq=False)
class LookAt:
    """One image through the network of a saved step, or of the live one (step None).

    Attributes:
        run: The run's folder.
        step: The step.
        image: The image's name.
        gallery: The folder of drawings and uploads.
        pixels: (H, W) uint8, a drawing that is on the pad only: 0 is paper, 255 is ink.
    """

    run: Path
    step: int | None
    image: str
    gallery: Path
    pixels: NDArray[np.uint8] | None = None

    def answer(self) -> tuple[Snapshot, Arrays, int | None]:
        """The snapshot's step and weights, the activations by layer name, and the image's label if it has one.

        Raises:
            CnnvizError: If the step or the image is not there.
        """
        run = Run(self.run)
        if self.step is None:
            snapshot = read_snapshot(run.live_path)
            network = load_network(run, snapshot)
        else:
            snapshot, network = _loaded(self.run, self.step)
        image, label = self.values(run)
        return snapshot, record(network, image), label

    def values(self, run: Run) -> tuple[NDArray[np.float32], int | None]:
        """The image (C, H, W) in [0, 1] as the run's network takes it, and its label if it has one.

        Raises:
            CnnvizError: If it is not there.
        """
        shape = tuple(run.record["network"]["input_shape"])
        if self.pixels is not None:
            return fit_drawing(self.pixels, shape).values, None
        if self.image.partition("-")[0] in get_args(Kind):
            return _kept(run, Gallery(self.gallery), self.image), None
        return find_image(split_for(run), self.image)


@dataclass(frozen=True, eq=False)
class OpenUnit:
    """One unit of the network in a look, with its numbers."""

    look: LookAt
    node: str
    number: int

    def answer(self) -> tuple[int, OpenedUnit]:
        """The step, and the unit.

        Raises:
            CnnvizError: As `LookAt`, or if there is no such unit.
        """
        snapshot, activations, _ = self.look.answer()
        spec = NetworkSpec.from_record(Run(self.look.run).record["network"])
        return snapshot.step, open_unit(spec, snapshot.weights, activations, self.node, self.number)


@dataclass(frozen=True, eq=False)
class Keep:
    """Keep a drawing, or a picture read from a file, fitted to a run's network."""

    run: Path
    gallery: Path
    given: NDArray[np.uint8] | Picture

    def answer(self) -> str:
        """Its name; the rule by which it was fitted is kept with it.

        Raises:
            CnnvizError: If it cannot be kept, or the network takes no such picture.
        """
        run = Run(self.run)
        meta = {"dataset": run.record["dataset"]}
        if isinstance(self.given, Picture):
            fitted, small = fit_upload(run, self.given), preview(self.given)
        else:
            fitted, small = fit_drawing(self.given, tuple(run.record["network"]["input_shape"])), self.given
        kind: Kind = "upload" if isinstance(self.given, Picture) else "drawing"
        return Gallery(self.gallery).keep(kind, fitted.values, small, {**meta, "rule": fitted.rule})


@dataclass(frozen=True)
class Choose:
    """Images of a part, by their label and by what a saved step says to them.

    Attributes:
        run: The run's folder.
        step: The step, or None where nothing is saved yet.
        part: "validation" or "train".
        label, prediction: Only those of this class, or None for all.
        right: Only those that are, or are not, predicted right, or None for all.
        first, count: Which of them.
    """

    run: Path
    step: int | None
    part: str
    label: int | None = None
    prediction: int | None = None
    right: bool | None = None
    first: int = 0
    count: int = 60

    def answer(self) -> tuple[int, Arrays]:
        """How many there are, and of those asked for: pixels (n, C, H, W) uint8, index, label, prediction (n,) int32.

        A prediction is -1 where nothing is saved yet.

        Raises:
            CnnvizError: If the step is not saved, or the part is not one to choose from.
        """
        if self.part == "test":
            raise DatasetError("The test part is for evaluating alone; choose validation or train.")
        run = Run(self.run)
        images = split_for(run).part(self.part)
        said = np.full(len(images), -1) if self.step is None else said_of(self.run, self.step, self.part)
        wanted = np.ones(len(images), bool)
        for values, only in ((images.labels, self.label), (said, self.prediction), (images.labels == said, self.right)):
            if only is not None:
                wanted &= values == only
        found = np.flatnonzero(wanted)
        shown = found[self.first : self.first + self.count]
        return len(found), {
            "pixels": np.round(images.images[shown] * 255).astype(np.uint8),
            "index": shown.astype(np.int32),
            "label": images.labels[shown].astype(np.int32),
            "prediction": said[shown].astype(np.int32),
        }


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
        _, network = _loaded(self.run, self.step)
        return validate(network, task_of(run.record), split_for(run).test, len(run.class_names))


@dataclass(frozen=True)
class MeasureLayers:
    """What every layer of a saved step gives for the first validation images."""

    run: Path
    step: int

    def answer(self) -> dict[str, Statistics]:
        """By the node's name.

        Raises:
            RunError: If the step is not saved.
        """
        images = split_for(Run(self.run)).validation.first(SAMPLE)
        return activation_statistics(_loaded(self.run, self.step)[1], images.images)


@dataclass(frozen=True)
class FindWorst:
    """The validation images that a saved step gets most wrong."""

    run: Path
    step: int

    def answer(self) -> tuple[tuple[Mistake, ...], NDArray[np.uint8]]:
        """The mistakes, the worst first, and their pixels (n, C, h, w), of large images every second, third ... one.

        Raises:
            RunError: If the step is not saved.
        """
        run = Run(self.run)
        images, worst = split_for(run).validation, run.snapshot(self.step).worst
        if worst is None:  # in runs of older versions nobody noted them
            task = task_of(run.record)
            seen = Worst(task)
            validate(_loaded(self.run, self.step)[1], task, images, len(run.class_names), seen)
            worst = seen.found()
        apart = -(-max(images.images.shape[2:]) // _THUMBNAIL)
        pixels = images.images[[one.index for one in worst], :, ::apart, ::apart]
        return worst, np.round(pixels * 255).astype(np.uint8)


@dataclass(frozen=True)
class CheckFit:
    """Whether a run that came as a file can be trained and looked at here."""

    run: Path

    def answer(self) -> None:
        """Nothing, where it can.

        Raises:
            CnnvizError: What does not fit.
        """
        check_fit(Run(self.run))


def fit_upload(run: Run, picture: Picture) -> Fitted:
    """A picture as a run's network takes it; inverted where the images it learned from lie on the other ground."""
    ground = ground_of(split_for(run).train.first(_FOR_GROUND).images)
    return fit(picture, tuple(run.record["network"]["input_shape"]), ground)


def _kept(run: Run, gallery: Gallery, name: str) -> NDArray[np.float32]:
    """A drawing or upload, which may have been kept for a network of another input."""
    kept, shape = gallery.find(name), tuple(run.record["network"]["input_shape"])
    if kept.values.shape == shape and kept.meta.get("dataset") == run.record["dataset"]:
        return kept.values.astype(np.float32)
    if name.startswith("drawing"):
        return fit_drawing(kept.preview, shape).values
    height, width = kept.preview.shape[:2]
    return fit_upload(run, Picture(kept.preview, (width, height))).values


def split_for(run: Run) -> Split:
    """The parts of a run's data."""
    preparation = Preparation.from_record(run.record.get("preparation") or {})
    return _cached_split(run.record["dataset"], run.record["recipe"]["seed"], run.class_names, preparation)


@lru_cache(maxsize=2)  # 200 MB each for 60,000 images
def _cached_split(name: str, seed: int, classes: tuple[str, ...], preparation: Preparation) -> Split:
    return dataset(name).split(seed, classes, preparation)


@lru_cache(maxsize=16)
def _loaded(path: Path, step: int) -> "tuple[Snapshot, nn.Sequential]":
    run = Run(path)
    snapshot = run.snapshot(step)
    return snapshot, load_network(run, snapshot)


@lru_cache(maxsize=8)
def said_of(path: Path, step: int, part: str) -> NDArray[np.int64]:
    """What a saved step of a run says to every image of a part, (N,)."""
    run = Run(path)
    return predictions(_loaded(path, step)[1], task_of(run.record), split_for(run).part(part))
