"""What stands around the pages: routes, the cookie, and what happens when the server starts and ends."""

import asyncio
import gc
import os
import re
import socket
import threading
import urllib.request
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from cnnviz.attribution.job import GetReady
from cnnviz.errors import CnnvizError
from cnnviz.runs import EXAMPLE_ID
from cnnviz.ui.bringing import bring
from cnnviz.ui.code import code
from cnnviz.ui.compare_routes import compared
from cnnviz.ui.dataroutes import data
from cnnviz.ui.downloads import numbers, run_file
from cnnviz.ui.drafting import build
from cnnviz.ui.handed import evaluate, forget, images, measured, upload
from cnnviz.ui.hub import hub
from cnnviz.ui.keeping import keeper_of
from cnnviz.ui.live import Live
from cnnviz.ui.owner import KeyCookie, is_page
from cnnviz.ui.polling import Polling

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASSETS = Path(__file__).parent / "components" / "assets"
SHELL = Path(__file__).parent / "shell.py"
PARTS = {  # what each page mounts at once, by its address
    "": ("code", "link", "home", "doors", "timeline"),
    "data": ("link", "data"),
    "build": ("code", "link", "builder"),
    "train": ("code", "link", "numbers", "board", "timeline"),
    "inside": ("code", "link", "inside", "timeline"),
    "explain": ("code", "link", "explain", "timeline"),
    "compare": ("link", "compare", "comparebar"),
    "runs": (),
}
FIRST_PAGE = 3.0  # s that the warm-up leaves both cores to a first page that is opened at once
_live: list[tuple[Live, Polling]] = []  # those of this server, while it runs
_is_seen = threading.Event()  # set when a page has been drawn and asks for more


def base_path() -> str:
    """What stands before every path: "" or "/prefix"."""
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""


def routes() -> list[BaseRoute]:
    """Our own routes; Streamlit's are none of ours, and it checks neither origin nor session for these."""
    base = base_path()
    return [
        WebSocketRoute(f"{base}/live/{{run}}", _serve_live),
        Route(f"{base}/poll/{{run}}", _poll, methods=["POST"]),
        Route(f"{base}/evaluate/{{run}}", evaluate),
        Route(f"{base}/numbers/{{run}}/{{what}}", numbers),
        Route(f"{base}/file/{{run}}", run_file),
        Route(f"{base}/bring/{{run}}", bring, methods=["POST"]),
        Route(f"{base}/build/{{run}}/{{what}}", build, methods=["POST"]),
        Route(f"{base}/data/{{run}}/{{what}}", data, methods=["POST"]),
        Route(f"{base}/compared/{{run}}/{{what}}", compared),
        Route(f"{base}/code/{{run}}", code),
        Route(f"{base}/images/{{run}}", images),
        Route(f"{base}/measured/{{run}}/{{what}}", measured),
        Route(f"{base}/upload/{{run}}", upload, methods=["POST"]),
        Route(f"{base}/forget/{{run}}", forget, methods=["POST"]),
    ]


def middleware() -> list[Middleware]:
    """The cookie that tells owners from others, and the word to browsers what to fetch at once."""
    return [Middleware(KeyCookie), Middleware(PreloadParts)]


class PreloadParts:
    """ASGI middleware: a page tells the browser to fetch its scripts beside Streamlit's own, and not after them."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        self._headers = {page: _preload(parts) for page, parts in PARTS.items()}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass everything on; add the header to a page."""
        page = str(scope.get("path", "")).removeprefix(base_path()).strip("/")
        header = (b"link", self._headers.get(page, self._headers[""]))

        async def send_with_links(message: "Message") -> None:
            if message["type"] == "http.response.start" and is_page(message):
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        await self._app(scope, receive, send_with_links if scope["type"] == "http" else send)


def _preload(parts: tuple[str, ...]) -> bytes:
    """A header that names the scripts of these parts, with all they import."""
    folder = f"{base_path()}/_stcore/bidi-components/cnnviz.view"
    found: set[str] = set()
    waiting = ["view", *parts]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            text = (ASSETS / f"{name}.js").read_text("utf-8")
            waiting += re.findall(r'^(?:import|export) .*from "\./(\w+)\.js";$', text, re.MULTILINE)
    return ", ".join(f"<{folder}/{name}.js>; rel=modulepreload" for name in sorted(found)).encode()


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Start the host and get warm when the server starts; end the host when it ends."""
    _send_at_once()
    _get_ready()
    live = Live(hub())
    _live.append((live, Polling(live)))
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    asyncio.get_running_loop().call_later(0.05, _announce)
    try:
        yield
    finally:
        _live.pop()[0].close()
        hub().close()


async def _serve_live(socket: WebSocket) -> None:
    _is_seen.set()
    await _live[-1][0].serve(socket)


async def _poll(request: "Request") -> "Response":
    return await _live[-1][1].answer(request)


def _send_at_once() -> None:
    """Have every connection send what it is given without waiting for more.

    Streamlit opens its socket without naming TCP, so asyncio does not set this, and each small answer or message then
    waits some 40 ms for the one before it to be acknowledged. Connections inherit it from the socket that listens.
    """
    for found in gc.get_objects():  # nothing else leads to that socket
        if type(found) is socket.socket and found.fileno() >= 0 and found.type == socket.SOCK_STREAM:
            with suppress(OSError):  # of another family
                found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _get_ready() -> None:
    """What the first page would otherwise wait for, a tenth of a second, before the server says that it is there."""
    import cnnviz.ui.components
    import cnnviz.ui.controls
    import cnnviz.ui.study  # noqa: F401 - what pages/train.py imports
    from cnnviz.figures.colours import palettes

    palettes()
    with suppress(CnnvizError):  # a broken installation is said on the page
        channel = hub().channel(EXAMPLE_ID)
        channel.probe_picture(channel.shown(None))


def _warm_up() -> None:
    """Everything slow that somebody will need soon.

    The host imports torch and makes a throw-away optimizer step in its warm worker; this process needs no torch. What
    is imported here is frozen afterwards: Streamlit collects garbage after every script run, for all sessions at once.
    Importing torch keeps a core busy for two seconds: whoever opens the first page should not wait for that.
    """
    _is_seen.wait(FIRST_PAGE)
    hub().begin("", GetReady(), lambda _: None)  # which starts the host
    keeper_of(hub()).look()
    import cnnviz.datasets
    import cnnviz.figures.charts

    with suppress(Exception):  # what is missing is said where it is needed
        cnnviz.datasets.dataset("digits").read()
    gc.collect()
    gc.freeze()


def _announce() -> None:
    """Say where the app is; the address of the local network only where the server answers there."""
    host = str(st.get_option("server.address") or "0.0.0.0")  # noqa: S104 - Streamlit's own default
    is_open = host in ("0.0.0.0", "::")  # noqa: S104
    port = st.get_option("server.port")
    here = f"http://{'127.0.0.1' if is_open else host}:{port}{base_path()}"
    print(f"cnnviz is at {here}", flush=True)
    if is_open and (lan := _lan_address()):
        print(f"on your network at http://{lan}:{port}{base_path()}", flush=True)
    if os.environ.get("CNNVIZ_OPEN_BROWSER"):
        threading.Thread(target=_open_browser, args=(here,), daemon=True).start()


def _lan_address() -> str | None:
    """This machine's address as others see it; connecting a datagram socket sends nothing."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address reserved for examples (RFC 5737)
        return str(probe.getsockname()[0])
    return None


def _open_browser(address: str) -> None:
    with suppress(OSError):
        urllib.request.urlopen(f"{address}/_stcore/health", timeout=30).read()  # noqa: S310 - our own http address
    webbrowser.open(address)
