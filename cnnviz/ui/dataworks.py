"""Jobs that outlive the request that began them: a browser asks how far they are, also after a reload."""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.jobs import Job, News
from cnnviz.ui.hub import hub

MOST = 8  # jobs of one owner at once: each may hold half a gigabyte
KEPT = 600.0  # s: so long the end of a job is remembered
_GONE = "Nothing is known of this any more; look whether it is done, and else begin it again."
Begin = Callable[[str, Job, Callable[[News], None]], int]


@dataclass(eq=False)
class _Work:
    owner: str
    about: str | None
    after: Callable[[], None]
    news: News = field(default_factory=lambda: News(-1))
    number: int | None = None
    ended: float | None = None  # when, by the monotonic clock


class Works:
    """Jobs on their way and those that ended lately, by names that nobody guesses.

    Args:
        begin: How a job is begun: owner, job, who hears of it in any thread; its number.
        cancel: How one is ended.
    """

    def __init__(self, begin: Begin, cancel: Callable[[int], None]) -> None:
        self._begin, self._cancel = begin, cancel
        self._works: dict[str, _Work] = {}
        self._lock = threading.Lock()

    def begin(self, owner: str, job: Job, about: str | None = None, after: Callable[[], None] = lambda: None) -> str:
        """Have a job done; its name. `after` is called in any thread when it has ended, however it did.

        Of one thing there is one job at a time: who wants the same gets the name of the one that is on its way.

        Raises:
            CnnvizError: If the owner has begun too many, or it cannot be begun; then `after` is not called.
        """
        with self._lock:
            self._tidy()
            for name, known in self._works.items():
                if about is not None and known.about == about and known.ended is None:
                    return name
            if sum(work.owner == owner and work.ended is None for work in self._works.values()) >= MOST:
                raise CnnvizError(f"{MOST} things that you began are on their way; wait for one to end, or cancel it.")
            name, work = secrets.token_hex(12), _Work(owner, about, after)
            self._works[name] = work
        try:
            work.number = self._begin(owner, job, lambda news: self._told(work, news))
        except BaseException:
            with self._lock:
                del self._works[name]  # or who wants the same waits for it for ever
            raise
        return name

    def news(self, name: str) -> News:
        """How far a job is.

        Raises:
            CnnvizError: If it is not known any more.
        """
        return self._known(name).news

    def cancel(self, name: str, owner: str) -> None:
        """End a job without a result.

        Raises:
            CnnvizError: If it is not known any more, or another person began it.
        """
        work = self._known(name)
        if work.owner != owner:
            raise CnnvizError("This was begun in another browser, and only that one can cancel it.")
        if work.number is not None:
            self._cancel(work.number)
        self._told(work, News(-1, over=True, error=CnnvizError("Cancelled.")))

    def on_their_way(self) -> dict[str, str]:
        """The names of the jobs that go on, by what they are about."""
        with self._lock:
            return {work.about: name for name, work in self._works.items() if work.about and work.ended is None}

    def _known(self, name: str) -> _Work:
        with self._lock:
            if name not in self._works:
                raise CnnvizError(_GONE)
            return self._works[name]

    def _told(self, work: _Work, news: News) -> None:
        with self._lock:
            if work.ended is not None:
                return
            work.news = news
            if news.over:
                work.ended = time.monotonic()
        if news.over:
            work.after()

    def _tidy(self) -> None:
        for name, work in list(self._works.items()):
            if work.ended is not None and work.ended < time.monotonic() - KEPT:
                del self._works[name]


@lru_cache(maxsize=1)
def works() -> Works:
    """The server's own; pages are drawn anew each time, this is not."""
    return Works(lambda *job: hub().begin(*job), lambda number: hub().cancel(number))


async def worked(owner: str, job: Job) -> Any:
    """What a job gives that is waited for; it ends with who waits.

    Raises:
        CnnvizError: What the job says.
    """
    done: Future[Any] = Future()
    done.set_running_or_notify_cancel()  # so that who waits no longer does not end it, and its end can be told

    def told(news: News) -> None:
        if news.over:
            if news.error:
                done.set_exception(news.error)
            else:
                done.set_result(news.value)

    number = hub().begin(owner, job, told)
    try:
        return await asyncio.wrap_future(done)
    finally:
        hub().cancel(number)
