"""Explanations that browsers wait for: begun once for all who want the same, ended when nobody does any more."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from cnnviz.attribution.job import Explain
from cnnviz.figures.explained import Asked, attribution_message
from cnnviz.jobs import Job, News
from cnnviz.ui.channel import Pictures

Begin = Callable[[str, Job, Callable[[News], None]], int]


@dataclass(eq=False)
class _Work:
    """One explanation on its way, or ended."""

    number: int | None
    message: bytes | None = None
    wanted_by: set[object] = field(default_factory=set)


class Explanations:
    """Lives in the server's event loop; the jobs are done beside the server.

    Args:
        begin: How a job is begun: owner, job, who hears of it in any thread; its number.
        cancel: How one is ended.
        pictures: Where results are kept.
        changed: Called in the event loop when there is news of something asked, with all who want it.
    """

    def __init__(
        self,
        begin: Begin,
        cancel: Callable[[int], None],
        pictures: Pictures,
        changed: Callable[[set[object]], None],
    ) -> None:
        self._begin = begin
        self._cancel = cancel
        self._pictures = pictures
        self._changed = changed
        self._works: dict[Asked, _Work] = {}
        self._loop = asyncio.get_running_loop()

    def want(self, who: object, wanted: Mapping[Asked, Explain]) -> None:
        """Say all that one browser wants now; what it wanted before and does not any more is ended."""
        for asked, work in list(self._works.items()):
            if who in work.wanted_by and asked not in wanted:
                work.wanted_by.discard(who)
                if not work.wanted_by:
                    self._end(asked, work)
        for asked, job in wanted.items():
            if self._pictures.get(asked) is None:
                self._work(asked, job, who).wanted_by.add(who)

    def is_working(self, asked: Asked) -> bool:
        """Whether it is on its way."""
        work = self._works.get(asked)
        return work is not None and work.number is not None

    def message(self, asked: Asked) -> bytes | None:
        """The newest there is of it: the result, or what is done so far."""
        work = self._works.get(asked)
        return self._pictures.get(asked) or (work.message if work else None)

    def _work(self, asked: Asked, job: Explain, who: object) -> _Work:
        work = self._works.get(asked)
        if work is None:
            work = self._works[asked] = _Work(None)
            work.number = self._begin(str(id(who)), job, lambda news: self._from_any_thread(asked, news))
        return work

    def _end(self, asked: Asked, work: _Work) -> None:
        del self._works[asked]
        if work.number is not None:
            self._cancel(work.number)

    def _from_any_thread(self, asked: Asked, news: News) -> None:
        with suppress(RuntimeError):  # the loop has ended with the server
            self._loop.call_soon_threadsafe(self._told, asked, news)

    def _told(self, asked: Asked, news: News) -> None:
        work = self._works.get(asked)
        if work is None:  # given up meanwhile
            return
        work.message = attribution_message(asked, news)
        waiting = work.wanted_by
        if news.over:
            work.number = None
            if news.error is None:
                self._pictures.keep(asked, work.message)
                del self._works[asked]
        self._changed(waiting)
