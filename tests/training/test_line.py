import math
from pathlib import Path

import pytest

from cnnviz.training.line import Line, Waiting, seconds_until
from cnnviz.training.messages import Train


def waiting(name: str, owner: str | None = None, *, steps: int = 0, pace: float = 0, kind: str = "") -> Waiting:
    return Waiting(Train(Path(name), pace), owner, steps * 10, steps, kind)


def names(line: Line, *training: str | None) -> str:
    return " ".join(waiting.wish.run.name for waiting in line.order(training))


class TestOrder:
    def test_one_owner_waits_in_the_order_of_asking(self) -> None:
        line = Line()
        for name in ("a1", "a2", "a3"):
            line.join(waiting(name, "a"))
        assert names(line) == names(line, "a") == names(line, "b") == "a1 a2 a3"

    def test_who_asked_for_ten_does_not_block_anothers_first(self) -> None:
        line = Line()
        for number in range(10):
            line.join(waiting(f"a{number}", "a"))
        line.join(waiting("b0", "b"))
        line.join(waiting("c0", "c"))
        assert names(line, "a").startswith("b0 c0 a0 a1")

    def test_owners_take_turns(self) -> None:
        line = Line()
        for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
            line.join(waiting(name, name[0]))
        assert names(line) == "a1 b1 c1 a2 b2 a3"
        assert names(line, "a", "c") == "b1 a1 b2 c1 a2 a3"

    def test_runs_from_a_shell_are_those_of_one_owner(self) -> None:
        line = Line()
        for name, owner in (("s1", None), ("s2", None), ("a1", "a")):
            line.join(waiting(name, owner))
        assert names(line) == "s1 a1 s2"

    def test_who_leaves_is_not_waited_for(self) -> None:
        line = Line()
        line.join(waiting("a1"))
        line.join(waiting("a2"))
        assert Path("a1") in line
        line.leave(Path("a1"))
        assert Path("a1") not in line
        assert names(line) == "a2"
        line.leave(Path("a2"))
        assert not line


class TestSeconds:
    """By hand: each place is free at a time, the next of the line takes the first, for as long as it lasts."""

    def test_a_free_place_is_taken_now(self) -> None:
        assert seconds_until([waiting("a")], [0.0, 30.0], {}) == (0.0,)

    def test_each_waits_for_those_before(self) -> None:
        # 60 steps of 10 images at 100 a second last 6 s: a from 4 to 10, b from 7 to 13, c from 10 on
        line = [waiting(name, steps=60, kind="small") for name in "abc"]
        assert seconds_until(line, [4.0, 7.0], {"small": 100.0}) == pytest.approx((4.0, 7.0, 10.0))

    def test_a_pace_is_a_speed(self) -> None:
        line = [waiting("a", steps=60, pace=5), waiting("b")]
        assert seconds_until(line, [1.0], {}) == pytest.approx((1.0, 13.0))

    def test_a_pace_that_the_machine_cannot_keep_is_not_believed(self) -> None:
        line = [waiting("a", steps=60, pace=1_000, kind="large"), waiting("b")]
        assert seconds_until(line, [0.0], {"large": 100.0}) == pytest.approx((0.0, 6.0))

    def test_what_nobody_knows_is_not_guessed(self) -> None:
        assert seconds_until([waiting("a", steps=9), waiting("b")], [2.0], {}) == (2.0, None)
        assert seconds_until([waiting("a")], [math.inf], {}) == (None,)
        assert seconds_until([waiting("a")], [], {}) == (None,)
