"""One question of a page, asked by HTTP, and how it is answered."""

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from cnnviz.errors import CnnvizError
from cnnviz.ui.handed import body_of
from cnnviz.ui.owner import COOKIE, hashed, refusal

if TYPE_CHECKING:
    from starlette.requests import Request

LARGEST_WORDS = 256 * 1024
_NONSENSE = "This holds a number or a text that cannot be; give another, or reload the page."


@dataclass(frozen=True)
class Asked:
    """One question of a page.

    Attributes:
        words: What is asked, by name.
        owner: The hash of the browser's key.
        request: For who takes a file as it comes.
        file: The bytes of the file that it brings, cut off where they are more than may be.
    """

    words: dict[str, Any]
    owner: str
    request: "Request"
    file: bytes = b""

    def text(self, name: str) -> str:
        """A word that must be there.

        Raises:
            CnnvizError: If it is not.
        """
        value = self.words.get(name)
        if not isinstance(value, str):
            raise CnnvizError(f"The page has not said which {name}; reload it.")
        return value

    def number(self, name: str) -> int:
        """A whole number that must be there; an address holds it as text.

        Raises:
            CnnvizError: If it is not.
        """
        value = self.words.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise CnnvizError(f"The page has not said which {name}; reload it.")
        return value

    def texts(self, name: str) -> list[str]:
        """Words in a row; none where none are given."""
        value = self.words.get(name)
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

    def settings(self, name: str) -> dict[str, Any]:
        """A group of settings; none where none is given."""
        value = self.words.get(name)
        return value if isinstance(value, dict) else {}


Answer = Callable[[Asked], Any]  # a coroutine, or what may take its time: that is done in a thread


async def answered(
    request: "Request",
    answers: Mapping[str, Answer],
    files: Mapping[str, int | None],
    threads: Executor | None = None,
) -> Response:
    """Answer the question that the path names, as JSON or, where it is bytes, as they are.

    Args:
        request: The question.
        answers: What answers each, by its name.
        files: Those that bring a file, whose words are those of the address, with the most bytes it may have; None
            where the answer takes it as it comes.
        threads: What is answered in a thread has one of these; None for any.
    """
    refused = refusal(request)
    if refused:
        return refused
    what = request.path_params["what"]
    if what not in answers:
        return PlainTextResponse("The page asks no such thing.", status_code=404)
    try:
        said = await _answer(answers[what], await _asked(request, files), threads)
        if isinstance(said, bytes):
            return Response(said, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})
        return _json(said)
    except CnnvizError as error:
        return _json({"problem": str(error)}, 422)
    except (ValueError, RecursionError):
        return _json({"problem": _NONSENSE}, 422)


async def _asked(request: "Request", files: Mapping[str, int | None]) -> Asked:
    """The question: its words are in its body, or in its address where the body is a file."""
    what, owner = request.path_params["what"], hashed(request.cookies.get(COOKIE)) or ""
    if what in files:
        most = files[what]
        return Asked(dict(request.query_params), owner, request, b"" if most is None else await body_of(request, most))
    words = json.loads(await body_of(request, LARGEST_WORDS) or b"{}")
    if not isinstance(words, dict):
        raise ValueError("a question is an object")
    return Asked(words, owner, request)


async def _answer(answer: Answer, asked: Asked, threads: Executor | None) -> Any:
    if inspect.iscoroutinefunction(answer):
        return await answer(asked)
    if threads:
        return await asyncio.get_running_loop().run_in_executor(threads, answer, asked)
    return await run_in_threadpool(answer, asked)


def _json(value: Any, status: int = 200) -> Response:
    text = json.dumps(value, allow_nan=False)
    return Response(text, status, {"Cache-Control": "no-store"}, media_type="application/json")
