"""The same journeys as on the pages, from Python."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz import inspection, runs
from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Preparation, find_image, split_of
from cnnviz.datasets.base import PARTS
from cnnviz.errors import ImageError, TrainingError
from cnnviz.networks import NetworkSpec
from cnnviz.recipe import Recipe
from cnnviz.runs import Arrays, Run, Snapshot, find_run, runs_folder
from cnnviz.settings import Value
from cnnviz.tasks import task_of
from cnnviz.training.control import Report
from cnnviz.training.here import train_here
from cnnviz.training.siblings import Wish, sweep_of, twin_of
from cnnviz.training.start import changed_recipe, new_run

if TYPE_CHECKING:
    from PIL import Image
    from torch import nn

    from cnnviz.images import Picture


@dataclass(frozen=True)
class Figures:
    """How good a network is on one part of the data.

    Attributes:
        loss: The mean loss.
        confusion: (K, K) counts; rows are labels, columns predictions.
    """

    loss: float
    confusion: NDArray[np.int32]

    @property
    def count(self) -> int:
        """How many images were looked at."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """The share of right answers, 0 to 1."""
        return float(self.confusion.trace() / max(1, self.count))


def train(  # noqa: PLR0913 - all that a training is made of, by name
    dataset: str = "digits",
    network: str | NetworkSpec = "digits_small",
    *,
    classes: Sequence[str] | None = None,
    recipe: Recipe | None = None,
    preparation: Preparation | None = None,
    augmentation: Augmentation | None = None,
    out: str | Path | None = None,
    heard: Callable[[Report], None] | None = None,
    **changes: Any,
) -> Run:
    """Train a network here and now, and return its run.

    Args:
        dataset: A data set's name.
        network: A preset's name, or a network of one's own.
        classes: The classes that make the task; all where None.
        recipe: How to train; the preset's own where None.
        preparation: What is done to the images once; nothing where None.
        augmentation: How training images are varied each time they are seen; not at all where None.
        out: The folder that holds runs; by default `$CNNVIZ_RUNS`, else in the user's data folder.
        heard: Called with every report, about 30 a second.
        **changes: Fields of the recipe to change, as `epochs=3, seed=1`.

    Raises:
        CnnvizError: If a name is unknown, a setting out of range, the network cannot work, or the loss diverges.
    """
    run = new_run(
        dataset,
        network,
        changed_recipe(network, recipe, changes),
        classes=classes,
        preparation=preparation,
        augmentation=augmentation,
        folder=out,
    )
    return train_here(run, heard)


def twin(
    run: Run, *, out: str | Path | None = None, heard: Callable[[Report], None] | None = None, **changes: Any
) -> Run:
    """Train a run like another one from its start, but for what is changed, on the same seed and batches.

    Args:
        run: The run to copy.
        out: The folder that holds runs; by default as for `train`.
        heard: Called with every report.
        **changes: Settings of the recipe, of augmentation or of preparation, as `learning_rate=0.1`; `network=...`, a
            preset's name or one of one's own; or `dropout=...`, the share in every dropout layer.

    Raises:
        CnnvizError: If nothing differs, a setting is unknown or out of range, or the loss diverges.
    """
    wish = twin_of(run, changes)
    return train_here(replace(wish, chosen={**wish.chosen, "folder": out}).make(), heard)


def sweep(
    setting: str,
    values: Sequence[Value],
    dataset: str = "digits",
    network: str | NetworkSpec = "digits_small",
    *,
    out: str | Path | None = None,
    heard: Callable[[Report], None] | None = None,
    **changes: Any,
) -> list[Run]:
    """Train a network once for each value of one setting, on the same seed and batches; the runs in that order.

    A training that diverges is among them, stopped where it did.

    Args:
        setting: A setting of the recipe, of augmentation or of preparation: "learning_rate"; "network" or "dropout".
        values: Its values.
        dataset: A data set's name.
        network: A preset's name, or a network of one's own.
        out: The folder that holds runs; by default as for `train`.
        heard: Called with every report.
        **changes: Other settings to change, as `epochs=3`.

    Raises:
        CnnvizError: If a name is unknown or a value out of range; then nothing is trained.
    """
    recipe = changed_recipe(network, None, {})
    start = Wish(dataset, network, recipe, {"folder": out}).changed(changes)
    runs = [wish.make() for wish in sweep_of(start, setting, values)]
    for run in runs:
        with suppress(TrainingError):  # its status says it
            train_here(run, heard)
    return runs


def open_run(run: str | Path, folder: str | Path | None = None) -> Run:
    """The run of this id or path.

    Raises:
        RunError: If there is none, or it is damaged.
    """
    return find_run(run, runs_folder(folder))


def import_run(file: str | Path, *, out: str | Path | None = None) -> Run:
    """Make a run of a file that the page Runs or `cnnviz runs RUN --file` wrote, here or elsewhere.

    Args:
        file: The zip file; nothing in it is trusted, see `cnnviz.runs.import_run`.
        out: The folder that holds runs; by default as for `train`.

    Raises:
        CnnvizError: If the file is no such file, damaged, or its weights do not fit its network; then nothing is made.
    """
    return runs.import_run(Path(file), runs_folder(out), check=inspection.check_fit)


def evaluate(run: Run, part: str = "test", step: int | None = None) -> Figures:
    """How good a saved step (the last where None) is on the train, validation or test part.

    Raises:
        CnnvizError: If the step is not saved or there is no such part.
    """
    from cnnviz.training.loop import validate

    network, images = load_network(run, step), split_of(run.record).part(part)
    return Figures(*validate(network, task_of(run.record), images, len(run.class_names)))


def load_network(run: Run, step: int | None = None) -> "nn.Sequential":
    """The network of a run at a saved step (the last where None), in eval mode.

    Raises:
        RunError: If the step is not saved.
    """
    return inspection.load_network(run, _saved(run, step))


def load_image(run: Run, image: "str | Path | Image.Image") -> NDArray[np.float32]:
    """An image (C, H, W) in [0, 1] as a run's network takes it.

    Args:
        run: The run.
        image: An image of its data by its name, such as `validation-0`; or a picture file, or Pillow's picture, which
            is fitted as on the pages.

    Raises:
        CnnvizError: If there is no such image or file, or it is no picture.
    """
    return read_image(run, image)[0]


@dataclass(frozen=True, eq=False)
class Look:
    """One image through a run's network.

    Attributes:
        run: The run.
        step: The saved step.
        name: The image's file, or its name.
        image: (C, H, W) float32 in [0, 1], as the network takes it.
        rule: What was done to it, for people.
        network: In eval mode.
        activations: "input", then what every layer gives, (C, H, W) or (F,) float32, the last of which are the logits.
    """

    run: Run
    step: int
    name: str
    image: NDArray[np.float32]
    rule: str
    network: "nn.Sequential"
    activations: Arrays

    def about(self) -> dict[str, Any]:
        """What was looked at and what the network said, as plain values."""
        logits = list(self.activations.values())[-1]
        probabilities = task_of(self.run.record).probabilities(logits)
        return {
            "run": self.run.id,
            "step": self.step,
            "image": self.name,
            "rule": self.rule,
            "classes": list(self.run.class_names),
            "prediction": int(probabilities.argmax()),
            "logits": logits.tolist(),
            "probabilities": probabilities.tolist(),
        }


def look(run: Run, image: str | Path, step: int | None = None) -> Look:
    """Look at a picture file, or an image of the run's data by its name, at a saved step (the last where None).

    Raises:
        CnnvizError: If the step is not saved, or the image is none.
    """
    snapshot = _saved(run, step)
    values, rule = read_image(run, image)
    network = inspection.load_network(run, snapshot)
    return Look(run, snapshot.step, str(image), values, rule, network, inspection.record(network, values))


def read_image(run: Run, image: "str | Path | Image.Image") -> tuple[NDArray[np.float32], str]:
    """As `load_image`, and the rule by which a picture was fitted.

    Raises:
        CnnvizError: If there is no such file or image, or it is no picture.
    """
    if isinstance(image, str) and image.partition("-")[0] in PARTS and not Path(image).exists():
        return find_image(split_of(run.record), image)[0], "an image of the run's data, as it is"

    from cnnviz.training.questions import fit_upload

    fitted = fit_upload(run, _picture(image))
    return fitted.values, fitted.rule


def _picture(image: Any) -> "Picture":
    """A file's picture, or Pillow's, which goes the same way."""
    from PIL import Image

    from cnnviz import images

    if isinstance(image, Image.Image):
        file = BytesIO()
        try:
            image.save(file, "TIFF", exif=image.getexif())
        except Exception as error:  # whatever Pillow meets in the file that it comes from
            raise ImageError(f"The picture cannot be read ({error}); open it anew, or give another.") from error
        return images.read_image(file.getvalue())
    if not isinstance(image, str | Path) or not str(image).strip():
        raise ImageError(f"{image!r} names no image; give a file, or an image of the run's data such as validation-3.")
    return images.read_image(Path(image))


def _saved(run: Run, step: int | None) -> Snapshot:
    if step is None:
        saved = run.steps()
        step = saved[-1] if saved else 0
    return run.snapshot(step)
