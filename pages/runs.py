"""Runs: every training there is, to find, open, name, compare, take home, bring in or delete."""

import streamlit as st

from cnnviz.ui.bringing import bring_popover
from cnnviz.ui.compare_twins import twin_dialog
from cnnviz.ui.shelf import room_line, shelf, undo_line

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    st.title("Runs", anchor=False, width="content")
    wanted = st.text_input(
        "Find runs", key="runs-wanted", type="search", live=True, placeholder="Find", label_visibility="collapsed"
    )
    bring_popover()
undo_line()
shelf(wanted or "")
room_line()
twin_dialog()
