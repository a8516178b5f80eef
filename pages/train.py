"""Train: watch a network learn, step by step."""

from functools import partial

import streamlit as st

from cnnviz.ui import controls
from cnnviz.ui.compare_twins import twin_button, twin_dialog
from cnnviz.ui.components import mount
from cnnviz.ui.picker import take_image
from cnnviz.ui.study import study_button

view, channel, owner = controls.opened()

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    st.title("Train", anchor=False, width="content")
    controls.run_popover(channel, view)
    controls.image_popover(channel, view)
    study_button(channel)
    twin_button(channel.run)
    mount("code", channel, view, width="content")
    mount("link", channel, view)
with st.container(horizontal=True, vertical_alignment="center", key="control-row"):
    controls.buttons(channel, view)
    mount("numbers", channel, view, owner=owner)
controls.message(channel)
mount(
    "board",
    channel,
    view,
    owner=owner,
    on_image_change=partial(take_image, "board"),
    on_cell_change=controls.choose_from_cell,
)
with st.bottom:
    mount("timeline", channel, view, owner=owner)
twin_dialog()
