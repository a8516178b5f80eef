"""How tests wait, and read what a page or a socket brought."""

import asyncio
import json
import struct
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import anyio
import numpy as np
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from streamlit.testing.v1 import AppTest

from cnnviz.figures.frames import unpack
from cnnviz.ui.owner import token_for
from cnnviz.ui.server import SHELL
from cnnviz.ui.state import PAGES

T = TypeVar("T")
LIMIT = 60  # s: the first one to need the host waits for torch
Message = tuple[dict[str, Any], dict[str, Any]]


def until(holds: Callable[[], Any], seconds: float = LIMIT) -> Any:
    """The first true value of a condition."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not (value := holds()):
        assert time.monotonic() < end, "it did not come to that in time"
        pause.wait(0.01)
    return value


def answer(question: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives, within the limit."""
    return asyncio.run(asyncio.wait_for(question, LIMIT))


# Sockets


def bytes_of(socket: WebSocketTestSession, seconds: float = LIMIT) -> bytes:
    """The next message; starlette's own receive waits for ever."""

    async def next_message() -> Any:
        with anyio.fail_after(seconds):
            return await socket._send_rx.receive()

    message = socket.portal.call(next_message)
    if message["type"] == "websocket.close":
        raise WebSocketDisconnect(message["code"])
    return message["bytes"]


def message_of(socket: WebSocketTestSession, wanted: Callable[[dict[str, Any]], bool]) -> Message:
    """The next message that is wanted; what comes before it is dropped."""
    while True:
        header, arrays = unpack(bytes_of(socket))
        if wanted(header):
            return header, arrays


def of_kind(kind: str, **facts: Any) -> Callable[[dict[str, Any]], bool]:
    """Whether a message is of a kind and says these facts."""
    return lambda header: header["kind"] == kind and all(header[name] == value for name, value in facts.items())


# Pages


def open_page(name: str = "train", **query: str) -> AppTest:
    """A page as a new session sees it first."""
    app = AppTest.from_file(str(SHELL), default_timeout=LIMIT)
    if name != "home":
        app.run()
        app.switch_page(str(PAGES / f"{name}.py"))
    for key, value in query.items():
        app.query_params[key] = value
    return rerun(app)


def rerun(app: AppTest) -> AppTest:
    """Run the page again; no test has a page that ends in an exception."""
    app.run()
    assert [error.message for error in app.exception] == []
    return app


def press(app: AppTest, key: str) -> AppTest:
    """Press a button."""
    app.button(key=key).click()
    return rerun(app)


def parts(app: AppTest) -> Iterator[Any]:
    """Every element and block of a page, from top to bottom."""

    def below(node: Any) -> Iterator[Any]:
        for child in getattr(node, "children", {}).values():
            yield child
            yield from below(child)

    return below(app._tree)


def popovers(app: AppTest) -> list[str]:
    """What stands on the page's popovers, without the signs of Markdown."""
    protos = [part.proto for part in parts(app) if type(part).__name__ == "Block" and part.proto]
    return [plain(proto.popover.label) for proto in protos if proto.HasField("popover")]


def buttons(app: AppTest) -> list[str]:
    """What stands on the page's buttons."""
    return [plain(button.label) for button in app.button]


def lines(app: AppTest) -> list[str]:
    """The texts of a page."""
    return [plain(line.value) for line in (*app.markdown, *app.caption)]


def plain(text: str) -> str:
    """Text that was escaped for Markdown."""
    return text.replace("\\", "")


def mounts(app: AppTest) -> dict[str, Message]:
    """What each browser part was given, by its name."""
    found = {}
    for part in parts(app):
        proto = getattr(part, "proto", None)
        if type(proto).__name__ == "BidiComponent" and proto.bytes:  # one without hears keys and draws nothing
            header, arrays = unpack(proto.bytes)
            found[header["part"]] = (header, arrays)
    return found


def files_of(folder: Path) -> set[str]:
    """The names in a folder that a person would see."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def watch(client: TestClient, run: str = "example", headers: dict[str, str] | None = None, **query: Any) -> Any:
    """A WebSocket as a page opens it."""
    words = "&".join(f"{name}={value}" for name, value in {"token": token_for(run), **query}.items())
    return client.websocket_connect(f"/live/{run}?{words}", headers=headers or {})


def polled(client: TestClient, run: str = "example", *wishes: Any, **query: Any) -> list[bytes]:
    """The messages of a poll; a wish is an object, or the bytes of a drawing."""
    frames = [wish if isinstance(wish, bytes) else json.dumps(wish).encode() for wish in wishes]
    body = b"".join(struct.pack("<I", len(frame)) + frame for frame in frames)
    content = client.post(
        f"/poll/{run}", params={"token": token_for(run), "who": "a test", **query}, content=body
    ).content
    messages = []
    while content:
        length = int.from_bytes(content[:4], "little")
        messages.append(content[4 : 4 + length])
        content = content[4 + length :]
    return messages


def drawing(name: bytes, pixels: np.ndarray) -> bytes:
    """A frame as the pad sends it."""
    height, width = pixels.shape
    return bytes([len(name)]) + name + struct.pack("<HH", width, height) + pixels.tobytes()


def a_one() -> np.ndarray:
    pixels = np.zeros((112, 112), np.uint8)
    pixels[15:97, 50:62] = 255
    return pixels


def first_three(socket: WebSocketTestSession) -> list[bytes]:
    return [bytes_of(socket) for _ in range(3)]
