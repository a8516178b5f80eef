"""Jobs that outlive the request that began them."""

import asyncio
from typing import Any

import pytest

from cnnviz.errors import CnnvizError, DatasetError
from cnnviz.jobs import News
from cnnviz.ui import dataworks
from cnnviz.ui.dataworks import Works
from cnnviz.ui.hub import Hub


class TestWorks:
    def make(self) -> tuple[Works, dict[int, Any], list[int]]:
        heard: dict[int, Any] = {}
        cancelled: list[int] = []

        def begin(_owner: str, _job: Any, told: Any) -> int:
            heard[len(heard)] = told
            return len(heard) - 1

        return Works(begin, cancelled.append), heard, cancelled

    def test_news_are_kept_until_they_are_asked_for(self) -> None:
        works, heard, _ = self.make()
        ended: list[int] = []
        name = works.begin("me", None, "mnist", lambda: ended.append(1))  # type: ignore[arg-type]
        assert works.on_their_way() == {"mnist": name}
        heard[0](News(0, 0.4, 2.0))
        assert (works.news(name).share, works.news(name).seconds_left, ended) == (0.4, 2.0, [])
        heard[0](News(0, 1.0, value="mnist", over=True))
        assert (works.news(name).value, ended, works.on_their_way()) == ("mnist", [1], {})

    def test_one_thing_is_done_once_at_a_time(self) -> None:
        works, heard, _ = self.make()
        first = works.begin("me", None, "mnist")  # type: ignore[arg-type]
        assert works.begin("you", None, "mnist") == first  # type: ignore[arg-type]
        assert works.begin("you", None, "svhn") != first  # type: ignore[arg-type]
        assert len(heard) == 2
        heard[0](News(0, over=True, error=DatasetError("no network")))
        assert works.begin("you", None, "mnist") != first  # type: ignore[arg-type]

    def test_what_cannot_be_begun_can_be_begun_again(self) -> None:
        works, heard, _ = self.make()
        begin, works._begin = works._begin, lambda *_: 1 // 0
        with pytest.raises(ZeroDivisionError):
            works.begin("me", None, "mnist")  # type: ignore[arg-type]
        works._begin = begin
        assert works.on_their_way() == {}
        works.begin("me", None, "mnist")  # type: ignore[arg-type]
        assert len(heard) == 1

    def test_one_person_has_so_many_at_once_and_no_more(self) -> None:
        works, heard, _ = self.make()
        for _ in range(dataworks.MOST):
            works.begin("me", None)  # type: ignore[arg-type]
        with pytest.raises(CnnvizError, match="wait for one to end"):
            works.begin("me", None)  # type: ignore[arg-type]
        works.begin("you", None)  # type: ignore[arg-type]
        heard[0](News(0, over=True))
        works.begin("me", None)  # type: ignore[arg-type]

    def test_only_who_began_it_cancels_it(self) -> None:
        works, heard, cancelled = self.make()
        ended: list[int] = []
        name = works.begin("me", None, after=lambda: ended.append(1))  # type: ignore[arg-type]
        with pytest.raises(CnnvizError, match="another browser"):
            works.cancel(name, "you")
        assert cancelled == []
        works.cancel(name, "me")
        assert (cancelled, ended, str(works.news(name).error)) == ([0], [1], "Cancelled.")
        heard[0](News(0, 0.5))
        assert works.news(name).over

    def test_what_ended_long_ago_is_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        works, heard, _ = self.make()
        name = works.begin("me", None)  # type: ignore[arg-type]
        heard[0](News(0, over=True))
        monkeypatch.setattr(dataworks, "KEPT", -1.0)
        works.begin("me", None)  # type: ignore[arg-type]
        with pytest.raises(CnnvizError, match="Nothing is known of this any more"):
            works.news(name)


def test_who_waits_for_a_job_gets_its_result_or_its_error(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []

    def begin(_owner: str, job: Any, told: Any) -> int:
        told(News(0, 0.5))
        told(News(0, over=True, value=job, error=DatasetError("no") if job == "bad" else None))
        return 7

    monkeypatch.setattr(hub, "begin", begin)
    monkeypatch.setattr(hub, "cancel", ended.append)
    assert asyncio.run(dataworks.worked("me", "good")) == "good"  # type: ignore[arg-type]
    with pytest.raises(DatasetError, match="no"):
        asyncio.run(dataworks.worked("me", "bad"))  # type: ignore[arg-type]
    assert ended == [7, 7]


def test_a_job_whose_asker_has_left_can_still_end(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(hub, "begin", lambda _owner, _job, told: heard.append(told) or 7)
    monkeypatch.setattr(hub, "cancel", lambda _: None)

    async def leave() -> None:
        waiting = asyncio.ensure_future(dataworks.worked("me", None))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(leave())
    heard[0](News(0, over=True, value="late"))  # which would end the thread that tells of all jobs
