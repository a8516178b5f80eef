"""The rows above the picture: which run, which image, and the buttons that steer."""

from dataclasses import replace
from functools import partial
from typing import Literal, get_args

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.images import DAYS, Gallery, Kind
from cnnviz.runs import EXAMPLE_ID, Damaged, list_runs
from cnnviz.training.control import Command
from cnnviz.training.start import Chosen
from cnnviz.ui import again, form, steering
from cnnviz.ui.channel import Channel
from cnnviz.ui.hub import hub
from cnnviz.ui.picker import file, pad, picker
from cnnviz.ui.state import DRAWN, LAST, LOST, View, current_view, my_key, show
from cnnviz.ui.words import KINDS, PARTS, SOURCES, STATES, escaped

_LISTED = 8  # runs in the popover; the page "Runs" has all
_CHOSEN_FROM = ("validation", "train")  # the test part is for evaluating alone


def opened() -> tuple[View, Channel, bool]:
    """The view that the address names, its run, and whether this browser may steer it.

    Where the run is gone or damaged, the sentence that says so waits for `message`, and the example is opened; the
    browser writes that into the address. The run's state is noted before anything is drawn by it: a browser part that
    hears of another one asks for a new page.
    """
    view = current_view()
    try:
        channel = hub().channel(view.run)
        channel.log()  # where a snapshot is damaged, this says so
    except CnnvizError as error:
        view = View()
        st.session_state["problem"] = f"{error} This is the example."
        st.session_state[LOST] = True
        st.session_state[LAST] = {"run": view.run, "image": None}
        channel = hub().channel(view.run)
    st.session_state[DRAWN] = channel.state
    return view, channel, hub().may_control(channel.run, my_key())


def run_popover(channel: Channel, view: View) -> None:
    """The run on screen, and the way to the others."""
    state = "example" if channel.run.is_example else STATES[channel.state]
    label = f":gray[Run] {escaped(channel.run.label)} :primary[{state}]"
    with st.popover(label, key="run-popover", on_change="rerun") as popover:
        if not popover.open:
            return
        entries = [entry for entry in list_runs(hub().folder) if not isinstance(entry, Damaged)][:_LISTED]
        for entry in entries:
            chosen = entry.id == channel.run.id
            name = f"{escaped(entry.label)} :gray[{STATES[hub().channel(entry.id).state]}]"
            go = partial(_open, entry.id, view)
            st.button(name, key=f"run-{entry.id}", type="tertiary", disabled=chosen, on_click=go)
        if not channel.run.is_example:
            go = partial(_open, EXAMPLE_ID, view)
            st.button("The example", key="run-example", type="tertiary", on_click=go)


def image_popover(channel: Channel, view: View) -> None:
    """The image on screen, and the way to others: of the data, drawn on the pad, or from a file.

    The browser writes on the button which image it is (`imagebutton.js`).
    """
    name = view.image or channel.run.record["probe"]
    part, _, index = name.rpartition("-")
    kind = KINDS.get(name.partition("-")[0])
    with st.popover("Image", key="image-popover", on_change="rerun") as popover:
        if not popover.open:
            return
        if st.session_state.get("image-source") is None:
            st.session_state["image-source"] = kind.source if kind else "data"
        source = st.segmented_control("Image from", list(SOURCES), format_func=SOURCES.__getitem__, key="image-source")
        if source == "pad":
            pad(channel, view)
        elif source == "file":
            file(channel, view)
        else:
            _image_of_the_data(channel, view, part, index)
        is_kept = name.startswith(get_args(Kind)) and source != "pad"  # which has words and a button of its own
        if is_kept:
            st.caption(
                escaped(f"On screen: {_rule(channel, name)}. Kept for {DAYS} days; seen only by who has the link.")
            )
        with st.container(horizontal=True):
            own = replace(view, image=None)
            st.button("The run's own", key="image-own", type="tertiary", on_click=show, args=(own,))
            if is_kept and kind:
                label = f"Forget this {kind.name.lower()}"
                st.button(label, key="image-forget", type="tertiary", on_click=_forget, args=(view,))


def _rule(channel: Channel, name: str) -> str:
    """How a drawing or upload was fitted to the run's network."""
    try:
        kept = Gallery(hub().looks.gallery).find(name)
    except CnnvizError:
        return "It is gone"
    shape = tuple(channel.run.record["network"]["input_shape"])
    is_for_this = kept.values.shape == shape and kept.meta.get("dataset") == channel.run.record["dataset"]
    return str(kept.meta["rule"]) if is_for_this else f"Fitted anew to {shape[2]}x{shape[1]} for this network"


def _image_of_the_data(channel: Channel, view: View, part: str, index: str) -> None:
    if part not in _CHOSEN_FROM or not (index.isascii() and index.isdigit() and len(index) < 10):
        part, index = _CHOSEN_FROM[0], "0"  # an address may say anything
    st.session_state.setdefault("image-part", part)
    st.session_state.setdefault("image-index", int(index))
    picker(channel, view, st.session_state.get("image-cell"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control("From", _CHOSEN_FROM, format_func=PARTS.__getitem__, key="image-part")
        st.number_input("Number", 0, step=1, key="image-index", width=120)
        st.button("Show", key="image-show", on_click=partial(_show_image, view, chosen or part))


def choose_from_cell() -> None:
    """Open the images of the cell that was clicked in the confusion matrix."""
    cell = st.session_state["part-board"].cell
    if cell:
        st.session_state["image-cell"] = (int(cell["label"]), int(cell["prediction"]))
        st.session_state["image-source"] = "data"
        st.session_state["image-popover"] = True


def buttons(channel: Channel, view: View) -> None:
    """Start, or whatever the run's state allows; the recipe."""
    mine = hub().may_control(channel.run, my_key())
    if channel.is_active and mine:
        steering.steering(channel)
        _change_popover(channel, view)
        return
    start = partial(st.button, icon=":material/play_arrow:", key="start", on_click=_start, args=(view,))
    if channel.is_active:
        start("Start your own")
    else:
        start("Start", type="primary")
    if mine and channel.state in ("stopped", "interrupted"):
        resume = Command("resume", float(st.session_state["form-pace"]))
        steering.steer_button(channel, "Go on", ":material/resume:", resume)
    again.way_out(channel, view)
    hears: Literal["rerun", "ignore"] = "rerun" if st.session_state.get(form.OPEN) else "ignore"  # a click needs none
    with st.popover("Recipe", icon=":material/tune:", key=form.OPEN, on_change=hears):
        if not channel.run.is_example:
            st.button("Copy this run's settings", on_click=form.copy_settings, args=(channel.run,), key="copy")
        form.recipe_form()
    _again_popover(channel, view)


def _change_popover(channel: Channel, view: View) -> None:
    """What can be changed while it trains, and the way to a copy that goes on otherwise."""
    waits = channel.state == "waiting"
    with st.popover("Change", icon=":material/tune:", key="change", on_change="rerun", disabled=waits) as popover:
        if not popover.open:
            steering.forget_refused()
            again.forget_refused()
            return
        steering.change(channel)
        with st.expander("Train again from a step", icon=":material/call_split:"):
            again.again(channel, view)


def _again_popover(channel: Channel, view: View) -> None:
    """The way to a copy that goes on from a saved step with one thing changed."""
    if channel.last_saved() is None:
        return
    with st.popover("Train again", icon=":material/call_split:", key="again", on_change="rerun") as popover:
        if popover.open:
            again.again(channel, view)
        else:
            again.forget_refused()


def message(channel: Channel) -> None:
    """One calm line where something needs a word, and which run it was made from."""
    wrong = st.session_state.pop("problem", None) or (None if channel.is_active else form.problem())
    if wrong:
        st.markdown(f":orange[{escaped(wrong)}]")
    elif channel.is_active and not hub().may_control(channel.run, my_key()):
        st.caption("Started in another browser: you watch. Recipe has its settings to copy.")
    again.origin(channel)


# What buttons do, before the page is drawn anew


def start_run() -> str:
    """Start what the form says; the new run's id.

    Raises:
        CnnvizError: If that cannot be trained.
    """
    wish = form.wish()
    chosen: Chosen = {**wish.chosen, "owner": my_key()}
    return hub().start(wish.dataset, wish.network, wish.recipe, pace=wish.pace, **chosen)


def _start(view: View) -> None:
    try:
        run = start_run()
        show(View(run=run, image=None if view.image and view.run == EXAMPLE_ID else view.image))
    except CnnvizError as error:
        st.session_state["problem"] = str(error)


def _open(run_id: str, view: View) -> None:
    """Another run, with the drawing or upload on screen: it is fitted to each."""
    st.session_state["run-popover"] = False
    show(View(run=run_id, image=view.image if str(view.image).startswith(get_args(Kind)) else None))


def _forget(view: View) -> None:
    """Delete the drawing or upload on screen: who has its link may."""
    try:
        hub().looks.forget(str(view.image))
        show(replace(view, image=None))
    except CnnvizError as error:
        st.session_state["problem"] = str(error)


def _show_image(view: View, part: str) -> None:
    show(replace(view, image=f"{part}-{st.session_state['image-index']}"))
