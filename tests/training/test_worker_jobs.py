import time
from pathlib import Path

import psutil

from cnnviz.jobs import News
from tests.training.beside import Beside, until
from tests.training.slow_job import Slow


def test_a_job_draws_as_it_goes_and_ends_with_its_result(beside: Beside, tmp_path: Path) -> None:
    told: list[News] = []
    beside.client.begin("me", Slow(8, 0.05, tmp_path / "closed"), told.append)
    until(lambda: bool(told) and told[-1].over, "the job is over")
    shares = [news.share for news in told]
    assert shares == sorted(shares)
    assert len(shares) >= 3
    assert told[-1].value[0] == 8
    assert all(news.seconds_left is not None for news in told)
    assert (tmp_path / "closed").exists()


def test_cancelled_it_ends_within_a_step_and_says_nothing_more(beside: Beside, tmp_path: Path) -> None:
    told: list[News] = []
    number = beside.client.begin("me", Slow(1_000, 0.05, tmp_path / "closed"), told.append)
    until(lambda: bool(told), "it has begun")
    asked = time.monotonic()
    beside.client.cancel(number)
    known = len(told)
    until((tmp_path / "closed").exists, "it is closed")
    assert time.monotonic() - asked < 0.3
    assert len(told) <= known + 1
    after: list[News] = []
    beside.client.begin("me", Slow(1, 0.0, tmp_path / "second"), after.append)
    until(lambda: bool(after), "another one is done")
    assert not any(news.over for news in told)


def test_a_killed_process_fails_its_jobs_with_a_sentence_and_another_takes_over(beside: Beside, tmp_path: Path) -> None:
    told: list[News] = []
    beside.client.begin("me", Slow(1_000, 0.05, tmp_path / "closed"), told.append)
    until(lambda: bool(told), "it has begun")
    psutil.Process(told[0].value[1]).kill()
    until(lambda: told[-1].over, "it is over")
    assert str(told[-1].error).endswith("Try again.")
    again: list[News] = []
    beside.client.begin("me", Slow(1, 0.0, tmp_path / "again"), again.append)
    until(lambda: bool(again) and again[-1].over, "another process does it")
    assert again[-1].error is None


def test_a_lost_host_fails_its_jobs_with_a_sentence(tmp_path: Path) -> None:
    beside = Beside()
    beside.client.start()
    try:
        told: list[News] = []
        beside.client.begin("me", Slow(1_000, 0.05, tmp_path / "closed"), told.append)
        until(lambda: bool(told), "it has begun")
        beside.host.kill()
        until(lambda: told[-1].over, "it is over")
        assert str(told[-1].error).endswith("Try again.")
    finally:
        beside.client.close()
