"""Who sees to it that the runs of a server take no more room than they may."""

import threading
import time
from functools import lru_cache

from cnnviz.errors import CnnvizError
from cnnviz.jobs import News
from cnnviz.runs.budget import RULE, Tidied, Tidy, disk_budget, size_text
from cnnviz.ui.hub import Hub

EVERY = 60.0  # s between two looks, at least, while there is news of runs


class Keeper:
    """Has room made beside the server: when it starts, and while runs bring news, once a minute.

    Args:
        hub: Whose runs they are.
    """

    def __init__(self, hub: Hub) -> None:
        self.last: Tidied | None = None
        self._hub = hub
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._is_looking = False
        hub.listen(lambda _: self.look())

    def look(self) -> None:
        """Begin a look, unless one is under way or was made a short time ago."""
        with self._lock:
            now = time.monotonic()
            if self._is_looking or now - self._looked < EVERY:
                return
            self._is_looking, self._looked = True, now
        try:
            self._hub.begin("", Tidy(self._hub.folder, disk_budget(self._hub.folder)), self._told)
        except CnnvizError:  # of the variable, which the page says
            self._is_looking = False

    def words(self) -> str:
        """How much room the runs take, and by what rule room is made."""
        try:
            budget = disk_budget(self._hub.folder)
        except CnnvizError as error:
            return f"{error} Until then no room is made."
        taken = f"These runs take {size_text(self.last.after)}. " if self.last else ""
        if budget is None:
            return f"{taken}They may take any room (CNNVIZ_DISK_BUDGET is off)."
        still = "" if not self.last or self.last.is_enough else " That is still too much: delete runs, or allow more."
        return f"{taken}{RULE.format(budget=size_text(budget))} CNNVIZ_DISK_BUDGET sets another limit.{still}"

    def _told(self, news: News) -> None:
        if not news.over:
            return
        self._is_looking = False
        if isinstance(news.value, Tidied):
            self.last = news.value
            for run_id in news.value.thinned:
                self._hub.reread(run_id)


@lru_cache(maxsize=1)
def keeper_of(hub: Hub) -> Keeper:
    """The one keeper of a server's runs."""
    return Keeper(hub)
