"""Build: a network layer by layer, with what each of them gives, costs and sees."""

import streamlit as st

from cnnviz.ui import builder, form
from cnnviz.ui.components import mount
from cnnviz.ui.state import View

form.leave_when_filled()
channel = builder.channel()

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    st.title("Build", anchor=False, width="content")
    mount("code", channel, View(), width="content")
    mount("link", channel, View())
builder.editor(channel)
