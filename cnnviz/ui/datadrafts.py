"""Sets in the making, as the Data page asks for them: classes, pictures that come and go, and the end of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.datasets.drafts import DAYS, MOST, Draft, create_draft
from cnnviz.datasets.finishing import Finish
from cnnviz.datasets.importing import Fitting
from cnnviz.errors import DatasetError
from cnnviz.figures.frames import pack
from cnnviz.images import Picture, preview
from cnnviz.ui.asked import Answer, Asked
from cnnviz.ui.dataworks import works
from cnnviz.ui.hub import hub

THUMBNAIL = 48  # pixels a side, at most
MOST_THUMBS = 120  # in one answer
MOST_AT_ONCE = 100  # pictures in one question
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


def _begin(asked: Asked) -> Any:
    fitting = Fitting.from_record(asked.settings("fitting"))
    return state_of(create_draft(asked.text("title"), asked.texts("classes"), fitting, asked.owner or None))


def _state(asked: Asked) -> Any:
    return state_of(_draft(asked))


def _change(asked: Asked) -> Any:
    draft = _draft(asked)
    draft.change(asked.text("title"), asked.texts("classes"), Fitting.from_record(asked.settings("fitting")))
    return state_of(draft)


def _drop_class(asked: Asked) -> Any:
    draft = _draft(asked)
    draft.drop_class(asked.number("label"))
    return state_of(draft)


def _add(asked: Asked) -> Any:
    """Add what is sent to a class: the bytes of a file; or pixels of drawings or photographs, of one size, in a row."""
    kind, label, draft = asked.text("kind"), asked.number("label"), _draft(asked)
    for given in _pixels(asked, _CHANNELS[kind]) if kind in _CHANNELS else [asked.file]:
        draft.add(label, given)
    return state_of(draft)


def _remove(asked: Asked) -> Any:
    draft = _draft(asked)
    draft.remove(asked.text("picture"))
    return state_of(draft)


def _bring_back(asked: Asked) -> Any:
    draft = _draft(asked)
    draft.bring_back(asked.text("picture"))
    return state_of(draft)


def _thumbs(asked: Asked) -> bytes:
    """Pictures small: arrays by their names, (3, h, w) uint8; one that is gone is left out."""
    return pack("thumbs", {}, _small(_draft(asked), asked.texts("names")[:MOST_THUMBS]))


def _finish(asked: Asked) -> Any:
    draft = _draft(asked)
    return {"work": works().begin(asked.owner, Finish(draft.name), draft.name)}


def _discard(asked: Asked) -> Any:
    _draft(asked).discard()
    return {}


def _draft(asked: Asked) -> Draft:
    """The draft of the question.

    Raises:
        DatasetError: If there is none, or it was begun in another browser of a server for many.
    """
    draft = Draft(asked.text("draft"))
    if draft.owner not in {None, asked.owner} and not hub().is_private:
        raise DatasetError(f"{draft.title} was begun in another browser, and only that one can change it.")
    return draft


def _pixels(asked: Asked, channels: int) -> NDArray[np.uint8]:
    """Pictures of `side` x `side` pixels with so many channels, from their bytes."""
    side = asked.number("side")
    each = side * side * channels
    if side < 1 or not asked.file or len(asked.file) % each:
        raise DatasetError("The picture did not come whole; take it again.")
    if len(asked.file) // each > MOST_AT_ONCE:
        raise DatasetError(f"Up to {MOST_AT_ONCE} pictures are taken at once; send fewer.")
    shape = (-1, side, side) if channels == 1 else (-1, side, side, channels)
    return np.frombuffer(asked.file, np.uint8).reshape(shape)


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
    "bringback": _bring_back,
    "thumbs": _thumbs,
    "finish": _finish,
    "discard": _discard,
}
