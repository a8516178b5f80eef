"""One question of the Data page, asked by HTTP, and how it is answered."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from cnnviz.errors import CnnvizError, DatasetError
from cnnviz.ui.handed import body_of
from cnnviz.ui.owner import COOKIE, hashed, refusal

if TYPE_CHECKING:
    from starlette.requests import Request

LARGEST_WORDS = 256 * 1024
BRING = ("zip", "add")  # what brings a file: its words are those of the address


@dataclass(frozen=True)
class Asked:
    """One question of a page.

    Attributes:
        words: What is asked, by name.
        owner: The hash of the browser's key.
        request: For who takes more than words.
    """

    words: dict[str, Any]
    owner: str
    request: "Request"

    def text(self, name: str) -> str:
        """A word that must be there.

        Raises:
            DatasetError: If it is not.
        """
        value = self.words.get(name)
        if not isinstance(value, str):
            raise DatasetError(f"The page has not said which {name}; reload it.")
        return value

    def settings(self, name: str) -> dict[str, Any]:
        """A group of settings; none where none is given."""
        value = self.words.get(name) or {}
        return value if isinstance(value, dict) else {}


Answer = Callable[[Asked], Awaitable[Any]]


async def answered(request: "Request", answers: Mapping[str, Answer]) -> Response:
    """Answer the question that the path names, as JSON or, where it is bytes, as they are."""
    refused = refusal(request)
    if refused:
        return refused
    answer = answers.get(request.path_params["what"])
    if answer is None:
        return PlainTextResponse("The page asks no such thing.", status_code=404)
    try:
        asked = Asked(await _words(request), hashed(request.cookies.get(COOKIE)) or "", request)
        said = await answer(asked)
    except CnnvizError as error:
        return _json({"problem": str(error)}, 422)
    except (ValueError, RecursionError):
        return _json({"problem": "This is no question of a page; reload it."}, 422)
    if isinstance(said, bytes):
        return Response(said, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})
    return _json(said)


async def _words(request: "Request") -> dict[str, Any]:
    """The question's words: of its address where it brings a file, else of its body."""
    if request.path_params["what"] in BRING:
        return dict(request.query_params)
    content = await body_of(request, LARGEST_WORDS)
    words = json.loads(content or b"{}")
    if not isinstance(words, dict):
        raise ValueError("a question is an object")
    return words


def _json(value: Any, status: int = 200) -> Response:
    text = json.dumps(value, allow_nan=False)
    return Response(text, status, {"Cache-Control": "no-store"}, media_type="application/json")
