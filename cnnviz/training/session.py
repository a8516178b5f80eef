"""One training session on a run: takes steps as told, saves snapshots, says how it stands."""

import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.datasets import Images, dataset, find_image
from cnnviz.errors import TrainingError
from cnnviz.inspection import record
from cnnviz.networks import NetworkSpec
from cnnviz.recipe import Recipe, snapshot_steps
from cnnviz.runs import Arrays, Log, Run, Snapshot, State, read_arrays, write_arrays, write_snapshot
from cnnviz.tasks import TASKS
from cnnviz.training.control import Command, Control, Report
from cnnviz.training.loop import Step, make_optimizer, train_steps, validate

if TYPE_CHECKING:
    import torch

REPORT_EVERY = (0.1, 0.3)  # s: curves that grow ten times a second look alive; a long training at full speed shows
REPORT_SHARE = 1 / 20  # less often, after this part of its time so far, as every drawing takes from the same machine
LIVE_EVERY = 0.25  # s between live snapshots, at least
LIVE_SHARE = 1 / 300  # of the time at full speed may go into them: a large network shows fewer, and learns as fast
RATE_OVER = 2.0  # s over which speed is measured
CATCH_UP = 0.05  # s: a paced training that fell behind does not race to make up for more
VALIDATED = (250, 1_000)  # validation images looked at in a snapshot; the last one looks at all
VALIDATED_SHARE = 1 / 8  # of the images trained between two snapshots, which keeps it under 5 % of the time


class Session:
    """Trains a run from where it stands to its end, or until told to stop.

    Raises:
        RunError: If another process is training it, or a file of it is damaged.
    """

    def __init__(self, run: Run, control: Control) -> None:
        self.run = run
        self.control = control
        self.recipe = Recipe.from_record(run.record["recipe"])
        self.task = TASKS[run.record["task"]]
        self.split = dataset(run.record["dataset"]).split(self.recipe.seed, run.class_names)
        self.probe, self.probe_label = find_image(self.split, run.record["probe"])
        self.plan = set(snapshot_steps(run.planned_steps))
        self.step = 0
        self.state: State = "training"
        self.pace = 0.0
        self.watched = False
        self._due = self._report_due = self._live_due = 0.0
        self._since = 0.0  # when it began to train as it does now
        self._unsaved: list[Step] = []
        self._unsent: list[Step] = []
        self._recent: deque[tuple[float, int]] = deque()

    def train(self) -> None:
        """Take all steps; returns when the run has finished, stopped or failed, with that written down."""
        with self.run.lock():
            self.run.tidy()
            self._open()
            try:
                self._take_steps()
            except TrainingError as error:
                self._save(self._validation_sample())
                self._end("failed", str(error))
            except KeyboardInterrupt:
                self._save(self._validation_sample())
                self._end("stopped", None)
                raise

    def _open(self) -> None:
        """Build the network as the last snapshot left it, or fresh."""
        import torch

        spec = NetworkSpec.from_record(self.run.record["network"])
        self.network = spec.build(self.recipe.seed)
        self.optimizer = make_optimizer(self.recipe, self.network)
        saved = self.run.steps()
        if saved:
            self.step = saved[-1]
            weights = self.run.snapshot(self.step).weights
            self.network.load_state_dict({name: torch.tensor(values) for name, values in weights.items()})
            if self.run.optimizer_path(self.step).exists():
                _load_optimizer(self.optimizer, self.run, self.step)
        else:
            self._save(self._validation_sample())
        self.run.add_event("resumed" if saved else "started", self.step)

    def _take_steps(self) -> None:
        steps = train_steps(self.network, self.optimizer, self.task, self.split.train, self.recipe, self.step)
        self._since = time.monotonic()
        self._report()
        while self.step < self.run.planned_steps:
            if not self._may_go_on():
                self._save(self._validation_sample())
                self._end("stopped", None)
                return
            step = next(steps)
            self.step = step.number
            self._unsaved.append(step)
            self._unsent.append(step)
            self._after_step(step)
        self._end("finished", None)

    def _may_go_on(self) -> bool:
        """Wait until the next step may be taken, doing what is told meanwhile; False when told to stop."""
        while True:
            seconds = None if self.state == "paused" else max(0.0, self._due - time.monotonic())
            command = self.control.receive(seconds)
            if command is None:
                self._due = max(self._due, time.monotonic() - CATCH_UP) + (1 / self.pace if self.pace else 0)
                return True
            if command.verb == "stop":
                return False
            self._obey(command)
            if command.verb == "step":
                return True

    def _obey(self, command: Command) -> None:
        match command.verb:
            case "pause" | "step":
                self._pause()
            case "resume" if self.state == "paused":
                self._go_on()
            case "pace":
                self.pace = command.value
                self._due = self._since = time.monotonic()
                self._report()
            case "watch":
                self._watch(bool(command.value))

    def _after_step(self, step: Step) -> None:
        now = time.monotonic()
        self._recent.append((now, step.images))
        if step.number == self.run.planned_steps:
            self._save(self.split.validation)
        elif step.number in self.plan:
            self._save(self._validation_sample())
        single = self.state == "paused"
        live = single or (self.watched and now >= self._live_due)
        if live:
            self._write_live()
        if live or len(self._recent) == 1 or now >= self._report_due:
            self._report(live=live)

    def _pause(self) -> None:
        if self.state != "paused":
            self.state = "paused"
            self._recent.clear()
            self.run.add_event("paused", self.step)
            self._write_live()
            self._report(live=True)

    def _go_on(self) -> None:
        self.state = "training"
        self._due = self._since = time.monotonic()
        self._recent.clear()
        self.run.add_event("resumed", self.step)
        self._report()

    def _watch(self, watched: bool) -> None:
        if watched and not self.watched:
            self._write_live()
            self._report(live=True)
        self.watched = watched

    def _end(self, state: State, reason: str | None) -> None:
        self.state = state
        self.run.add_event(state, self.step, reason=reason)
        self._report(reason=reason)
        self.run.live_path.unlink(missing_ok=True)

    # What is saved and said

    def _validation_sample(self) -> Images:
        """The first of them, which are as mixed as all: the split shuffles. As many for every snapshot of a run."""
        trained_between = self.run.planned_steps * self.recipe.batch_size // len(self.plan)
        fewest, most = VALIDATED
        return self.split.validation.first(min(most, max(fewest, int(trained_between * VALIDATED_SHARE))))

    def _weights(self) -> Arrays:
        return {name: np.ascontiguousarray(values.numpy()) for name, values in self.network.state_dict().items()}

    def _save(self, validated: Images) -> None:
        """Write a snapshot of this step, and what the optimizer needs to go on from it."""
        if self.run.step_path(self.step).exists():
            return
        loss, confusion = validate(self.network, self.task, validated, len(self.run.class_names))
        accuracy = confusion.trace() / max(1, confusion.sum())
        log = _rows(self._unsaved).joined(
            Log(
                validation_step=np.array([self.step], np.int32),
                validation_loss=np.array([loss], np.float32),
                validation_accuracy=np.array([accuracy], np.float32),
                snapshots=np.array([self.step], np.int32),
            )
        )
        seen = record(self.network, self.probe)
        _write_optimizer(self.optimizer, self.run, self.step)
        snapshot = Snapshot(self.step, self._weights(), seen, self.probe_label, confusion, loss)
        write_snapshot(self.run.step_path(self.step), snapshot, log)
        for path in self.run.path.glob("optimizer-*.safetensors"):
            if path != self.run.optimizer_path(self.step):
                path.unlink()
        self._unsaved.clear()
        self.control.send(self._state_report(log=_rows(self._unsent).joined(_validated(log))))
        self._unsent.clear()

    def _write_live(self) -> None:
        begun = time.monotonic()
        snapshot = Snapshot(self.step, self._weights(), record(self.network, self.probe), self.probe_label)
        write_snapshot(self.run.live_path, snapshot)
        now = time.monotonic()
        self._live_due = now + (LIVE_EVERY if self.pace else max(LIVE_EVERY, (now - begun) / LIVE_SHARE))

    def _report(self, *, live: bool = False, reason: str | None = None) -> None:
        self.control.send(self._state_report(log=_rows(self._unsent), live=live, reason=reason))
        self._unsent.clear()
        now = time.monotonic()
        soonest, latest = REPORT_EVERY
        self._report_due = now + (
            soonest if self.pace else min(latest, max(soonest, (now - self._since) * REPORT_SHARE))
        )

    def _state_report(self, *, log: Log, live: bool = False, reason: str | None = None) -> Report:
        speed = self._steps_and_images_per_second() if self.state == "training" else None
        return Report(
            state=self.state,
            step=self.step,
            pace=self.pace,
            reason=reason,
            images_per_second=speed[1] if speed else None,
            seconds_left=(self.run.planned_steps - self.step) / speed[0] if speed else None,
            log=log,
            live=live,
        )

    def _steps_and_images_per_second(self) -> tuple[float, float] | None:
        while len(self._recent) > 2 and self._recent[-1][0] - self._recent[0][0] > RATE_OVER:
            self._recent.popleft()
        seconds = self._recent[-1][0] - self._recent[0][0] if self._recent else 0
        if seconds <= 0:
            return None
        taken = list(self._recent)[1:]
        return len(taken) / seconds, sum(images for _, images in taken) / seconds


def _rows(steps: list[Step]) -> Log:
    return Log(
        train_step=np.array([step.number for step in steps], np.int32),
        train_loss=np.array([step.loss for step in steps], np.float32),
        train_accuracy=np.array([step.accuracy for step in steps], np.float32),
    )


def _validated(log: Log) -> Log:
    """Only the validation rows and snapshots of a log."""
    return Log(
        validation_step=log.validation_step,
        validation_loss=log.validation_loss,
        validation_accuracy=log.validation_accuracy,
        snapshots=log.snapshots,
    )


def _write_optimizer(optimizer: "torch.optim.Optimizer", run: Run, step: int) -> None:
    state = optimizer.state_dict()["state"]
    arrays = {
        f"{index}/{name}": np.ascontiguousarray(value.numpy())
        for index, values in state.items()
        for name, value in values.items()
        if value is not None
    }
    write_arrays(run.optimizer_path(step), arrays, {"step": step})


def _load_optimizer(optimizer: "torch.optim.Optimizer", run: Run, step: int) -> None:
    import torch

    arrays, _ = read_arrays(run.optimizer_path(step))
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, values in arrays.items():
        index, _, key = name.partition("/")
        state.setdefault(int(index), {})[key] = torch.tensor(values)
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
