"""One thread or two, by trial."""

import threading

import pytest
import torch

from cnnviz.training import threads
from cnnviz.training.threads import EVERY, TRIAL, Pair, one_thread


class Clock:
    """Time as the work takes it: at once or one after the other."""

    def __init__(self) -> None:
        self.now = 0.0
        self.at_once = 1.0
        self.in_turn = 2.0
        self.where: list[bool] = []
        self._main = threading.get_ident()

    def perf_counter(self) -> float:
        return self.now

    def second(self) -> str:
        beside = threading.get_ident() != self._main
        self.where.append(beside)
        self.now += self.at_once if beside else self.in_turn
        return "second"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(threads, "time", clock)
    monkeypatch.setattr(threads, "cores", lambda: 2)
    return clock


def both(pair: Pair, clock: Clock, times: int = 1) -> list[bool]:
    """Whether the second piece was done beside the first, each time."""
    clock.where.clear()
    for _ in range(times):
        assert pair.both(lambda: "first", clock.second) == ("first", "second")
    return list(clock.where)


@pytest.mark.parametrize(("at_once", "expected"), [(1.0, True), (3.0, False)])
def test_the_quicker_way_is_taken_after_a_trial(clock: Clock, at_once: float, expected: bool) -> None:
    clock.at_once = at_once
    pair = Pair()
    assert sorted(both(pair, clock, len(TRIAL))) == sorted(TRIAL)
    assert both(pair, clock, 5) == [expected] * 5


def test_a_quicker_way_for_both_is_taken_where_they_are_not_done_at_once(clock: Clock) -> None:
    pair = Pair()
    clock.at_once, clock.in_turn = 3.0, 1.0

    def quicker() -> tuple[str, str]:
        clock.now += 0.5
        return "both", "quicker"

    given = [tuple(pair.both(lambda: "first", clock.second, quicker)) for _ in range(len(TRIAL) + 3)]
    assert given.count(("both", "quicker")) == TRIAL.count(False) + 3
    assert given[-1] == ("both", "quicker")


def test_it_is_tried_again_when_a_neighbour_may_have_come(clock: Clock) -> None:
    pair = Pair()
    clock.at_once, clock.in_turn = 0.001, 0.002
    both(pair, clock, len(TRIAL))
    clock.at_once = 0.004
    assert both(pair, clock) == [True]
    clock.now += EVERY
    both(pair, clock, len(TRIAL))
    assert both(pair, clock, 3) == [False] * 3


def test_a_first_trial_that_misled_is_soon_made_good(clock: Clock) -> None:
    pair = Pair()
    clock.at_once, clock.in_turn = 0.004, 0.002  # snapshots are written at every one of the first steps
    both(pair, clock, len(TRIAL))
    assert both(pair, clock) == [False]
    clock.at_once = 0.001
    both(pair, clock, 100)
    assert both(pair, clock, 3) == [True] * 3
    assert clock.now < EVERY


def test_trials_of_long_steps_are_seldom(clock: Clock) -> None:
    pair = Pair()
    clock.at_once, clock.in_turn = 1.0, 3.0
    found = both(pair, clock, 400)
    assert found.count(False) <= 3 * len(TRIAL) // 2


def test_a_single_core_does_one_thing_at_a_time(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "cores", lambda: 1)
    assert both(Pair(), clock, 20) == [False] * 20


@pytest.mark.parametrize("which", [0, 1])
def test_what_fails_is_said_when_both_have_ended(which: int) -> None:
    pair = Pair()
    pair._is_possible, pair._at_once = False, True
    ended = threading.Event()

    def fail() -> None:
        raise ValueError("no")

    work = [ended.set, ended.set]
    work[which] = fail
    with pytest.raises(ValueError, match="no"):
        pair.both(*work)
    assert ended.is_set()


def test_operations_are_divided_among_no_threads_for_a_while() -> None:
    before = torch.get_num_threads()
    seen = []

    def fail() -> None:
        with one_thread():
            seen.append(torch.get_num_threads())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen == [1]
    assert torch.get_num_threads() == before
