"""The messages of a socket by HTTP, for browsers whose WebSocket cannot connect."""

import asyncio
import struct
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from cnnviz.errors import CnnvizError
from cnnviz.ui.channel import problem
from cnnviz.ui.handed import body_of
from cnnviz.ui.hub import hub
from cnnviz.ui.live import NONSENSE, Live
from cnnviz.ui.owner import refusal
from cnnviz.ui.watcher import Watcher

if TYPE_CHECKING:
    from starlette.requests import Request

PATIENCE = 10.0  # s without a question until a browser has left
LARGEST_BODY = 1024**2
MOST_FRAMES = 1_000


class Polling:
    """Those who ask, in the server's event loop."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._asking: dict[tuple[str, str], tuple[Watcher, asyncio.TimerHandle]] = {}

    async def answer(self, request: "Request") -> Response:
        """Take the wishes of a browser whose WebSocket cannot connect, and give it what a socket would bring.

        It comes again each second, under a name of its own (`who`), and gets what it has not been sent yet. Messages
        and wishes have their length in front; words begin with a brace, which no drawing does.
        """
        refused = refusal(request)
        if refused:
            return refused
        try:
            wishes = _split(await body_of(request, LARGEST_BODY))
            watcher = self._who_asks(request)
            for wish in wishes:
                self._live.take(watcher, wish if wish[:1] != b"{" else wish.decode())
            news = await self._live.news(watcher)
        except CnnvizError as error:
            news = [problem(str(error))]
        except NONSENSE:
            return PlainTextResponse("These are no wishes of a page.", status_code=422)
        return Response(
            b"".join(struct.pack("<I", len(message)) + message for message in news),
            media_type="application/octet-stream",
            headers={"Cache-Control": "no-store"},
        )

    def _who_asks(self, request: "Request") -> Watcher:
        """The watcher of a browser that asks by HTTP: it leaves when it does not ask for a while."""
        run_id, who = request.path_params["run"], request.query_params.get("who", "")
        channel = hub().channel(run_id)
        watcher, leaving = self._asking.get((run_id, who), (None, None))
        if leaving:
            leaving.cancel()
        if watcher is None or watcher.channel is not channel:  # the run may have been deleted, and made anew
            watcher = self._live.watcher(request, channel)
            self._live.join(run_id, watcher)

        def leave() -> None:
            del self._asking[run_id, who]
            self._live.leave(run_id, watcher)

        self._asking[run_id, who] = watcher, asyncio.get_running_loop().call_later(PATIENCE, leave)
        return watcher


def _split(body: bytes) -> list[bytes]:
    """The frames of a body, each with its length in front.

    Raises:
        ValueError: If it is none, or they are more than a page has in a second.
    """
    frames: list[bytes] = []
    at = 0
    while at < len(body):
        start = at + 4
        end = start + int.from_bytes(body[at:start], "little")
        if not start < end <= len(body) or len(frames) == MOST_FRAMES:
            raise ValueError("a frame is empty, is cut off, or is one too many")
        frames.append(body[start:end])
        at = end
    return frames
