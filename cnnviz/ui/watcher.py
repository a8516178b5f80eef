"""One browser that looks at one run: what it wishes to see, and what it has."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from cnnviz.settings import Value
from cnnviz.training.history import History
from cnnviz.ui.channel import Channel
from cnnviz.ui.looks import Shown

MOST_MAPS = 8  # explanations beside each other
LARGEST_PAD = 512  # pixels a side
_ON_THE_PAD = re.compile(r"pad-[A-Za-z0-9-]{1,60}")


@dataclass(frozen=True)
class MapWish:
    """An explanation that a browser wants: the method, the class (None: the prediction), and settings by name."""

    method: str
    target: int | None = None
    settings: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def from_message(cls, entry: Mapping[str, Any]) -> Self:
        """As the browser says it.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: If it is none.
        """
        target = entry.get("target")
        settings = tuple(sorted((str(name), value) for name, value in (entry.get("settings") or {}).items()))
        if not all(isinstance(value, int | float | str | bool) for _, value in settings):
            raise ValueError("a setting is a plain value")
        return cls(str(entry["method"]), None if target is None else int(target), settings)


@dataclass(eq=False)
class Watcher:
    """One browser that looks at one run.

    Attributes:
        channel: The run.
        is_owner: Whether it started the run.
        step: The step it shows, None for the newest.
        image: The image it shows, None for the run's own.
        unit: The opened map, (node, number).
        maps: The explanations it wants.
        wake: Set when there may be news.
        status_sent, rows_sent, history_sent, picture_sent, unit_sent, maps_sent: What it has: the status' version,
            rows of curves, what was changed on the way, and the last messages.
        extra: Messages that are for it alone and wait to be sent.
        explained: The step whose explanations are on their way while it shows the newest.
    """

    channel: Channel
    is_owner: bool
    step: int | None
    image: Shown | None
    unit: tuple[str, int] | None = None
    maps: tuple[MapWish, ...] = ()
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    status_sent: int = -1
    rows_sent: tuple[int, int, int] = (0, 0, 0)
    history_sent: History | None = None
    picture_sent: bytes | None = None
    unit_sent: bytes | None = None
    maps_sent: dict[MapWish, bytes] = field(default_factory=dict)
    extra: list[bytes] = field(default_factory=list)
    explained: int | None = None

    def wish(self, message: object) -> None:
        """Take in what the browser says; what it does not mention stays.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: If that is no wish.
        """
        if not isinstance(message, dict):
            raise ValueError("a wish is an object")
        if "show" in message:
            self.step, self.picture_sent = step_of(message["show"]), None
        image = message.get("image")
        if isinstance(image, str) and image and (self.image is None or image != self.image.name):
            self.image, self.picture_sent = Shown(image), None
        if "unit" in message:
            chosen = message["unit"]
            self.unit = (str(chosen["node"]), int(chosen["unit"])) if chosen else None
            self.unit_sent = None
        if "maps" in message:
            self.maps = tuple(MapWish.from_message(entry) for entry in message["maps"][:MOST_MAPS])
            self.maps_sent = {wish: sent for wish, sent in self.maps_sent.items() if wish in self.maps}

    def draw(self, frame: bytes) -> None:
        """Take in a drawing: its name's length and name, width and height (16 bits each), and a byte a pixel.

        Raises:
            ValueError: If that is no drawing.
        """
        name_end = 1 + frame[0] if frame else 0
        name = frame[1:name_end].decode("ascii", "replace")
        width, height = (int.from_bytes(frame[at : at + 2], "little") for at in (name_end, name_end + 2))
        pixels = frame[name_end + 4 :]
        if (
            not _ON_THE_PAD.fullmatch(name)
            or not 0 < max(width, height) <= LARGEST_PAD
            or len(pixels) != width * height
        ):
            raise ValueError("this is no drawing")
        self.image = Shown(name, np.frombuffer(pixels, np.uint8).reshape(height, width))
        self.picture_sent = None


def step_of(text: object) -> int | None:
    """A step, or None for the newest."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    return text if isinstance(text, int) and not isinstance(text, bool) and text >= 0 else None
