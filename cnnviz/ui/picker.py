"""Where an image comes from: the parts of a set to choose from, the drawing pad, or a file."""

from dataclasses import replace
from functools import partial

import streamlit as st

from cnnviz.ui.channel import Channel
from cnnviz.ui.components import mount
from cnnviz.ui.state import View, current_view, show


def pad(channel: Channel, view: View) -> None:
    """The drawing pad: what is drawn becomes the image on screen, while it is drawn."""
    mount("pad", channel, view, on_image_change=partial(take_image, "pad"))


def picker(channel: Channel, view: View, mistake: tuple[int, int] | None = None) -> None:
    """Images of the validation and training parts as thumbnails.

    Args:
        channel: The run.
        view: What is on screen.
        mistake: Only the images of this label and prediction, until the person says otherwise.
    """
    mount("picker", channel, view, more={"mistake": mistake}, on_image_change=partial(take_image, "picker"))


def file(channel: Channel, view: View) -> None:
    """A picture from a file."""
    mount("file", channel, view, on_image_change=partial(take_image, "file"))


def take_image(part: str) -> None:
    """Show the image that a part has chosen; an empty name is the run's own."""
    name = st.session_state[f"part-{part}"].image
    if part == "picker" and name:
        st.session_state["image-part"], _, index = name.rpartition("-")
        st.session_state["image-index"] = int(index)  # the popover stays open, and names it
    show(replace(current_view(), image=name or None))
