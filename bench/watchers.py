"""People without a browser: a Streamlit session each, and our WebSocket. They talk to 127.0.0.1 only."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from cnnviz.figures.frames import unpack

LIMIT = 60  # s for a page
# The token that a page is given with its parts, as it stands in a message inside a message.
TOKEN = re.compile(rb'\\"token\\": \\"([0-9a-f]{32})')


@asynccontextmanager
async def session(port: int, run: str) -> AsyncIterator[str]:
    """Open the page of a run and keep it open; gives the token that the page was given."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
        message = BackMsg()
        message.rerun_script.query_string = f"run={run}"
        await socket.send(message.SerializeToString())
        async with asyncio.timeout(LIMIT):
            token = await _first_run(socket)
        reading = asyncio.create_task(_drain(socket))
        try:
            yield token
        finally:
            reading.cancel()


async def _first_run(socket: ClientConnection) -> str:
    """Read until the script has run once."""
    token = None
    while True:
        content = await socket.recv()
        assert isinstance(content, bytes)
        token = token or TOKEN.search(content)
        message = ForwardMsg.FromString(content)
        if message.WhichOneof("type") == "script_finished":
            assert token, "the page brought no token"
            return token.group(1).decode()


async def _drain(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


class Watcher:
    """One WebSocket on a run."""

    def __init__(self, socket: ClientConnection, image: str) -> None:
        self._socket = socket
        self._image = image
        self._shown: dict[int, asyncio.Future[float]] = {}
        self.snapshots: set[int] = set()
        self.received = 0

    async def read(self) -> None:
        """Take what comes, until the socket closes."""
        async for content in self._socket:
            now = time.perf_counter()
            assert isinstance(content, bytes)
            self.received += 1
            if b'\\"kind\\": \\"status\\"' in content[:400]:
                continue  # 30 times a second for each of them
            header, arrays = unpack(content)
            if header["kind"] == "problem":
                for future in self._shown.values():
                    future.set_exception(RuntimeError(header["text"]))
                self._shown.clear()
            elif header["kind"] == "curves":
                self.snapshots |= set(arrays["snapshots"].tolist())
            elif header["step"] in self._shown and header["image"] == self._image:
                self._shown.pop(header["step"]).set_result(now)

    async def show(self, step: int) -> float:
        """Move to a step; seconds until its picture was here."""
        future = self._shown[step] = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        await self._socket.send(json.dumps({"show": step, "image": self._image}))
        return await asyncio.wait_for(future, 30) - begun


@asynccontextmanager
async def watching(port: int, run: str, token: str, image: str = "validation-0") -> AsyncIterator[Watcher]:
    """A socket on a run that begins with its newest step, read all the time."""
    address = f"ws://127.0.0.1:{port}/live/{run}?token={token}&image={image}&step=live"
    async with connect(address, max_size=None) as socket:
        watcher = Watcher(socket, image)
        reading = asyncio.create_task(watcher.read())
        try:
            yield watcher
        finally:
            reading.cancel()


def ask(port: int, path: str) -> Any:
    """A JSON answer of the server."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == http.client.OK, content[:300]
        return json.loads(content)
    finally:
        connection.close()
