from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from cnnviz import jobs
from cnnviz.errors import CnnvizError, RunError
from cnnviz.jobs import News, Progress, Turns


@dataclass
class Count:
    """Counts to `end`, writing down each step under its name."""

    name: str
    diary: list[str]
    end: int = 3
    fails_at: int = -1
    failure: Exception = field(default_factory=lambda: RunError("no such step"))
    closed: bool = False

    def steps(self) -> Iterator[Progress]:
        try:
            for number in range(1, self.end + 1):
                if number == self.fails_at:
                    raise self.failure
                self.diary.append(self.name)
                yield Progress(number / self.end, number)
        finally:
            self.closed = True


@pytest.fixture(autouse=True)
def every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "TELL_EVERY", 0.0)


def drain(turns: Turns) -> list[News]:
    """All there is to tell until nothing is left to do."""
    told = []
    while not turns.is_idle:
        news = turns.step()
        if news:
            told.append(news)
    return told


def test_a_job_tells_how_far_it_is_and_ends_with_its_result() -> None:
    turns = Turns()
    turns.begin(7, "me", Count("a", []))
    told = drain(turns)
    assert [(news.number, round(news.share, 2), news.value, news.over) for news in told] == [
        (7, 0.33, 1, False),
        (7, 0.67, 2, False),
        (7, 1.0, 3, True),
    ]
    assert told[0].seconds_left is not None
    assert told[0].seconds_left >= 0


def test_owners_take_turns_however_much_one_of_them_asks() -> None:
    diary: list[str] = []
    turns = Turns()
    for number in range(20):
        turns.begin(number, "greedy", Count("greedy", diary))
    turns.begin(99, "modest", Count("modest", diary))
    drain(turns)
    assert diary[:6] == ["greedy", "modest"] * 3
    assert diary.count("greedy") == 60


def test_the_jobs_of_one_owner_take_turns_too() -> None:
    diary: list[str] = []
    turns = Turns()
    turns.begin(0, "me", Count("slow", diary, end=50))
    turns.begin(1, "me", Count("quick", diary, end=2))
    drain(turns)
    assert diary[:4] == ["slow", "quick"] * 2


def test_a_cancelled_job_does_no_step_more_and_cleans_up() -> None:
    diary: list[str] = []
    turns, job = Turns(), Count("a", diary, end=1_000)
    turns.begin(0, "me", job)
    turns.step()
    turns.cancel(0)
    assert job.closed
    assert turns.is_idle
    assert diary == ["a"]
    turns.cancel(0)  # a second word changes nothing


def test_one_that_fails_says_why_and_stops_no_other() -> None:
    turns = Turns()
    turns.begin(0, "me", Count("a", [], fails_at=2))
    turns.begin(1, "me", Count("b", [], fails_at=1, failure=ZeroDivisionError("by zero")))
    turns.begin(2, "me", Count("c", []))
    over = {news.number: news for news in drain(turns) if news.over}
    assert str(over[0].error) == "no such step"
    assert isinstance(over[0].error, RunError)
    assert str(over[1].error) == "ZeroDivisionError: by zero"
    assert isinstance(over[1].error, CnnvizError)
    assert (over[2].error, over[2].value) == (None, 3)


def test_one_that_ends_without_a_result_says_so() -> None:
    turns = Turns()
    turns.begin(0, "me", Count("a", [], end=0))
    (news,) = drain(turns)
    assert news.over
    assert news.error is not None


def test_partial_results_come_no_faster_than_they_can_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "TELL_EVERY", 1e9)
    turns = Turns()
    turns.begin(0, "me", Count("a", [], end=500))
    told = drain(turns)
    assert [(news.value, news.over) for news in told] == [(1, False), (500, True)]
