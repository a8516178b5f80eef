"""The script Streamlit runs for every session: page configuration, navigation, and the page that was asked for.

It must not lie beside `pages/`: Streamlit would then run a page alone when it is the first address that is opened.
"""

import streamlit as st

from cnnviz.ui import form, style
from cnnviz.ui.components import listen_to_keys
from cnnviz.ui.hub import hub
from cnnviz.ui.state import LOST, PAGES, bring_along

st.set_page_config("cnnviz", page_icon=style.ICON, layout="wide", initial_sidebar_state=256)
style.apply(is_training=any(channel.state == "training" for channel in hub().active()))
listen_to_keys()
form.begin()  # on every page: what was entered outlives a visit to another one
titles = {
    "home": "Home",
    "data": "Data",
    "build": "Build",
    "train": "Train",
    "inside": "Look inside",
    "explain": "Explain",
    "compare": "Compare",
    "runs": "Runs",
}
pages = [st.Page(PAGES / f"{name}.py", title=title, default=name == "home") for name, title in titles.items()]
page = st.navigation(pages)
if page.title not in ("Home", "Data", "Build"):  # which show the example, or the run that was started there, or no run
    bring_along()
st.session_state[LOST] = False
page.run()
