"""What stands on Home: the picture, the two buttons below it, and the doors to the other pages."""

from dataclasses import replace
from functools import partial

import streamlit as st

from cnnviz.datasets import DATASETS, title_of
from cnnviz.errors import CnnvizError
from cnnviz.networks import NETWORKS
from cnnviz.runs import EXAMPLE_ID
from cnnviz.ui import form
from cnnviz.ui.channel import Channel
from cnnviz.ui.components import mount
from cnnviz.ui.hub import hub
from cnnviz.ui.picker import take_image
from cnnviz.ui.state import PAGES, View, current_view, go_to, my_key, show
from cnnviz.ui.words import escaped

DOORS = tuple(page for page in ("inside", "explain") if (PAGES / f"{page}.py").exists())
_PAD = "home-pad"
_DOOR = "home-door"
_STYLE = """
<style>
.st-key-home-title h1 { font-size: 2.5rem; line-height: 2.875rem; padding-block: 0.5rem; }
.st-key-home-row button { min-height: 3rem; padding-inline: 1.25rem; }
@media (max-width: 640px) {
  .st-key-home-title h1 { font-size: 1.75rem; line-height: 2.25rem; }
  .st-key-title-row > :first-child { flex-basis: 100%; }
}
</style>
"""


def title(channel: Channel) -> None:
    """The page's title, larger than those of the others: it says what the run learns."""
    st.html(_STYLE)
    with st.container(key="home-title", width="content"):
        st.title("See a network learn to read" if _reads_digits(channel) else "See a network learn", anchor=False)


def sentence(channel: Channel) -> None:
    """What it is that is seen."""
    title = title_of(channel.run.record["dataset"])
    source = "handwritten digits" if _reads_digits(channel) else f"the data set {title}"
    does = "that learns" if channel.is_active else "trained on"
    st.markdown(f":gray[A real CNN, {does} {escaped(source)}. Every picture and number here is computed as you watch.]")


def picture(channel: Channel, view: View, *, owner: bool) -> None:
    """The image, some maps and the answer; or the drawing pad in the place of the image."""
    more = {"pad": bool(st.session_state.get(_PAD))}
    mount("home", channel, view, owner=owner, more=more, on_image_change=partial(take_image, "home"))


def buttons(channel: Channel) -> None:
    """Train it now, and draw; beside them how long it takes at the pace it is shown at."""
    is_drawing = bool(st.session_state.get(_PAD))
    trains = channel.is_active and hub().may_control(channel.run, my_key())
    steps = hub().channel(EXAMPLE_ID).run.planned_steps
    with st.container(horizontal=True, vertical_alignment="center", key="home-row"):
        label = "Train it now" if channel.run.is_example or trains else _again(channel)
        st.button(label, icon=":material/play_arrow:", type="primary", key="train-it", disabled=trains, on_click=_train)
        draws = "Close the pad" if is_drawing else "Draw a digit" if _reads_digits(channel) else "Draw"
        st.button(
            draws, icon=":material/close:" if is_drawing else ":material/edit:", key="draw-it", on_click=_turn_pad
        )
        if trains:
            st.page_link(
                PAGES / "train.py", label="It learns: watch it on Train", query_params=current_view().to_query()
            )
        else:
            seconds = steps / form.FIRST_PACE
            pace = f"About {seconds:.0f} s: {steps} steps, {form.FIRST_PACE} a second."
            st.markdown(f":gray[{pace} The picture above moves while it learns.]", width="content")


def doors(channel: Channel, view: View) -> None:
    """The ways to the other pages, with the run, step and image on screen."""
    mount("doors", channel, view, more={"doors": DOORS}, on_door_change=_open)


def through_a_door(view: View) -> None:
    """Leave for the page whose door was opened; Streamlit can do so only while it draws a page."""
    page = st.session_state.pop(_DOOR, None)
    if page in DOORS:
        go_to(page, view)


def _reads_digits(channel: Channel) -> bool:
    return all(name.isdigit() for name in channel.run.class_names)


def _again(channel: Channel) -> str:
    """What is started is always the bundled run's network on its data."""
    record = channel.run.record
    is_same = (record["dataset"], record["network"]["name"]) == (next(iter(DATASETS)), next(iter(NETWORKS)))
    return "Train it again" if is_same else "Train a small one"


# What buttons do, before the page is drawn anew


def _train() -> None:
    """Start what the bundled run was: the first network on the first data, slowly enough to be seen."""
    network, image = next(iter(NETWORKS.values())), current_view().image
    try:
        run = hub().start(next(iter(DATASETS)), network.name, network.recipe, pace=form.FIRST_PACE, owner=my_key())
    except CnnvizError as error:
        st.session_state["problem"] = str(error)
        return
    show(View(run=run, image=image if image and image.startswith("drawing-") else None))


def _turn_pad() -> None:
    """Open the pad, or put the run's own image back in its place."""
    st.session_state[_PAD] = not st.session_state.get(_PAD)
    view = current_view()
    if not st.session_state[_PAD] and view.image and view.image.startswith("drawing-"):
        show(replace(view, image=None))


def _open() -> None:
    st.session_state[_DOOR] = st.session_state["part-doors"].door
