from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from cnnviz.datasets import Images, dataset
from cnnviz.errors import RunError
from cnnviz.inspection import load_network, record
from cnnviz.recipe import snapshot_steps
from cnnviz.runs import Log, read_snapshot, write_snapshot
from cnnviz.training import keeping
from cnnviz.training import session as session_module
from cnnviz.training.control import CallControl, Command
from cnnviz.training.session import Session
from tests.training.tiny import Act, Clock, Script, broken, tiny_run, trained

PAUSE, RESUME, STEP, STOP = (Command(verb) for verb in ("pause", "resume", "step", "stop"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(session_module, "time", clock)
    return clock


class TestToTheEnd:
    def test_it_saves_the_planned_steps_and_finishes(self) -> None:
        run = tiny_run()
        script = trained(run)
        assert run.planned_steps == 10  # 1,258 images: five batches an epoch
        assert run.steps() == snapshot_steps(10) == list(range(11))
        assert (run.status().state, run.status().step) == ("finished", 10)
        assert [event["event"] for event in run.events()] == ["created", "started", "finished"]
        assert script.states == [("training", 0), ("finished", 10)]
        assert not run.live_path.exists()
        assert not run.is_locked()

    def test_a_longer_one_is_saved_more_and_more_seldom(self) -> None:
        run = tiny_run(batch_size=2, epochs=1)
        trained(run, *[None] * 200, STOP)
        assert run.planned_steps == 629
        assert run.steps() == [0, 1, 2, 4, 8, 16, 32, 64, *(74 + 10 * k for k in range(13)), 200]

    def test_a_snapshot_validates_more_images_where_more_were_trained_on(self) -> None:
        def validated(**changes: Any) -> list[int]:
            run = tiny_run(**changes)
            script = Script([None, None, STOP])
            session = Session(run, script)
            images = np.zeros((3_000, 1, 8, 8), np.float32)
            session.keeper.split = replace(session.keeper.split, validation=Images(images, np.zeros(3_000, np.int64)))
            session.train()
            return [int(run.snapshot(step).confusion.sum()) for step in run.steps()]

        assert validated() == [250] * 3
        assert validated(epochs=200) == [533] * 3  # 1,000 steps of 256 images, saved at 60: an eighth of 4,266
        assert validated(batch_size=2, epochs=200) == [524] * 3  # 125,800 of 2, saved at 60

    def test_what_it_reports_is_what_it_writes(self) -> None:
        run = tiny_run()
        script = trained(run)
        log = run.log()
        told = Log.of([report.log for report in script.reports])
        for name, column in log.arrays().items():
            np.testing.assert_array_equal(getattr(told, name), column, err_msg=name)
        assert told.layers == log.layers == ("conv1", "norm1", "fc1")
        assert log.train_step.tolist() == list(range(1, 11))
        assert log.validation_step.tolist() == log.snapshots.tolist() == list(range(11))

    def test_a_snapshot_holds_what_its_weights_give(self) -> None:
        run = tiny_run()
        trained(run)
        for step in (0, 7, 10):
            snapshot = run.snapshot(step)
            network = load_network(run, snapshot)
            split = dataset("digits").split(0)
            assert snapshot.label == split.validation.labels[0]
            for name, values in record(network, split.validation.images[0]).items():
                np.testing.assert_allclose(snapshot.activations[name], values, atol=1e-5, err_msg=name)
            with torch.no_grad():
                logits = network(torch.tensor(split.validation.images)).numpy()
            counts = np.zeros((10, 10), int)
            for label, row in zip(split.validation.labels, logits, strict=True):
                counts[label, row.argmax()] += 1
            np.testing.assert_array_equal(snapshot.confusion, counts)
            accuracy = run.log().validation_accuracy[step]
            assert accuracy == pytest.approx(np.trace(counts) / len(split.validation))

    def test_only_the_newest_optimizer_state_is_kept(self) -> None:
        run = tiny_run(optimizer="adam")
        trained(run)
        assert [path.name for path in run.path.glob("optimizer-*")] == ["optimizer-00000010.safetensors"]

    def test_a_run_that_another_trains_is_refused(self) -> None:
        run = tiny_run()
        with run.lock(), pytest.raises(RunError, match="Another process is training"):
            trained(run)
        assert run.steps() == []


class TestSteering:
    def test_pause_waits_and_resume_goes_on(self) -> None:
        run = tiny_run()
        script = trained(run, None, None, PAUSE, RESUME)
        assert script.states == [("training", 0), ("paused", 2), ("training", 2), ("finished", 10)]
        assert [event["event"] for event in run.events()] == ["created", "started", "paused", "resumed", "finished"]
        assert script.waits[3] is None  # paused, it waits however long it takes
        assert script.waits[:3] == [0, 0, 0]

    def test_while_paused_it_says_paused_and_may_be_stopped(self) -> None:
        run = tiny_run()
        states = []
        script = trained(run, None, PAUSE, lambda: states.append(run.status().state), STOP)
        assert states == ["paused"]
        assert script.states == [("training", 0), ("paused", 1), ("stopped", 1)]

    def test_a_step_is_one_step(self) -> None:
        run = tiny_run()
        script = trained(run, None, STEP, STEP, STEP, STOP)
        assert (run.status().state, run.status().step) == ("stopped", 4)
        paused = [report for report in script.reports if report.state == "paused" and report.live]
        assert [report.step for report in paused] == [1, 2, 3, 4]
        assert [row for report in script.reports for row in report.log.train_step.tolist()] == [1, 2, 3, 4]

    def test_a_step_can_be_the_last(self) -> None:
        run = tiny_run()
        trained(run, *[None] * 9, STEP)
        assert (run.status().state, run.status().step) == ("finished", 10)

    def test_commands_that_change_nothing_do_no_harm(self) -> None:
        run = tiny_run()
        script = trained(run, RESUME, None, PAUSE, PAUSE, RESUME, RESUME)
        assert script.states == [("training", 0), ("paused", 1), ("training", 1), ("finished", 10)]
        assert [event["event"] for event in run.events()].count("paused") == 1

    @pytest.mark.parametrize("steps", [0, 1, 3])
    def test_stop_saves_the_step_it_stops_at(self, steps: int) -> None:
        run = tiny_run()
        script = trained(run, *[None] * steps, STOP)
        assert (run.status().state, run.status().step) == ("stopped", steps)
        assert run.steps()[-1] == steps
        assert script.reports[-1].state == "stopped"
        assert run.log().train_step.tolist() == list(range(1, steps + 1))

    def test_who_steers_going_away_ends_it_and_it_was_interrupted(self) -> None:
        run = tiny_run()
        broken(run, 4)
        assert (run.status().state, run.status().step) == ("interrupted", 4)

    def test_ctrl_c_saves_and_stops(self) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        run = tiny_run(batch_size=2, epochs=1)
        with pytest.raises(KeyboardInterrupt):
            trained(run, *[None] * 5, interrupt)
        assert (run.status().state, run.status().step) == ("stopped", 5)


class TestPace:
    def test_steps_a_second(self, clock: Clock) -> None:
        began = clock.now
        trained(tiny_run(), Command("pace", 4), clock=clock)
        assert clock.now - began == pytest.approx(9 / 4)  # ten steps, the first at once

    def test_it_changes_at_once(self, clock: Clock) -> None:
        began, times = clock.now, []
        mark = [None, lambda: times.append(clock.now - began)]
        script = trained(
            tiny_run(), Command("pace", 0.1), *mark, Command("pace", 10), *mark * 3, Command("pace", 0), clock=clock
        )
        assert times == pytest.approx([0, 0, 0.1, 0.2])
        assert clock.now - began == pytest.approx(0.2)  # full speed waits for nothing
        assert [report.pace for report in script.reports][-1] == 0
        assert {0.1, 10} <= {report.pace for report in script.reports}

    def test_one_that_fell_behind_does_not_race(self, clock: Clock) -> None:
        def a_long_while() -> None:
            clock.now += 60

        script = trained(tiny_run(), Command("pace", 100), None, a_long_while, clock=clock)
        assert sum(wait > 0 for wait in script.waits if wait is not None) >= 3

    def test_it_holds_after_a_pause(self, clock: Clock) -> None:
        began = clock.now
        trained(tiny_run(), Command("pace", 4), None, PAUSE, RESUME, clock=clock)
        assert clock.now - began == pytest.approx(8 / 4)

    def test_speed_and_time_left_are_those_of_the_clock(self, clock: Clock) -> None:
        script = trained(tiny_run(), Command("pace", 4), clock=clock)
        report = next(report for report in script.reports if report.step == 6 and report.images_per_second)
        assert report.images_per_second == pytest.approx(1258 / 5 * 4, rel=0.05)  # a batch every quarter of a second
        assert report.seconds_left == pytest.approx(4 / 4)


class TestWatching:
    def test_a_live_snapshot_is_written_while_somebody_looks(self, clock: Clock) -> None:
        run = tiny_run()
        seen: list[int] = []
        look: list[Act] = [None, lambda: seen.append(read_snapshot(run.live_path).step)]
        script = trained(run, Command("pace", 4), Command("watch", 1), *look * 3, Command("watch", 0), clock=clock)
        assert seen == [0, 2, 3]
        assert [report.step for report in script.reports if report.live] == [
            0,
            2,
            3,
        ]  # the first step came in the same instant
        assert not run.live_path.exists()

    def test_it_is_written_no_more_often_than_is_worth(self, clock: Clock) -> None:
        script = trained(tiny_run(), Command("pace", 20), Command("watch", 1), clock=clock)
        live = [report.step for report in script.reports if report.live]
        assert 2 <= len(live) <= 4  # half a second in all, at most every quarter of one

    def test_at_full_speed_live_snapshots_take_their_share_of_the_time_and_no_more(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def slow(*what: Any) -> None:
            clock.now += 0.01
            write_snapshot(*what)

        def step() -> None:
            clock.now += 0.1

        monkeypatch.setattr(keeping, "write_snapshot", slow)
        run = tiny_run(batch_size=2, epochs=1)
        script = trained(run, Command("watch", 1), *[step, None] * 100, STOP, clock=clock)
        live = [report.step for report in script.reports if report.live]
        assert live[0] == 0
        assert 3 <= len(live) <= 6  # every 3 s, as each takes 10 ms
        slowly = trained(tiny_run(), Command("pace", 10), Command("watch", 1), clock=clock)
        assert len([report for report in slowly.reports if report.live]) >= 4  # there is time enough

    def test_a_long_training_reports_less_often_than_a_young_or_slow_one(self, clock: Clock) -> None:
        def step() -> None:
            clock.now += 0.051

        run = tiny_run(batch_size=2, epochs=1)
        script = trained(run, *[step, None] * 300, STOP, clock=clock)
        steps = np.array([report.step for report in script.reports if not len(report.log.snapshots)])
        early, late = (steps > 0) & (steps <= 30), (steps > 200) & (steps <= 300)
        assert early.sum() >= 9  # ten a second in the first seconds
        assert 10 <= late.sum() <= 18  # three a second


class TestFailure:
    def test_a_loss_that_is_no_number_is_said_with_its_step(self) -> None:
        run = tiny_run(learning_rate=0.02)
        script = Script()
        session = Session(run, script)

        def poison() -> None:
            with torch.no_grad():
                session.keeper.network.fc1.bias[0] = float("nan")

        script._acts = iter([None, None, None, poison])
        session.train()
        status = run.status()
        assert (status.state, status.step) == ("failed", 3)
        assert status.reason is not None
        assert status.reason.startswith("Step 3: the weights of fc1 are no numbers any more (its loss was ")
        assert status.reason.endswith("use a learning rate below 0.02.")
        assert (script.reports[-1].state, script.reports[-1].reason) == ("failed", status.reason)
        assert run.log().train_step.tolist() == [1, 2, 3]


def test_nobody_needs_to_steer() -> None:
    run = tiny_run()
    heard: list[str] = []
    keep: Callable[..., None] = lambda report: heard.append(report.state)  # noqa: E731
    Session(run, CallControl(keep)).train()
    assert heard[-1] == "finished"
