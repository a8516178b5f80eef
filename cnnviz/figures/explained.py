"""An explanation as a message: the signed values as they are, and what a person must know to read them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.attribution import METHODS, Attribution
from cnnviz.figures.frames import pack
from cnnviz.jobs import News


@dataclass(frozen=True)
class Asked:
    """What is explained, whoever asks: the same for all who want the same.

    Attributes:
        run: The run's folder.
        run_id: Its name.
        step: A saved step.
        image: The image's name.
        method: The method's name.
        target: The class, or None for the prediction.
        settings: The method's settings by name, those that differ from its own.
    """

    run: Path
    run_id: str
    step: int
    image: str
    method: str
    target: int | None
    settings: tuple[tuple[str, Any], ...]


def attribution_message(asked: Asked, news: News) -> bytes:
    """How far it is, and the map so far; values (C, H, W) or (1, H, W) float32, signed."""
    method = METHODS.get(asked.method)
    header: dict[str, Any] = {
        "run": asked.run_id,
        "step": asked.step,
        "image": asked.image,
        "method": asked.method,
        "title": method.title if method else asked.method,
        "asked": asked.target,
        "settings": dict(asked.settings),
        "share": news.share,
        "seconds_left": news.seconds_left,
        "over": news.over,
        "error": str(news.error) if news.error else None,
    }
    found: Attribution | None = news.value
    if found is None:
        return pack("attribution", header)
    header |= {
        "target": found.target,
        "used": found.settings,
        "seconds": found.seconds,
        "baseline": found.baseline_text,
        "layer": found.layer,
        "gap": found.gap,
        "notes": found.notes,
        "scale": float(np.abs(found.values).max(initial=0.0)),
    }
    return pack("attribution", header, {"values": found.values})
