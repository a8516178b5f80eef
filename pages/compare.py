"""Compare: runs beside each other, at the same step of one time line."""

from dataclasses import replace
from functools import partial

import streamlit as st

from cnnviz.ui import compare, controls
from cnnviz.ui.compare_twins import twin_button, twin_dialog
from cnnviz.ui.components import mount
from cnnviz.ui.picker import take_image

view, channels, count = compare.compared()
first, more = channels[0], compare.about(view, channels)
view = replace(view, run=first.run.id, step=None)  # which of their own steps each shows, the browser finds

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    st.title("Compare", anchor=False, width="content")
    compare.runs_popover(view, channels, count)
    controls.image_popover(first, view)
    twin_button(*(channel.run for channel in channels))
    mount("link", first, view)
compare.message(channels, count)
mount("compare", first, view, owner=True, more=more, on_image_change=partial(take_image, "compare"))
with st.bottom:
    mount("comparebar", first, view, owner=True, more=more)
twin_dialog()
