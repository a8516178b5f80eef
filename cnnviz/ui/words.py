"""Words that several pages use."""

from typing import NamedTuple

from cnnviz.settings import Value

STATES = {
    "waiting": "waiting",
    "training": "training",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "failed": "failed",
}
PARTS = {"validation": "Validation", "train": "Training", "test": "Test"}
_TRUTHS: dict[str, Value] = {"true": True, "false": False}
SOURCES = {"data": "The data", "pad": "Draw", "file": "A file"}


class ImageKind(NamedTuple):
    """What an image from outside is called, and which of the sources it is from."""

    name: str
    source: str


KINDS = {"drawing": ImageKind("Drawing", "pad"), "upload": ImageKind("Picture", "file")}


def read_settings(text: str) -> dict[str, Value]:
    """Settings as an address names them: `size:16,colour:grey`."""
    pairs = (pair.partition(":") for pair in text.split(",") if ":" in pair)
    return {name: _value(value) for name, _, value in pairs}


def _value(text: str) -> Value:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return _TRUTHS.get(text, text)


def escaped(text: str) -> str:
    """Text as it is, where Markdown would read signs in it."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!:$~|<>" else sign for sign in text)
