"""Runs: every training there is, to open, rename, take home or delete."""

import streamlit as st

from cnnviz.ui.shelf import shelf, undo_line

st.title("Runs", anchor=False)
undo_line()
shelf()
