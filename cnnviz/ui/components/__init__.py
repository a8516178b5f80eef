"""The browser parts: one packaged component, mounted as several parts that share one WebSocket."""

from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from cnnviz.attribution import METHODS
from cnnviz.errors import CnnvizError
from cnnviz.figures.colours import palettes
from cnnviz.figures.frames import pack
from cnnviz.settings import Settings
from cnnviz.ui.channel import Channel
from cnnviz.ui.owner import token_for
from cnnviz.ui.state import DRAWN, LOST, View

_MAIN = ("board", "home", "inside", "explain", "compare")  # what draws the page's main picture
_EXPLAINING = ("explain", "compare")


@lru_cache(maxsize=1)
def _component() -> Any:
    """Registered once a process; Streamlit finds the files by the installed package's own pyproject.toml."""
    return st.components.v2.component("cnnviz.view", js="view.js", html='<div class="part"></div>')


@lru_cache(maxsize=1)
def _keys() -> Any:
    return st.components.v2.component("cnnviz.keys", js="keys.js")


def listen_to_keys() -> None:
    """Have Tab come from a popover's button into what it opens; on every page, and nothing of it is seen."""
    with st.container(key="keys"):
        _keys()(key="part-keys")


def mount(
    part: str,
    channel: Channel,
    view: View,
    *,
    owner: bool = False,
    more: dict[str, Any] | None = None,
    **layout: Any,
) -> None:
    """Put a part on the page: "numbers", "board", "timeline" or "link".

    The board carries what it draws first with it, so that the main picture needs no second journey.
    """
    arrays = palettes() | (_first(channel, view) if part in _MAIN else {})
    header = {
        "part": part,
        "base": _base(),
        "run": channel.run.id,
        "token": token_for(channel.run.id),
        "image": view.image or channel.run.record["probe"],
        "probe": channel.run.record["probe"],
        "step": view.step,
        "layer": view.layer,
        "unit": view.unit,
        "cell": view.cell,
        "picture": view.picture,
        "scale": view.scale,
        "curves": view.curves,
        "details": view.details,
        "maps": view.maps,
        "target": view.target,
        "look": view.look,
        "follow": view.follow,
        "owner": owner,
        "state": st.session_state.get(DRAWN, channel.state),
        "lost": st.session_state.get(LOST, False),
        **({"methods": methods()} if part in _EXPLAINING else {}),
        **(more or {}),
    }
    _component()(
        key=f"part-{part}", data=pack("mount", header, arrays), on_state_change=lambda: None, height="content", **layout
    )


@lru_cache(maxsize=1)
def methods() -> list[dict[str, Any]]:
    """What a page says of every way to explain, and the settings it declares."""
    words = ("name", "title", "about", "paper", "formula", "how_to_read", "cannot_show", "kind")
    return [
        {word: getattr(method, word) for word in words} | {"settings": declared_by(method())}
        for method in METHODS.values()
    ]


def declared_by(settings: Settings) -> list[dict[str, Any]]:
    """What a form needs of a group of settings: each with its name, its value, and what it declares of itself."""
    return [
        {
            "name": name,
            "default": (value := getattr(settings, name)),
            "is_whole": type(value) is int,
            **asdict(declared),
        }
        for name, declared in settings.declared().items()
    ]


def _base() -> str:
    prefix = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{prefix}" if prefix else ""


def _first(channel: Channel, view: View) -> dict[str, Any]:
    """Status, curves and, where it needs no network to be run, the picture."""
    messages = [channel.status_message(), channel.curves_message()]
    image = view.image or channel.run.record["probe"]
    try:
        shown = channel.shown(view.step)
        known = channel.known_picture(shown, image)
        if known or image == channel.run.record["probe"]:
            messages.append(known or channel.probe_picture(shown))
    except CnnvizError:
        pass  # the step is gone: the socket brings the sentence that says so
    return {f"first/{index}": np.frombuffer(message, np.uint8) for index, message in enumerate(messages)}
