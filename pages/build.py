"""Build: a network layer by layer, with what each of them gives, costs and sees."""

import streamlit as st

from cnnviz.ui import builder
from cnnviz.ui.components import mount
from cnnviz.ui.state import View

builder.leave_when_started()
channel = builder.channel()

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    st.title("Build", anchor=False, width="content")
    mount("code", channel, View(), width="content")
    mount("link", channel, View())
builder.editor(channel)
