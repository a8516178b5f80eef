"""Look inside: every layer on one image, and every value in numbers."""

from functools import partial

import streamlit as st

from cnnviz.ui import controls
from cnnviz.ui.components import mount
from cnnviz.ui.picker import take_image

view, channel, owner = controls.opened()

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    st.title("Look inside", anchor=False, width="content")
    controls.run_popover(channel, view)
    controls.image_popover(channel, view)
    mount("code", channel, view, width="content")
    mount("link", channel, view)
controls.message(channel)
mount("inside", channel, view, owner=owner, on_image_change=partial(take_image, "inside"))
with st.bottom:
    mount("timeline", channel, view, owner=owner)
