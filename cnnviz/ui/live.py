"""The WebSocket that brings a run to the browser, and the same bytes by HTTP where it cannot connect."""

import asyncio
import json
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from cnnviz.errors import CnnvizError
from cnnviz.ui.channel import Channel, problem
from cnnviz.ui.hub import Hub, hub
from cnnviz.ui.owner import COOKIE, hashed, token_is_right

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection, Request

AT_MOST_EVERY = 0.033  # s between two bundles of news to one browser
REREAD_EVERY = 1.0  # s, where another process trains the run
REFUSED = 4403  # our close code: the page must get a new token


@dataclass(eq=False)
class Watcher:
    """One browser that looks at one run.

    Attributes:
        wake: Set when there may be news.
        step: The step it shows, None for the newest.
        sent: What it has: the status' version, rows of curves, and the picture.
    """

    channel: Channel
    is_owner: bool
    step: int | None
    image: str | None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    status_sent: int = -1
    rows_sent: tuple[int, int] = (0, 0)
    picture_sent: bytes | None = None


class Live:
    """The watchers of all runs, in the server's event loop."""

    def __init__(self, known: Hub) -> None:
        self._hub = known
        self._watchers: dict[str, set[Watcher]] = {}
        self._loop = asyncio.get_running_loop()
        known.listen(self._from_any_thread)
        self._rereading = self._loop.create_task(self._reread_foreign())

    def close(self) -> None:
        """Stop looking at files."""
        self._rereading.cancel()

    async def serve(self, socket: WebSocket) -> None:
        """Feed one browser until it leaves."""
        run_id = socket.path_params["run"]
        if not _may_see(socket, run_id) or not _same_origin(socket):
            await socket.accept()
            await socket.close(REFUSED)
            return
        await socket.accept()
        try:
            watcher = self._watcher(socket, run_id)
        except CnnvizError as error:
            await socket.send_bytes(problem(str(error)))
            await socket.close()
            return
        self._join(run_id, watcher)
        feeding = asyncio.create_task(self._feed(socket, watcher))
        try:
            while True:
                self._wish(watcher, json.loads(await socket.receive_text()))
        except (WebSocketDisconnect, ValueError, KeyError):
            pass
        finally:
            feeding.cancel()
            self._leave(run_id, watcher)

    def _watcher(self, connection: "HTTPConnection", run_id: str) -> Watcher:
        channel = self._hub.channel(run_id)
        key = hashed(connection.cookies.get(COOKIE))
        query = connection.query_params
        is_owner = bool(channel.run.owner) and channel.run.owner == key
        return Watcher(channel, is_owner, _step(query.get("step")), query.get("image") or None)

    def _join(self, run_id: str, watcher: Watcher) -> None:
        self._watchers.setdefault(run_id, set()).add(watcher)
        self._hub.watch(run_id, +1)
        self._wish_of_owner(watcher)
        watcher.wake.set()

    def _leave(self, run_id: str, watcher: Watcher) -> None:
        self._watchers[run_id].discard(watcher)
        with suppress(CnnvizError):  # the run may have been deleted
            self._hub.watch(run_id, -1)

    def _wish(self, watcher: Watcher, message: Any) -> None:
        if not isinstance(message, dict):
            raise ValueError("a wish is an object")
        watcher.step = _step(message.get("show"))
        image = message.get("image")
        watcher.image = image if isinstance(image, str) and image else watcher.image
        watcher.picture_sent = None
        self._wish_of_owner(watcher)
        watcher.wake.set()

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
                for message in await self._news(watcher):
                    await socket.send_bytes(message)
                await asyncio.sleep(
                    AT_MOST_EVERY
                )  # what comes meanwhile goes in one bundle: a slow browser is not flooded

    async def _news(self, watcher: Watcher) -> list[bytes]:
        """What this browser does not have yet."""
        channel, news = watcher.channel, []
        try:
            if watcher.status_sent != channel.version:
                watcher.status_sent = channel.version
                news.append(channel.status_message())
            rows = channel.rows()
            if rows != watcher.rows_sent or watcher.picture_sent is None:
                sent = (
                    watcher.rows_sent if rows[0] >= watcher.rows_sent[0] and rows[1] >= watcher.rows_sent[1] else (0, 0)
                )
                if rows != sent or sent == (0, 0):
                    news.append(channel.curves_message(*sent))
                watcher.rows_sent = rows
            if watcher.step is None and not channel.has_picture:
                return news  # it waits, and has not taken its first step
            picture = await self._hub.picture(channel, watcher.step, watcher.image)
            if picture is not watcher.picture_sent:
                watcher.picture_sent = picture
                news.append(picture)
        except CnnvizError as error:
            news.append(problem(str(error)))
        return news

    def _from_any_thread(self, run_id: str) -> None:
        with suppress(RuntimeError):  # the loop has ended with the server
            self._loop.call_soon_threadsafe(self._tell, run_id)

    def _tell(self, run_id: str) -> None:
        for watcher in self._watchers.get(run_id, ()):
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


# By HTTP


async def poll(request: "Request") -> Response:
    """Status, the whole log and the picture, each after its length: for browsers whose WebSocket cannot connect."""
    refused = _refusal(request)
    if refused:
        return refused
    query = request.query_params
    messages = []
    try:
        channel = hub().channel(request.path_params["run"])
        messages += [channel.status_message(), channel.curves_message()]
        step = _step(query.get("step"))
        if step is not None or channel.has_picture:
            messages.append(await hub().picture(channel, step, query.get("image")))
    except CnnvizError as error:
        messages.append(problem(str(error)))
    return Response(
        b"".join(struct.pack("<I", len(message)) + message for message in messages),
        media_type="application/octet-stream",
        headers={"Cache-Control": "no-store"},
    )


async def evaluate(request: "Request") -> Response:
    """Loss and accuracy on the test part."""
    refused = _refusal(request)
    if refused:
        return refused
    try:
        channel = hub().channel(request.path_params["run"])
        return JSONResponse(await hub().evaluate(channel, _step(request.query_params.get("step"))))
    except CnnvizError as error:
        return JSONResponse({"problem": str(error)}, status_code=422)


def _refusal(request: "Request") -> Response | None:
    if _may_see(request, request.path_params["run"]):
        return None
    return PlainTextResponse("This page is from before the server was started anew; reload it.", status_code=403)


def _may_see(connection: "HTTPConnection", run_id: str) -> bool:
    return token_is_right(run_id, connection.query_params.get("token", ""))


def _same_origin(connection: "HTTPConnection") -> bool:
    """A browser says where a page came from; a page of another site must not read runs with this one's cookies."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


def _step(text: object) -> int | None:
    """A step, or None for the newest."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    return text if isinstance(text, int) else None
