"""Who trains when, with an executor that only writes down what it is told, and a clock that is set by hand."""

import pytest

from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.training import dispatch as dispatch_module
from cnnviz.training.control import Command, Report
from cnnviz.training.dispatch import ALONE
from cnnviz.training.executors import EXECUTORS, wanted
from cnnviz.training.executors.ray import ADDRESS
from cnnviz.training.messages import Gone, Train
from cnnviz.training.start import new_run
from tests.training.floor import Floor
from tests.training.tiny import TINY, Clock, tiny_run, trained


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock()
    monkeypatch.setattr(dispatch_module, "time", one)
    return one


def owned(owner: str | None) -> Run:
    return new_run("digits", TINY, Recipe(batch_size=256, epochs=2), owner=owner)


class TestPlaces:
    def test_an_epoch_of_a_paused_one_waits_too(self) -> None:
        floor, run, other = Floor(), tiny_run(), tiny_run()
        floor.train(run)
        floor.say(run, Report("paused", 3))
        floor.train(other)
        floor.steer(run, "epoch")
        assert (floor.executor.told, floor.waits) == ([Train(run.path, 0), Train(other.path, 0)], [run.id])
        floor.steer(run, "pause")
        assert floor.waits == []
        floor.steer(run, "epoch")
        floor.say(other, Report("paused", 1))
        assert floor.executor.told[-1] == (run.path, "epoch")
        floor.steer(run, "epoch")  # it trains: nothing to wait for
        assert floor.executor.told[-2:] == [(run.path, "epoch")] * 2

    def test_where_no_process_can_be_had_the_others_go_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        floor, run, other = Floor(), tiny_run(), tiny_run()

        def refuse(wish: Train) -> None:
            raise BlockingIOError(11, "Resource temporarily unavailable")

        with monkeypatch.context() as scarce:
            scarce.setattr(floor.executor, "start", refuse)
            floor.train(run)
        assert floor.told[-2] == Gone(
            run.path,
            "No process could be started to train it: Resource temporarily unavailable; "
            "it can go on before its first step.",
        )
        assert run.status().state == "interrupted"
        floor.train(other)
        floor.train(run)
        assert (floor.started, floor.waits) == ([other.id], [run.id])

    def test_as_many_train_as_there_are_places_and_owners_take_turns(self) -> None:
        floor, greedy, modest = Floor(2), [owned("g") for _ in range(4)], owned("m")
        for run in greedy:
            floor.train(run)
        floor.train(modest)
        assert floor.started == [run.id for run in greedy[:2]]
        assert floor.waits == [run.id for run in (modest, greedy[2], greedy[3])]
        floor.say(greedy[0], Report("finished", 10))
        floor.gone(greedy[0])
        assert floor.started[-1] == modest.id
        assert floor.waits == [run.id for run in greedy[2:]]

    def test_a_paused_one_gives_its_place_away(self) -> None:
        floor, first, second = Floor(), tiny_run(), tiny_run()
        floor.train(first)
        floor.train(second)
        floor.say(first, Report("paused", 3))
        assert floor.started == [first.id, second.id]
        floor.steer(first, "resume")
        assert floor.waits == [first.id]
        floor.gone(second)
        assert floor.executor.told[-1] == (first.path, "resume")

    def test_when_each_begins_is_reckoned_from_real_speeds(self, clock: Clock) -> None:
        """By hand: 10 s left, one of them over; then 10 steps of 256 images at 512 a second, 5 s each."""
        floor, runs = Floor(), [tiny_run() for _ in range(3)]
        for run in runs:
            floor.train(run)
        assert floor.queue.seconds == (None, None)
        floor.say(runs[0], Report("training", 1, images_per_second=512, seconds_left=10))
        clock.now += 1
        floor.dispatch.look()
        assert floor.queue.seconds == pytest.approx((9, 14))

    def test_a_slow_motion_that_nobody_looks_at_does_not_keep_others_waiting(self, clock: Clock) -> None:
        floor, slow, other = Floor(), tiny_run(), tiny_run()
        floor.train(slow, pace=2)
        floor.dispatch.steer(slow.path, Command("watch", 1))
        floor.say(slow, Report("training", 1, pace=2))

        def is_hurried(seconds: float) -> bool:
            clock.now += seconds
            floor.dispatch.look()
            return (slow.path, "pace") in floor.executor.told

        clock.now += 2 * ALONE  # nobody waits, so nothing is looked at
        floor.train(other)
        assert not is_hurried(2 * ALONE)  # somebody looks
        clock.now += 2 * ALONE
        floor.dispatch.steer(slow.path, Command("watch", 0))
        assert not is_hurried(ALONE - 2)  # a page may be loaded anew
        floor.steer(other, "stop")
        assert not is_hurried(4)  # nobody waits
        floor.train(owned("m"))
        assert is_hurried(2)

    def test_what_keeps_all_of_them_is_told(self, clock: Clock) -> None:
        floor, run = Floor(), tiny_run()
        floor.executor.broken = "Nobody is there."
        floor.train(run)
        assert (floor.waits, floor.queue.note, floor.started) == ([run.id], "Nobody is there.", [])
        floor.executor.broken = None
        clock.now += 2
        floor.dispatch.look()
        assert (floor.waits, floor.queue.note, floor.started) == ([], None, [run.id])

    def test_a_run_that_is_gone_before_it_begins(self) -> None:
        floor, run = Floor(), tiny_run()
        (run.path / "run.json").unlink()
        floor.train(run)
        assert floor.told[0] == Gone(run.path, f"{run.id} is no run: it has no run.json.")
        assert floor.started == []


class TestEnds:
    def test_a_death_is_written_down_with_what_would_do(self) -> None:
        floor, run = Floor(), tiny_run()
        floor.train(run)
        floor.gone(run, "Its process was killed")
        reason = "Its process was killed; it can go on before its first step."
        assert floor.told[-2] == Gone(run.path, reason)
        assert (run.status().state, run.status().reason) == ("interrupted", reason)

    def test_an_end_of_its_own_is_not_overwritten(self) -> None:
        floor, run = Floor(), tiny_run()
        floor.train(run)
        trained(run)
        floor.say(run, Report("finished", 10))
        floor.gone(run, "It crashed on its way out")
        assert floor.told[-2] == Gone(run.path)
        assert run.status().state == "finished"

    def test_the_reason_is_kept_where_it_could_not_be_written(self) -> None:
        floor, run = Floor(), tiny_run()
        floor.train(run)
        floor.say(run, Report("interrupted", 2, reason="There is no room."))
        floor.gone(run)
        assert floor.told[-2] == Gone(run.path, "There is no room.")


class TestParking:
    @pytest.fixture
    def parked(self, clock: Clock) -> tuple[Floor, Run]:
        """Paused at step 3 for longer than it may keep its process."""
        floor, run = Floor(), tiny_run()
        floor.train(run, 5)
        floor.say(run, Report("paused", 3, pace=5))
        assert floor.dispatch.has_to_look
        clock.now += dispatch_module.PARK_AFTER - 1
        floor.dispatch.look()
        assert len(floor.executor.told) == 1
        clock.now += 2
        floor.dispatch.look()
        assert floor.executor.told[1:] == [(run.path, "park")]
        trained(run, *[None] * 3, Command("pause"), Command("park"))
        return floor, run

    def test_it_is_still_paused_and_goes_on_at_its_pace(self, parked: tuple[Floor, Run]) -> None:
        floor, run = parked
        floor.gone(run)
        assert floor.told[-2] == Gone(run.path)
        assert not floor.dispatch.has_to_look
        assert (run.status().state, run.status().step, run.status().is_parked) == ("paused", 3, True)
        run.add_event("parked", 3, pace=5)
        floor.steer(run, "resume")
        assert floor.executor.told[-1] == Train(run.path, 5)

    def test_a_step_wakes_it_as_paused_without_a_place(self, parked: tuple[Floor, Run]) -> None:
        floor, run = parked
        floor.gone(run)
        other = tiny_run()
        floor.train(other)
        floor.steer(run, "step")
        assert floor.executor.told[-2:] == [Train(run.path, 0, paused=True), (run.path, "step")]
        assert floor.waits == []

    @pytest.mark.parametrize("verb", ["resume", "epoch"])
    def test_what_takes_long_waits_for_a_place(self, verb: str, parked: tuple[Floor, Run]) -> None:
        floor, run = parked
        floor.gone(run)
        other = tiny_run()
        floor.train(other)
        floor.steer(run, verb)
        assert floor.waits == [run.id]
        floor.say(other, Report("finished", 10))
        floor.gone(other)
        expected = [Train(run.path, 0), *([(run.path, "epoch")] if verb == "epoch" else [])]
        assert floor.executor.told[3:] == expected

    def test_it_is_stopped_without_being_woken(self, parked: tuple[Floor, Run]) -> None:
        floor, run = parked
        floor.gone(run)
        told = len(floor.executor.told)
        floor.steer(run, "stop")
        assert (run.status().state, len(floor.executor.told)) == ("stopped", told)

    def test_what_it_is_told_while_it_is_put_away_is_not_lost(self, parked: tuple[Floor, Run]) -> None:
        floor, run = parked
        floor.steer(run, "resume")
        floor.steer(run, "pace")
        assert len(floor.executor.told) == 2
        floor.gone(run)
        assert floor.executor.told[2:] == [Train(run.path, 0), (run.path, "pace")]

    def test_one_that_waits_to_go_on_may_be_paused_again(self, parked: tuple[Floor, Run]) -> None:
        floor, run = parked
        floor.gone(run)
        other = tiny_run()
        floor.train(other)
        floor.steer(run, "resume")
        assert floor.waits == [run.id]
        floor.steer(run, "pause")
        assert (floor.waits, run.status().state) == ([], "paused")
        assert floor.told[-1] == Gone(run.path)


@pytest.mark.parametrize(("given", "seconds"), [(None, 300), ("20", 20), ("soon", 300)])
def test_how_long_a_paused_run_keeps_its_process_can_be_set(
    given: str | None, seconds: float, monkeypatch: pytest.MonkeyPatch, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    if given:
        monkeypatch.setenv("CNNVIZ_PARK_AFTER", given)
    floor, run = Floor(), tiny_run()
    floor.train(run)
    floor.say(run, Report("paused", 3))
    for later, told in ((seconds - 2, 1), (4, 2)):
        clock.now += later
        floor.dispatch.look()
        assert len(floor.executor.told) == told
    assert ("'soon' is no number of seconds" in capsys.readouterr().err) == (given == "soon")


def test_the_surroundings_choose_where_runs_are_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ADDRESS, raising=False)
    assert wanted() is EXECUTORS["local"]
    monkeypatch.setenv(ADDRESS, "auto")
    assert wanted() is EXECUTORS["ray"]
    assert list(EXECUTORS) == [member.name for member in EXECUTORS.values()]
