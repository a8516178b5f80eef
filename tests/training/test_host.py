import os
import signal
import statistics
import time
from typing import Any

import numpy as np
import psutil
import pytest

from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.training import host as host_module
from cnnviz.training.control import CallControl
from cnnviz.training.messages import Gone, Heard
from cnnviz.training.session import Session
from cnnviz.training.start import new_run
from tests.training.beside import LIMIT, Beside, assert_gone, question, stretch, until
from tests.training.tiny import tiny_run

SOON = 0.3  # s in which a command takes effect; the median of some is held to it
FIRST_POINT = 0.6  # s


def long_run() -> Run:
    """Fifteen thousand steps of a millisecond or two."""
    return new_run("digits", "digits_small", Recipe(batch_size=16, epochs=200))


class TestQueue:
    def test_the_second_waits_until_the_first_ends(self, beside: Beside) -> None:
        first, second, third = tiny_run(), tiny_run(), tiny_run()
        beside.client.train(first.path, 5)
        beside.wait_for_state(first, "training")
        beside.client.train(second.path, 5)
        beside.wait_for_queue(second)
        beside.client.train(third.path, 5)
        beside.wait_for_queue(second, third)
        assert not any(isinstance(said, Heard) and said.run == second.path for _, said in beside.heard)
        since = len(beside.heard)
        beside.stop(first)
        beside.wait_for_state(second, "training", since)
        beside.wait_for_queue(third, since=since)
        beside.stop(second)
        beside.wait_for_state(third, "training")
        beside.stop(third)

    def test_a_pause_gives_the_place_away_and_resume_waits_for_one(self, beside: Beside) -> None:
        first, second = tiny_run(), tiny_run()
        beside.client.train(first.path, 2)
        beside.wait_for_state(first, "training")
        beside.client.train(second.path, 2)
        beside.wait_for_queue(second)
        _, since = beside.steer(first, "pause")
        beside.wait_for_state(second, "training", since)
        assert first.status().state == "paused"
        _, since = beside.steer(first, "resume")
        beside.wait_for_queue(first, since=since)
        assert first.status().state == "paused"
        beside.stop(second)
        beside.wait_for_state(first, "training", since)
        beside.stop(first)

    def test_one_that_waits_can_be_stopped_and_keeps_no_place(self, beside: Beside) -> None:
        first, second = tiny_run(), tiny_run()
        beside.client.train(first.path, 2)
        beside.client.train(second.path, 2)
        beside.wait_for_queue(second)
        _, since = beside.steer(second, "stop")
        beside.wait_until_gone(second, since)
        beside.wait_for_queue(since=since)
        assert second.status().state == "stopped"
        beside.stop(first)
        beside.finish(second)
        assert second.status().state == "finished"

    def test_a_run_is_trained_once_however_often_it_is_asked_for(self, beside: Beside) -> None:
        run, other = tiny_run(), tiny_run()
        for _ in range(3):
            beside.client.train(run.path, 2)
        beside.wait_for_state(run, "training")
        for _ in range(3):
            beside.client.train(other.path, 2)
        beside.wait_for_queue(other)
        beside.stop(run)
        beside.wait_for_state(other, "training")
        beside.stop(other)
        assert [said for _, said in beside.heard].count(Gone(other.path)) == 1

    def test_one_core_is_left_to_the_server(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for cores, expected in ((1, 1), (2, 1), (3, 2), (16, 15)):
            monkeypatch.setattr(os, "sched_getaffinity", lambda _pid, cores=cores: set(range(cores)), raising=False)
            assert host_module.places() == expected
        monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS and Windows
        for known, expected in ((None, 1), (1, 1), (2, 1), (8, 7)):
            monkeypatch.setattr(os, "cpu_count", lambda known=known: known)
            assert host_module.places() == expected


class TestCommands:
    @pytest.mark.parametrize("pace", [0, 0.2], ids=["full speed", "a step in five seconds"])
    def test_each_takes_effect_soon(self, beside: Beside, pace: float) -> None:
        took: dict[str, list[float]] = {}

        def steer(verb: str, state: Any) -> int:
            sent, since = beside.steer(run, verb)
            when, report = beside.wait_for_state(run, state, since)
            took.setdefault(verb, []).append(when - sent)
            return report.step

        for _ in range(3):
            run = long_run()
            beside.client.train(run.path, pace)
            beside.wait_for_state(run, "training")
            paused_at = steer("pause", "paused")
            took.setdefault("step", []).extend(beside.step(run, paused_at + done) for done in range(2))
            steer("resume", "training")
            steer("stop", "stopped")
            beside.wait_until_gone(run)
            assert run.status().state == "stopped"
        limit = SOON * stretch()
        assert {verb: times for verb, times in took.items() if statistics.median(times) > limit} == {}

    def test_the_pace_changes_at_once(self, beside: Beside) -> None:
        run = long_run()
        beside.client.train(run.path, 0.01)
        beside.wait_for_state(run, "training")
        sent, since = beside.steer(run, "pace", 50)
        when, _ = beside.wait(lambda said: isinstance(said, Heard) and said.report.step >= 3, "three steps", since)
        assert when - sent < (SOON + 3 / 50) * stretch()
        beside.stop(run)

    def test_a_warm_worker_gives_the_first_point_soon(self, beside: Beside) -> None:
        took = []
        for _ in range(3):
            run = new_run("digits", "digits_small", Recipe(epochs=1))
            beside.wait_until_idle()
            since, asked = len(beside.heard), time.monotonic()
            beside.client.train(run.path)
            when, _ = beside.wait(
                lambda said: isinstance(said, Heard) and said.report.log.train_loss.size > 0, "a point", since
            )
            took.append(when - asked)
            beside.wait_until_gone(run, since)
        assert statistics.median(took) < FIRST_POINT * stretch(), took


class TestKills:
    def test_a_killed_worker_leaves_a_run_that_goes_on(self, beside: Beside) -> None:
        whole, run = (new_run("digits", "digits_small", Recipe(epochs=2)) for _ in range(2))
        Session(whole, CallControl(lambda _report: None)).train()
        beside.client.train(run.path, 60)
        beside.wait(lambda said: isinstance(said, Heard) and said.run == run.path and said.report.step >= 10, "step 10")
        since = len(beside.heard)
        beside.worker(run).kill()
        beside.wait_until_gone(run, since)
        status = run.status()
        assert status.state == "interrupted"
        assert status.step >= 9  # a training this short is saved at every step
        assert status.reason is not None
        assert f"go on at step {status.step}" in status.reason
        since = len(beside.heard)
        beside.finish(run)
        assert run.status().state == "finished"
        steps = [said.report.step for _, said in beside.heard[since:] if isinstance(said, Heard)]
        assert steps[0] == status.step
        for name, values in whole.snapshot(40).weights.items():
            np.testing.assert_array_equal(values, run.snapshot(40).weights[name], err_msg=name)

    def test_a_killed_worker_gives_its_place_to_the_next(self, beside: Beside) -> None:
        first, second = tiny_run(), tiny_run()
        beside.client.train(first.path, 1)
        beside.wait_for_state(first, "training")
        beside.client.train(second.path)
        beside.wait_for_queue(second)
        since = len(beside.heard)
        beside.worker(first).kill()
        beside.wait_until_gone(first, since)
        beside.wait_until_gone(second, since)
        assert second.status().state == "finished"
        assert first.status().state == "interrupted"

    def test_a_killed_warm_worker_is_replaced(self, beside: Beside) -> None:
        inspector = beside.client.ask(question(os.getpid)).result(LIMIT)
        (warm,) = (child for child in beside.host.children() if child.pid != inspector)
        warm.kill()
        until(lambda: not psutil.pid_exists(warm.pid) and len(beside.host.children()) == 2, "another is there")
        run = tiny_run()
        beside.finish(run)
        assert run.status().state == "finished"

    def test_ctrl_c_is_for_the_server_alone(self, beside: Beside) -> None:
        run = tiny_run()
        beside.client.train(run.path, 20)
        beside.wait_for_state(run, "training")
        for process in (beside.host, *beside.host.children()):
            process.send_signal(signal.SIGINT)
        beside.wait_until_gone(run)
        assert run.status().state == "finished"
        assert beside.losses == 0

    def test_a_run_that_cannot_be_opened_fails_with_the_reason(self, beside: Beside) -> None:
        run = tiny_run()
        (run.path / "step-00000003.safetensors").write_bytes(b"garbled")
        since = len(beside.heard)
        beside.finish(run)
        _, report = beside.wait_for_state(run, "failed", since)
        assert report.reason is not None
        assert "step-00000003.safetensors" in report.reason


def test_nothing_is_left_of_a_finished_run(beside: Beside) -> None:
    run = tiny_run()
    beside.client.train(run.path, 20)
    beside.wait_for_state(run, "training")
    worker = beside.worker(run)
    beside.wait_until_gone(run)
    assert_gone([worker])
    assert len(beside.host.children()) == 2  # one warm, and the inspector
