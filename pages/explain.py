"""Explain: what in the image speaks for a class, and what against it."""

from functools import partial

import streamlit as st

from cnnviz.ui import controls
from cnnviz.ui.components import mount
from cnnviz.ui.picker import take_image

view, channel, owner = controls.opened()

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    st.title("Explain", anchor=False, width="content")
    controls.run_popover(channel, view)
    controls.image_popover(channel, view)
    mount("code", channel, view, width="content")
    mount("link", channel, view)
controls.message(channel)
mount("explain", channel, view, owner=owner, on_image_change=partial(take_image, "explain"))
with st.bottom:
    mount("timeline", channel, view, owner=owner)
