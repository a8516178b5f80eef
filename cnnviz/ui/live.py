"""Who watches which run, and the WebSocket that brings it to them."""

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from cnnviz.attribution.job import Explain
from cnnviz.errors import CnnvizError
from cnnviz.figures.explained import Asked
from cnnviz.figures.frames import pack
from cnnviz.training.questions import LookAt
from cnnviz.ui.channel import problem
from cnnviz.ui.explanations import Explanations
from cnnviz.ui.hub import Hub
from cnnviz.ui.looks import Shown
from cnnviz.ui.owner import COOKIE, hashed, refusal
from cnnviz.ui.watcher import MapWish, Watcher, step_of

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from cnnviz.ui.channel import Channel

AT_MOST_EVERY = 0.033  # s between two bundles of news to one browser
REREAD_EVERY = 1.0  # s, where another process trains the run
REFUSED = 4403  # our close code: the page must get a new token
NONSENSE = (ValueError, LookupError, TypeError, AttributeError)  # what no page of ours sends


class Live:
    """The watchers of all runs, in the server's event loop."""

    def __init__(self, known: Hub) -> None:
        self._hub = known
        self._watchers: dict[str, set[Watcher]] = {}
        self._keeping: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._explanations = Explanations(known.begin, known.cancel, known.pictures, self._wake)
        known.listen(self._from_any_thread)
        self._rereading = self._loop.create_task(self._reread_foreign())

    def close(self) -> None:
        """Stop looking at files."""
        self._rereading.cancel()

    async def serve(self, socket: WebSocket) -> None:
        """Feed one browser until it leaves."""
        run_id = socket.path_params["run"]
        if refusal(socket) or not _same_origin(socket):
            await socket.accept()
            await socket.close(REFUSED)
            return
        await socket.accept()
        try:
            watcher = self.watcher(socket, self._hub.channel(run_id))
        except CnnvizError as error:
            await socket.send_bytes(problem(str(error)))
            await socket.close()
            return
        self.join(run_id, watcher)
        feeding = asyncio.create_task(self._feed(socket, watcher))
        try:
            while True:
                received = await socket.receive()
                if received["type"] == "websocket.disconnect":
                    break
                self.take(watcher, received.get("bytes") or received["text"])
        except NONSENSE:
            pass
        finally:
            feeding.cancel()
            self.leave(run_id, watcher)

    def watcher(self, connection: "HTTPConnection", channel: "Channel") -> Watcher:
        """A browser as its address says it."""
        key = hashed(connection.cookies.get(COOKIE))
        query = connection.query_params
        is_owner = bool(channel.run.owner) and channel.run.owner == key
        image = query.get("image")
        return Watcher(channel, is_owner, step_of(query.get("step")), Shown(image) if image else None)

    def join(self, run_id: str, watcher: Watcher) -> None:
        """Tell a browser the news of a run from now on."""
        self._watchers.setdefault(run_id, set()).add(watcher)
        self._hub.watch(run_id, +1)
        self._wish_of_owner(watcher)
        watcher.wake.set()

    def leave(self, run_id: str, watcher: Watcher) -> None:
        """It has gone; what is worked out for it alone is ended."""
        self._explanations.want(watcher, {})
        self._watchers[run_id].discard(watcher)
        with suppress(CnnvizError):  # the run may have been deleted
            self._hub.watch(run_id, -1)

    def take(self, watcher: Watcher, frame: str | bytes) -> None:
        """One frame of a browser: words are wishes, bytes are a drawing."""
        if isinstance(frame, bytes):
            watcher.draw(frame)
        else:
            message = json.loads(frame)
            watcher.wish(message)
            if message.get("keep") and watcher.image:
                keeping = asyncio.ensure_future(self._keep(watcher, watcher.image))
                self._keeping.add(keeping)  # or nobody would hold it
                keeping.add_done_callback(self._keeping.discard)
        self._wish_of_owner(watcher)
        self._want(watcher)
        watcher.wake.set()

    async def _keep(self, watcher: Watcher, drawing: Shown) -> None:
        """Keep what is on the pad; it is the watcher's image from then on, under a name that can be linked."""
        if drawing.pixels is None:
            return
        try:
            name = await self._hub.looks.keep(watcher.channel, drawing.pixels)
            if watcher.image is drawing:  # and not drawn on, or left, meanwhile
                watcher.image, watcher.picture_sent = Shown(name), None
            watcher.extra.append(pack("kept", {"image": name, "frame": drawing.name}))
        except CnnvizError as error:
            watcher.extra.append(problem(str(error)))
        watcher.wake.set()

    def _want(self, watcher: Watcher) -> None:
        """Have the explanations worked out that the browser wants, of the step and image it shows."""
        with suppress(CnnvizError):  # a damaged run says so with the next news
            self._explanations.want(watcher, {asked: job for _, asked, job in self._wanted(watcher)})

    def _wanted(self, watcher: Watcher) -> list[tuple[MapWish, Asked, Explain]]:
        saved = watcher.channel.last_saved()
        if not watcher.maps or saved is None:
            return []
        if watcher.step is not None:
            return self._wanted_at(watcher, watcher.step)
        if watcher.explained is not None:
            wanted = self._wanted_at(watcher, watcher.explained)
            if any(self._explanations.is_working(asked) for _, asked, _ in wanted):
                return wanted  # a training that saves often would never let one come to its end
        watcher.explained = saved
        return self._wanted_at(watcher, saved)

    def _wanted_at(self, watcher: Watcher, step: int) -> list[tuple[MapWish, Asked, Explain]]:
        channel = watcher.channel
        image = watcher.image or Shown(channel.run.record["probe"])
        look = LookAt(channel.run.path, step, image.name, self._hub.looks.gallery, image.pixels)
        return [
            (
                wish,
                Asked(channel.run.path, channel.run.id, step, image.name, wish.method, wish.target, wish.settings),
                Explain(look, wish.method, wish.target, wish.settings),
            )
            for wish in watcher.maps
        ]

    def _wish_of_owner(self, watcher: Watcher) -> None:
        channel = watcher.channel
        if watcher.is_owner and channel.owner_step != watcher.step:
            channel.owner_step = watcher.step
            channel.version += 1
            self._tell(channel.run.id)

    async def _feed(self, socket: WebSocket, watcher: Watcher) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await watcher.wake.wait()
                watcher.wake.clear()
                for message in await self.news(watcher):
                    await socket.send_bytes(message)
                await asyncio.sleep(
                    AT_MOST_EVERY
                )  # what comes meanwhile goes in one bundle: a slow browser is not flooded

    async def news(self, watcher: Watcher) -> list[bytes]:
        """What this browser does not have yet."""
        channel, news = watcher.channel, [watcher.extra.pop(0) for _ in tuple(watcher.extra)]
        try:
            if watcher.status_sent != channel.version:
                watcher.status_sent = channel.version
                news.append(channel.status_message())
            history, rows = channel.history(), channel.rows()
            is_news = history is not watcher.history_sent
            if rows != watcher.rows_sent or watcher.picture_sent is None or is_news:
                has_less = any(now < before for now, before in zip(rows, watcher.rows_sent, strict=True))
                sent = (0, 0, 0) if has_less else watcher.rows_sent
                if rows != sent or sent == (0, 0, 0) or is_news:
                    news.append(channel.curves_message(*sent[:2], history=history if is_news else None))
                watcher.rows_sent, watcher.history_sent = rows, history
            if watcher.step is None and not channel.has_picture:
                return news  # it waits, and has not taken its first step
            await self._look(watcher, news)
        except CnnvizError as error:
            news.append(problem(str(error)))
        return news

    async def _look(self, watcher: Watcher, news: list[bytes]) -> None:
        """Add the picture, the opened unit and the explanations, where they are others than it has."""
        channel, looks = watcher.channel, self._hub.looks
        try:
            picture = await looks.picture(channel, watcher.step, watcher.image)
        except CnnvizError as error:
            news.append(problem(str(error)))
            await self._look_without(watcher, news)
            return
        if picture is not watcher.picture_sent:
            watcher.picture_sent = picture
            news.append(picture)
        if watcher.unit:
            unit = await looks.unit(channel, watcher.step, watcher.image, watcher.unit)
            if unit is not watcher.unit_sent:
                watcher.unit_sent = unit
                news.append(unit)
        if watcher.maps:
            self._want(watcher)  # the newest step may be another one by now
        for wish, asked, _ in self._wanted(watcher):
            message = self._explanations.message(asked)
            if message and message is not watcher.maps_sent.get(wish):
                watcher.maps_sent[wish] = message
                news.append(message)

    async def _look_without(self, watcher: Watcher, news: list[bytes]) -> None:
        """Add the picture of the run's own image: filters and mistakes do not hang on the one that is not there."""
        with suppress(CnnvizError):  # it is the step that is not there
            own = await self._hub.looks.picture(watcher.channel, watcher.step, None)
            if own is not watcher.picture_sent:
                watcher.picture_sent = own
                news.append(own)

    def _from_any_thread(self, run_id: str) -> None:
        with suppress(RuntimeError):  # the loop has ended with the server
            self._loop.call_soon_threadsafe(self._tell, run_id)

    def _tell(self, run_id: str) -> None:
        for watcher in self._watchers.get(run_id, ()):
            watcher.wake.set()

    def _wake(self, watchers: set[Any]) -> None:
        for watcher in watchers:
            watcher.wake.set()

    async def _reread_foreign(self) -> None:
        """Runs that another process trains say nothing to us: their files do."""
        while True:
            await asyncio.sleep(REREAD_EVERY)
            for run_id, watchers in list(self._watchers.items()):
                for channel in {watcher.channel for watcher in watchers}:
                    if channel.is_foreign:
                        with suppress(CnnvizError):
                            await asyncio.to_thread(channel.read_on)
                        self._tell(run_id)


def _same_origin(connection: "HTTPConnection") -> bool:
    """A browser says where a page came from; a page of another site must not read runs with this one's cookies."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")
