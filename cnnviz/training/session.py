"""One training session on a run: takes steps as told, saves snapshots, says how it stands."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace

from cnnviz.datasets import Split
from cnnviz.errors import SettingError, TrainingError
from cnnviz.plan import Judged, Plan
from cnnviz.recipe import snapshot_steps
from cnnviz.runs import Log, Run, State
from cnnviz.settings import Value
from cnnviz.training.control import Command, Control, Report
from cnnviz.training.keeping import Keeper, rows
from cnnviz.training.loop import Step, train_steps
from cnnviz.training.replica import drops
from cnnviz.training.speed import Speed
from cnnviz.training.threads import one_thread

REPORT_EVERY = (0.1, 0.3)  # s: curves that grow ten times a second look alive; a long training at full speed shows
REPORT_SHARE = 1 / 20  # less often, after this part of its time so far, as every drawing takes from the same machine
LIVE_EVERY = 0.25  # s between live snapshots, at least
LIVE_SHARE = 1 / 300  # of the time at full speed may go into them: a large network shows fewer, and learns as fast
CATCH_UP = 0.05  # s: a paced training that fell behind does not race to make up for more


class Session:
    """Trains a run from where it stands to its end, or until told to stop.

    Raises:
        RunError: If another process is training it, or a file of it is damaged.
    """

    def __init__(self, run: Run, control: Control, split: Split | None = None) -> None:
        self.run = run
        self.control = control
        self.keeper = Keeper(run, split)
        self.plan = Plan.of(run.record, run.events(), len(self.keeper.split.train))
        self.step = 0
        self.state: State = "training"
        self.pace = 0.0
        self.watched = False
        self._is_parked = False
        self._is_whole = True  # whether the network is what it was after a step, and not in the middle of one
        self._to_epoch_end = False  # whether it pauses there
        self._epoch_end = 0  # the last step of this epoch
        self._early: str | None = None  # why it ends before its time
        self._due = self._report_due = self._live_due = 0.0
        self._since = 0.0  # when it began to train as it does now
        self._unsaved: list[Step] = []
        self._unsent: list[Step] = []
        self._speed = Speed()
        self._updates: Iterator[Step] = iter(())
        self._saved_at: set[int] = set()
        self._saving: Future[Log] | None = None  # what is being written
        self._saving_at = -1  # the step of what was written last, or is being written

    def train(self) -> None:
        """Take all steps; returns when the run has finished, stopped or failed, with that written down."""
        with self.run.lock(), one_thread(), closing(self.keeper):
            self.run.tidy()
            try:
                self._open()
            except TrainingError as error:  # this machine lacks what its recipe names
                self._end("failed", str(error))
                return
            try:
                self._take_steps()
            except TrainingError as error:
                self._save()
                self._end("failed", str(error))
            except KeyboardInterrupt:
                if self._is_whole:
                    self._save()
                self._end("stopped", None)
                raise

    def _open(self) -> None:
        is_new = not self.run.steps()
        self.step, judged = self.keeper.open()
        self._follow(replace(self.plan, judged=judged))
        self._early = self.plan.why_to_stop()
        self._save()
        self._end_saving()
        steps = {} if self.plan.steps == self.run.planned_steps else {"planned_steps": self.plan.steps}
        self.run.add_event("started" if is_new else "resumed", self.step, **steps)
        if self.state == "paused":
            self.run.add_event("paused", self.step)

    def _follow(self, plan: Plan) -> None:
        """Go on by a plan from here."""
        self.plan = plan
        self._saved_at = set(snapshot_steps(plan.steps))
        if self.step < plan.steps:
            self._epoch_end = plan.epoch_end(self.step)
        keeper = self.keeper
        self._updates = train_steps(keeper.network, keeper.optimizer, keeper.task, keeper.split.train, plan, self.step)

    def _take_steps(self) -> None:
        self._since = time.monotonic()
        self._report()
        while self.step < self.plan.steps and not self._early:
            if not self._may_go_on():
                self._save()
                self._park() if self._is_parked else self._end("stopped", None)
                return
            self._is_whole = False
            step = next(self._updates)
            self.step, self._is_whole = step.number, True
            self._unsaved.append(step)
            self._unsent.append(step)
            self._after_step(step)
        self._end("finished", self._early)

    def _may_go_on(self) -> bool:
        """Wait until the next step may be taken, doing what is told meanwhile; False when told to stop."""
        if self.pace or self.state == "paused":
            self._end_saving()  # there is time, and the next step may be far
        while True:
            seconds = None if self.state == "paused" else max(0.0, self._due - time.monotonic())
            command = self.control.receive(seconds)
            if command is None:
                self._due = max(self._due, time.monotonic() - CATCH_UP) + (1 / self.pace if self.pace else 0)
                return True
            self._is_parked = command.verb == "park" and self.state == "paused"
            if command.verb == "stop" or self._is_parked:
                return False
            self._obey(command)
            if command.verb == "step":
                return True

    def _obey(self, command: Command) -> None:
        match command.verb:
            case "pause" | "step":
                self._pause()
            case "resume" | "epoch":
                self._go_on(to_epoch_end=command.verb == "epoch")
            case "pace":
                self.pace = command.value
                self._due = self._since = time.monotonic()
                self._report()
            case "watch":
                self._watch(bool(command.value))
            case "change":
                self._change(command.settings)

    def _after_step(self, step: Step) -> None:
        now = time.monotonic()
        if self._saving and self._saving.done():
            self._end_saving()
        self._speed.add(now, step.images)
        ends_epoch = step.number == self._epoch_end
        is_best = ends_epoch and self.plan.recipe.watches_validation and self._judge()
        if is_best or step.number in self._saved_at or self._is_over:
            self._save()
            self.keeper.check(step, self.plan.at(step.number - 1).held.recipe.learning_rate)
        live = self.state == "paused" or (self.watched and now >= self._live_due)
        if live:
            self._write_live()
        if live or len(self._speed) == 1 or now >= self._report_due:
            self._report(live=live)
        if ends_epoch and not self._is_over:
            self._epoch_end = self.plan.epoch_end(self.step)
            if self._to_epoch_end:
                self._pause()

    @property
    def _is_over(self) -> bool:
        return self.step == self.plan.steps or self._early is not None

    def _judge(self) -> bool:
        """Decide what is decided at the end of an epoch; whether it is the best one so far, to be kept."""
        epoch = self.plan.at(self.step - 1).epoch + 1
        judged = (*self.plan.judged, Judged(epoch, self.step, self.keeper.loss()))
        before, self.plan = self.plan, replace(self.plan, judged=judged)
        if self.plan.at(self.step - 1).rate != before.at(self.step - 1).rate:
            self._follow(self.plan)
        self._early = self.plan.why_to_stop()
        return bool(self.plan.recipe.early_stopping) and self.plan.best is judged[-1]

    def _change(self, settings: Mapping[str, Value]) -> None:
        """Change what can be changed from the next step on; what cannot be is said, and the training goes on."""
        try:
            checked = self.plan.checked(self.step, settings)
            if "dropout" in checked and not drops(self.keeper.network):
                raise SettingError("dropout", "Dropout: this network has no dropout layer; build one with it first.")
        except SettingError as error:
            self._report(refused=str(error))
            return
        plan = self.plan.changed(self.step, checked)
        self.run.add_event("changed", self.step, settings=checked, planned_steps=plan.steps)
        self._save()
        self._follow(plan)
        self._report()

    def _pause(self) -> None:
        self._to_epoch_end = False
        if self.state != "paused":
            self.state = "paused"
            self._speed.clear()
            self.run.add_event("paused", self.step)
            self._write_live()
            self._report(live=True)

    def _go_on(self, *, to_epoch_end: bool) -> None:
        self._to_epoch_end = to_epoch_end
        if self.state == "paused":
            self.state = "training"
            self._due = self._since = time.monotonic()
            self._speed.clear()
            self.run.add_event("resumed", self.step)
            self._report()

    def _watch(self, watched: bool) -> None:
        if watched and not self.watched:
            self._write_live()
            self._report(live=True)
        self.watched = watched

    def _park(self) -> None:
        """End as a paused one: its files hold all that it needs to go on, also after years."""
        self._end_saving()
        self.run.add_event("parked", self.step, pace=self.pace)
        self._report()
        self.run.live_path.unlink(missing_ok=True)

    def _end(self, state: State, reason: str | None) -> None:
        self._end_saving()
        self.state = state
        self.run.add_event(state, self.step, reason=reason)
        self._report(reason=reason)
        self.run.live_path.unlink(missing_ok=True)

    # What is saved and said

    def _save(self) -> None:
        """Begin to write a snapshot of this step, if there is none: the last one looks at all validation images."""
        if self.step == self._saving_at or self.run.step_path(self.step).exists():
            return
        self._end_saving()
        keeper = self.keeper
        validated = keeper.split.validation if self._is_over else keeper.validation_sample()
        self._saving, self._saving_at = keeper.save(self.step, self._unsaved, validated, self.plan.judged), self.step
        self._unsaved = []

    def _end_saving(self) -> None:
        """Wait until what is being written is there, and say so."""
        if self._saving is not None:
            saving, self._saving = self._saving, None
            self._send(rows(self._unsent).joined(_validated(saving.result())))
            self._unsent.clear()

    def _write_live(self) -> None:
        begun = time.monotonic()
        self.keeper.write_live(self.step)
        now = time.monotonic()
        self._live_due = now + (LIVE_EVERY if self.pace else max(LIVE_EVERY, (now - begun) / LIVE_SHARE))

    def _report(self, *, live: bool = False, reason: str | None = None, refused: str | None = None) -> None:
        self._send(rows(self._unsent), live=live, reason=reason, refused=refused)
        self._unsent.clear()
        now = time.monotonic()
        soonest, latest = REPORT_EVERY
        self._report_due = now + (
            soonest if self.pace else min(latest, max(soonest, (now - self._since) * REPORT_SHARE))
        )

    def _send(self, log: Log, *, live: bool = False, reason: str | None = None, refused: str | None = None) -> None:
        speed = self._speed.per_second() if self.state == "training" else None
        self.control.send(
            Report(
                state=self.state,
                step=self.step,
                pace=self.pace,
                reason=reason,
                refused=refused,
                planned_steps=self.plan.steps,
                images_per_second=speed[1] if speed else None,
                seconds_left=(self.plan.steps - self.step) / speed[0] if speed else None,
                log=log,
                live=live,
            )
        )


def _validated(log: Log) -> Log:
    """Only the validation rows and snapshots of a log."""
    return Log(
        validation_step=log.validation_step,
        validation_loss=log.validation_loss,
        validation_accuracy=log.validation_accuracy,
        snapshots=log.snapshots,
    )
