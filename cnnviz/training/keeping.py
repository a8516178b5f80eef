"""What a training keeps in its run's folder: snapshots, and what it needs to go on from the newest."""

from concurrent.futures import Future
from contextlib import suppress
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets import Images, Split, find_image, split_of
from cnnviz.errors import RunError, TrainingError
from cnnviz.inspection import record
from cnnviz.networks import NetworkSpec
from cnnviz.plan import Judged
from cnnviz.recipe import Recipe, snapshot_steps
from cnnviz.runs import Histogram, Log, Run, Snapshot, read_arrays, write_arrays, write_snapshot
from cnnviz.tasks import task_of
from cnnviz.training.devices import checked_device, take_one_way
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.loop import Step, make_optimizer, validate
from cnnviz.training.measures import Worst, layers_of, weight_trouble
from cnnviz.training.still import Still, weights_of
from cnnviz.training.threads import one_more_thread

VALIDATED = (250, 1_000)  # validation images looked at in a snapshot; the last one looks at all
JOINED_EVERY = 100  # snapshots of a session after which the curves are read, so that many files are joined beside it
VALIDATED_SHARE = 1 / 8  # of the images trained between two snapshots, which keeps it under 5 % of the time


class Keeper:
    """A run's images, network and optimizer, and the way they go to its folder and come back.

    Args:
        run: The run.
        split: Its images, where they were read already: a machine that trains it may lack the files.

    Raises:
        CnnvizError: If its images cannot be read, or its record is damaged.
    """

    def __init__(self, run: Run, split: Split | None = None) -> None:
        self.run = run
        self.recipe = Recipe.from_record(run.record["recipe"])
        self.task = task_of(run.record)
        self.split = split or split_of(run.record)
        self.probe, self.probe_label = find_image(self.split, run.record["probe"])
        self._writing = one_more_thread("writing")
        self._written = 0

    def open(self) -> tuple[int, tuple[Judged, ...]]:
        """Build the network as the last snapshot left it, or fresh; that step, and the ends of epochs until then.

        Raises:
            TrainingError: If this machine lacks the device or precision.
            RunError: If the snapshot is damaged.
        """
        import torch

        device = checked_device(self.recipe)
        take_one_way(device)
        self.network = NetworkSpec.from_record(self.run.record["network"]).build(self.recipe.seed)
        saved = self.run.steps()
        if saved:
            weights = self.run.snapshot(saved[-1]).weights
            self.network.load_state_dict({name: torch.tensor(values) for name, values in weights.items()})
        self.network.to(device)
        self.optimizer = make_optimizer(self.recipe, self.network)
        self._still = Still(self.network, self.optimizer)
        if saved and self.run.optimizer_path(saved[-1]).exists():
            return saved[-1], _load_optimizer(self.optimizer, self.run, saved[-1])
        return (saved[-1] if saved else 0), ()

    def validation_sample(self) -> Images:
        """The first of them, which are as mixed as all: the split shuffles. As many for every snapshot of a run."""
        planned = int(self.run.record["planned_steps"])
        trained_between = planned * self.recipe.batch_size // len(snapshot_steps(planned))
        fewest, most = VALIDATED
        return self.split.validation.first(min(most, max(fewest, int(trained_between * VALIDATED_SHARE))))

    def loss(self) -> float:
        """The mean loss on all validation images."""
        return validate(self.network, self.task, self.split.validation, len(self.run.class_names))[0]

    def save(self, step: int, steps: list[Step], validated: Images, judged: tuple[Judged, ...]) -> Future[Log]:
        """Write a snapshot with the log of the steps since the one before, and what the optimizer needs to go on.

        That is done beside the training, from a copy, one snapshot at a time; only the copying holds it up.

        Returns:
            What will give the log that was written.
        """
        self._still.take()
        return self._writing.submit(self._write, step, steps, validated, judged)

    def _write(self, step: int, steps: list[Step], validated: Images, judged: tuple[Judged, ...]) -> Log:
        network, worst = self._still.network, Worst(self.task)
        loss, confusion = validate(network, self.task, validated, len(self.run.class_names), worst)
        log = rows(steps).joined(_validated(step, loss, confusion))
        snapshot = Snapshot(
            step,
            weights_of(network),
            record(network, self.probe),
            self.probe_label,
            confusion,
            loss,
            gradients={name: Histogram.of(values) for name, values in self._still.gradients.items()},
            worst=worst.found(),
        )
        header = {"step": step, "judged": [astuple(one) for one in judged]}
        write_arrays(self.run.optimizer_path(step), self._still.optimizer_state(), header)
        write_snapshot(self.run.step_path(step), snapshot, log)
        for path in self.run.path.glob("optimizer-*.safetensors"):
            if path != self.run.optimizer_path(step):
                path.unlink()
        self._written += 1
        if self._written % JOINED_EVERY == 0:
            with suppress(RunError):  # a damaged step: who looks at the curves is told
                self.run.log()
        return log

    def check(self, step: Step, rate: float) -> None:
        """Refuse to go on from a step whose update has spoilt the weights.

        Raises:
            TrainingError: With the layer where that began.
        """
        trouble = weight_trouble(layers_of(self.network))
        if trouble:
            raise TrainingError(trouble.sentence(step.number + 1, step.loss, rate))

    def close(self) -> None:
        """Wait until all is written."""
        self._writing.shutdown()

    def write_live(self, step: int) -> None:
        """Overwrite the live snapshot."""
        snapshot = Snapshot(step, weights_of(self.network), record(self.network, self.probe), self.probe_label)
        write_snapshot(self.run.live_path, snapshot)


def rows(steps: list[Step]) -> Log:
    """What steps gave, as rows of a log."""
    measured = [(step.number, step.norms) for step in steps if step.norms]
    layers = measured[0][1].layers if measured else ()
    return Log(
        train_step=np.array([step.number for step in steps], np.int32),
        train_loss=np.array([step.loss for step in steps], np.float32),
        train_accuracy=np.array([step.accuracy for step in steps], np.float32),
        norm_step=np.array([number for number, _ in measured], np.int32),
        gradient_norm=np.array([norms.gradient for _, norms in measured], np.float32).reshape(
            len(measured), len(layers)
        ),
        weight_norm=np.array([norms.weight for _, norms in measured], np.float32).reshape(len(measured), len(layers)),
        layers=layers,
    )


def _validated(step: int, loss: float, confusion: NDArray[np.int32]) -> Log:
    return Log(
        validation_step=np.array([step], np.int32),
        validation_loss=np.array([loss], np.float32),
        validation_accuracy=np.array([confusion.trace() / max(1, confusion.sum())], np.float32),
        snapshots=np.array([step], np.int32),
    )


def _load_optimizer(optimizer: FlatOptimizer, run: Run, step: int) -> tuple[Judged, ...]:
    import torch

    arrays, header = read_arrays(run.optimizer_path(step))
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, values in arrays.items():
        index, _, key = name.partition("/")
        state.setdefault(int(index), {})[key] = torch.tensor(values)
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return tuple(Judged(*one) for one in header.get("judged", []))
