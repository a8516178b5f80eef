"""The launcher and nothing else: `streamlit run app.py` finds the app by reading this file."""

import sys
from importlib.metadata import PackageNotFoundError, version

import streamlit as st

try:
    version("cnnviz")  # not the import: that works in a checkout too, where Streamlit does not find our components
except PackageNotFoundError:
    sys.exit("cnnviz is not installed in this Python; run `pip install .` in this folder, or `make run`.")

from cnnviz.ui import server

app = st.App(server.SHELL, routes=server.routes(), middleware=server.middleware(), lifespan=server.lifespan)
