"""Train: watch a network learn, step by step."""

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.ui import controls
from cnnviz.ui.components import mount
from cnnviz.ui.hub import hub
from cnnviz.ui.state import View, current_view
from cnnviz.ui.study import study_button

view = current_view()
try:
    channel = hub().channel(view.run)
    channel.log()  # where a snapshot is damaged, this says so
except CnnvizError as error:
    st.session_state["problem"] = str(error)
    view = View()
    channel = hub().channel(view.run)
owner = hub().may_control(channel.run, controls.my_key())

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    st.title("Train", anchor=False, width="content")
    controls.run_popover(channel)
    controls.image_popover(channel, view)
    study_button(channel)
    mount("link", channel, view)
with st.container(horizontal=True, vertical_alignment="center", key="control-row"):
    controls.buttons(channel, view)
    mount("numbers", channel, view, owner=owner)
controls.message(channel)
mount("board", channel, view, owner=owner)
with st.bottom:
    mount("timeline", channel, view, owner=owner)
