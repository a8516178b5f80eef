"""What a training keeps in its run's folder: snapshots, and what it needs to go on from the newest."""

from dataclasses import astuple

import numpy as np

from cnnviz.datasets import Images, Split, find_image, split_of
from cnnviz.errors import TrainingError
from cnnviz.inspection import record
from cnnviz.networks import NetworkSpec
from cnnviz.plan import Judged
from cnnviz.recipe import Recipe, snapshot_steps
from cnnviz.runs import Arrays, Log, Run, Snapshot, read_arrays, write_arrays, write_snapshot
from cnnviz.tasks import task_of
from cnnviz.training.devices import checked_device
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.loop import Step, make_optimizer, validate
from cnnviz.training.measures import Worst, gradient_histograms, layers_of, weight_trouble

VALIDATED = (250, 1_000)  # validation images looked at in a snapshot; the last one looks at all
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

    def open(self) -> tuple[int, tuple[Judged, ...]]:
        """Build the network as the last snapshot left it, or fresh; that step, and the ends of epochs until then.

        Raises:
            TrainingError: If this machine lacks the device or precision.
            RunError: If the snapshot is damaged.
        """
        import torch

        device = checked_device(self.recipe)
        self.network = NetworkSpec.from_record(self.run.record["network"]).build(self.recipe.seed)
        saved = self.run.steps()
        if saved:
            weights = self.run.snapshot(saved[-1]).weights
            self.network.load_state_dict({name: torch.tensor(values) for name, values in weights.items()})
        self.network.to(device)
        self.optimizer = make_optimizer(self.recipe, self.network)
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

    def save(self, step: int, steps: list[Step], validated: Images, judged: tuple[Judged, ...]) -> Log:
        """Write a snapshot with the log of the steps since the one before, and what the optimizer needs to go on.

        Returns:
            The log that was written.
        """
        worst = Worst(self.task)
        loss, confusion = validate(self.network, self.task, validated, len(self.run.class_names), worst)
        accuracy = confusion.trace() / max(1, confusion.sum())
        log = rows(steps).joined(
            Log(
                validation_step=np.array([step], np.int32),
                validation_loss=np.array([loss], np.float32),
                validation_accuracy=np.array([accuracy], np.float32),
                snapshots=np.array([step], np.int32),
            )
        )
        seen = record(self.network, self.probe)
        _write_optimizer(self.optimizer, self.run, step, judged)
        snapshot = Snapshot(
            step,
            self._weights(),
            seen,
            self.probe_label,
            confusion,
            loss,
            gradients=gradient_histograms(layers_of(self.network)),
            worst=worst.found(),
        )
        write_snapshot(self.run.step_path(step), snapshot, log)
        for path in self.run.path.glob("optimizer-*.safetensors"):
            if path != self.run.optimizer_path(step):
                path.unlink()
        return log

    def check(self, step: Step, rate: float) -> None:
        """Refuse to go on from a step whose update has spoilt the weights.

        Raises:
            TrainingError: With the layer where that began.
        """
        trouble = weight_trouble(layers_of(self.network))
        if trouble:
            raise TrainingError(trouble.sentence(step.number + 1, step.loss, rate))

    def write_live(self, step: int) -> None:
        """Overwrite the live snapshot."""
        snapshot = Snapshot(step, self._weights(), record(self.network, self.probe), self.probe_label)
        write_snapshot(self.run.live_path, snapshot)

    def _weights(self) -> Arrays:
        return {name: np.ascontiguousarray(values.cpu().numpy()) for name, values in self.network.state_dict().items()}


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


def _write_optimizer(optimizer: FlatOptimizer, run: Run, step: int, judged: tuple[Judged, ...]) -> None:
    state = optimizer.state_dict()["state"]
    arrays = {
        f"{index}/{name}": np.ascontiguousarray(value.cpu().numpy())
        for index, values in state.items()
        for name, value in values.items()
        if value is not None
    }
    write_arrays(run.optimizer_path(step), arrays, {"step": step, "judged": [astuple(one) for one in judged]})


def _load_optimizer(optimizer: FlatOptimizer, run: Run, step: int) -> tuple[Judged, ...]:
    import torch

    arrays, header = read_arrays(run.optimizer_path(step))
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, values in arrays.items():
        index, _, key = name.partition("/")
        state.setdefault(int(index), {})[key] = torch.tensor(values)
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return tuple(Judged(*one) for one in header.get("judged", []))
