"""Who may control a run: the browser that started it, known by an unguessable key in a cookie."""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse

from cnnviz.runs import runs_folder

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "cnnviz_key"
_YEAR = 365 * 86_400


def hashed(key: str | None) -> str | None:
    """What is stored of a key in a run: its SHA-256, so that who reads the run's files cannot control it."""
    return hashlib.sha256(key.encode()).hexdigest() if key else None


def token_for(run_id: str) -> str:
    """What a page must show to our routes to be given a run's messages."""
    return hmac.new(_secret(), run_id.encode(), "sha256").hexdigest()[:32]


@lru_cache(maxsize=1)
def _secret() -> bytes:
    """What tokens are made with: kept beside the runs, since a page outlives its server and comes back with one."""
    path = runs_folder() / ".secret"
    if not path.exists():
        mine = path.with_name(f".secret-{secrets.token_hex(4)}")
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(mine, path)  # fails where another server of this folder was first
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links: the last server to come wins
            mine.replace(path)
        mine.unlink(missing_ok=True)
    return path.read_bytes()


def token_is_right(run_id: str, token: str) -> bool:
    """Whether a page was given this token by us."""
    return hmac.compare_digest(token_for(run_id).encode(), token.encode())


def refusal(connection: HTTPConnection) -> PlainTextResponse | None:
    """What a page without the token of the run in its path is told; None where it has it."""
    if token_is_right(connection.path_params["run"], connection.query_params.get("token", "")):
        return None
    return PlainTextResponse("This page is from before the server was started anew; reload it.", status_code=403)


class KeyCookie:
    """ASGI middleware: a browser that has no key is given one with the page itself."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass everything on; add the cookie to a page."""
        if scope["type"] != "http" or HTTPConnection(scope).cookies.get(COOKIE):
            await self._app(scope, receive, send)
            return

        async def send_with_key(message: "Message") -> None:
            if message["type"] == "http.response.start" and is_page(message):
                secure = "; Secure" if scope.get("scheme") == "https" else ""
                value = f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{secure}"
                message = {**message, "headers": [*message["headers"], (b"set-cookie", value.encode())]}
            await send(message)

        await self._app(scope, receive, send_with_key)


def is_page(message: "Message") -> bool:
    """Whether an answer that begins is a page."""
    return any(name == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])
