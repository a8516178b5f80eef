"""Home: a network that reads an image, at one glance, and the ways on from there."""

import streamlit as st

from cnnviz.ui import controls, welcome
from cnnviz.ui.components import mount

view, channel, owner = controls.opened()
welcome.through_a_door(view)

with st.container(horizontal=True, vertical_alignment="center", key="title-row"):
    welcome.title(channel)
    mount("code", channel, view, width="content")
    mount("link", channel, view, width="content")
welcome.sentence(channel)
welcome.picture(channel, view, owner=owner)
controls.message(channel)
welcome.buttons(channel)
welcome.doors(channel, view)
with st.bottom:
    mount("timeline", channel, view, owner=owner)
