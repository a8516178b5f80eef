"""Sets in the making, as the Data page asks for them: classes, pictures that come and go, and the end of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool

from cnnviz.datasets.drafts import DAYS, MOST, Draft, create_draft
from cnnviz.datasets.finishing import Finish
from cnnviz.datasets.importing import Fitting
from cnnviz.errors import DatasetError
from cnnviz.figures.frames import pack
from cnnviz.images import Picture, preview
from cnnviz.images.reading import LARGEST_FILE
from cnnviz.ui.dataasked import Answer, Asked
from cnnviz.ui.dataworks import works
from cnnviz.ui.handed import body_of

THUMBNAIL = 48  # pixels a side, at most
MOST_THUMBS = 120  # in one answer
_CHANNELS = {"drawing": 1, "photograph": 3}


def state_of(draft: Draft) -> dict[str, Any]:
    """A draft, for the page."""
    return {
        "draft": draft.name,
        "title": draft.title,
        "classes": draft.classes,
        "fitting": draft.fitting.to_record(),
        "pictures": [[added.name, added.label] for added in draft.pictures()],
        "missing": draft.missing(),
        "most": MOST,
        "days": DAYS,
    }


async def _begin(asked: Asked) -> Any:
    fitting = Fitting.from_record(asked.settings("fitting"))
    made = await run_in_threadpool(create_draft, asked.text("title"), _classes(asked), fitting, asked.owner or None)
    return state_of(made)


async def _state(asked: Asked) -> Any:
    return await run_in_threadpool(lambda: state_of(_draft(asked)))


async def _change(asked: Asked) -> Any:
    def change() -> dict[str, Any]:
        draft = _draft(asked)
        draft.change(asked.text("title"), _classes(asked), Fitting.from_record(asked.settings("fitting")))
        return state_of(draft)

    return await run_in_threadpool(change)


async def _drop_class(asked: Asked) -> Any:
    def drop() -> dict[str, Any]:
        draft = _draft(asked)
        draft.drop_class(_label(asked))
        return state_of(draft)

    return await run_in_threadpool(drop)


async def _add(asked: Asked) -> Any:
    """Add what is sent to a class: the bytes of a file; or pixels of drawings or photographs, of one size, in a row."""
    kind, content = asked.text("kind"), await body_of(asked.request, LARGEST_FILE)

    def add() -> dict[str, Any]:
        draft = _draft(asked)
        for given in _pixels(content, _CHANNELS[kind], asked) if kind in _CHANNELS else [content]:
            draft.add(_label(asked), given)
        return state_of(draft)

    return await run_in_threadpool(add)


async def _remove(asked: Asked) -> Any:
    def remove() -> dict[str, Any]:
        draft = _draft(asked)
        draft.remove(asked.text("picture"))
        return state_of(draft)

    return await run_in_threadpool(remove)


async def _thumbs(asked: Asked) -> bytes:
    """Pictures small: arrays by their names, (3, h, w) uint8; one that is gone is left out."""
    names = asked.words.get("names")
    wanted = [name for name in names if isinstance(name, str)][:MOST_THUMBS] if isinstance(names, list) else []
    return await run_in_threadpool(lambda: pack("thumbs", {}, _small(_draft(asked), wanted)))


async def _finish(asked: Asked) -> Any:
    draft = _draft(asked)
    return {"work": works().begin(asked.owner, Finish(draft.name), draft.name)}


async def _discard(asked: Asked) -> Any:
    await run_in_threadpool(_draft(asked).discard)
    return {}


def _draft(asked: Asked) -> Draft:
    return Draft(asked.text("draft"))


def _classes(asked: Asked) -> list[str]:
    classes = asked.words.get("classes")
    return [str(name) for name in classes] if isinstance(classes, list) else []


def _label(asked: Asked) -> int:
    return int(asked.words.get("label", -1))


def _pixels(content: bytes, channels: int, asked: Asked) -> list[NDArray[np.uint8]]:
    """Pictures of `side` x `side` pixels with so many channels, from their bytes."""
    side = int(asked.words.get("side", 0))
    each = side * side * channels
    if side < 1 or not content or len(content) % each:
        raise DatasetError("The picture did not come whole; take it again.")
    shape = (-1, side, side) if channels == 1 else (-1, side, side, channels)
    return list(np.frombuffer(content, np.uint8).reshape(shape))


def _small(draft: Draft, names: list[str]) -> dict[str, NDArray[np.uint8]]:
    found = {}
    for name in names:
        try:
            pixels = draft.pixels(name)
        except DatasetError:
            continue
        small = preview(Picture(pixels, (pixels.shape[1], pixels.shape[0])), THUMBNAIL)
        colours = np.repeat(small[..., None], 3, axis=2) if small.ndim == 2 else small[..., :3]
        found[name] = colours.transpose(2, 0, 1)
    return found


DRAFT_ANSWERS: dict[str, Answer] = {
    "begin": _begin,
    "draft": _state,
    "change": _change,
    "dropclass": _drop_class,
    "add": _add,
    "remove": _remove,
    "thumbs": _thumbs,
    "finish": _finish,
    "discard": _discard,
}
