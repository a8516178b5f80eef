"""Data: the sets to learn from, what is in them, and what is done to their images."""

import streamlit as st

from cnnviz.ui import builder, datapage, form
from cnnviz.ui.components import mount
from cnnviz.ui.state import View

form.leave_when_filled()
channel = builder.channel()

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    st.title("Data", anchor=False, width="content")
    mount("code", channel, View(), width="content")
    mount("link", channel, View())
datapage.data(channel)
