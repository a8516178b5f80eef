"""Words that several pages use."""

from typing import NamedTuple

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
SOURCES = {"data": "The data", "pad": "Draw", "file": "A file"}


class ImageKind(NamedTuple):
    """What an image from outside is called, and which of the sources it is from."""

    name: str
    source: str


KINDS = {"drawing": ImageKind("Drawing", "pad"), "upload": ImageKind("Picture", "file")}


def escaped(text: str) -> str:
    """Text as it is, where Markdown would read signs in it."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()#+-.!:$~|<>" else sign for sign in text)
