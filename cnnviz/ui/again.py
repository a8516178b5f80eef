"""Runs made from a saved step of another: with one thing changed, or more slowly where a training has diverged."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from cnnviz.errors import CnnvizError, RunError, SettingError
from cnnviz.runs import Run
from cnnviz.settings import Value
from cnnviz.training.history import plan_of
from cnnviz.ui import form
from cnnviz.ui.channel import Channel
from cnnviz.ui.components import mount
from cnnviz.ui.hub import hub
from cnnviz.ui.rescue import Rescue, rescue
from cnnviz.ui.state import View, my_key, show
from cnnviz.ui.steering import changeable_in, held_at
from cnnviz.ui.words import escaped

_REFUSED = "again-refused"  # of the session: why no copy was made; it stays until the next attempt
_NOTHING = "Nothing"


def again(channel: Channel, view: View) -> None:
    """The form of a copy that goes on from the saved step on screen with one thing changed."""
    run, fields, prefix = channel.run, changeable_in(channel.run), f"again-{channel.run.id}-"
    titles = {_NOTHING: _NOTHING, **{name: declared.label for name, declared in fields.items()}}
    what = st.selectbox("Change", list(titles), key=f"{prefix}what", format_func=titles.__getitem__)
    name = None if what == _NOTHING else what
    if name:
        st.session_state.setdefault(prefix + name, held_at(run, channel.last_saved() or 0)[name])
        form.field(name, fields[name], prefix)
    mount("again", channel, view, on_step_change=partial(_train_again, run.id, view, name))
    if refused := st.session_state.get(_REFUSED):
        st.markdown(f":orange[{escaped(refused)}]")
    st.caption("The time line chooses the step. It goes on in a copy: this run stays as it is.")


def forget_refused() -> None:
    """The form was left: what was refused in it is of no interest any more."""
    st.session_state.pop(_REFUSED, None)


def way_out(channel: Channel, view: View) -> None:
    """Of a run that has diverged: go on in a copy, from the last sound step, with a tenth of the learning rate."""
    found = rescue(channel)
    if found:
        label = f"Go on from step {found.step:,} with learning rate {found.learning_rate:g}"
        st.button(label, icon=":material/resume:", key="rescue", on_click=_rescue, args=(channel.run.id, found, view))


def origin(channel: Channel) -> None:
    """Which run it was made from and what differs, where it was, with the way there."""
    parent = channel.run.record.get("parent")
    if not isinstance(parent, dict):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="origin-row"):
        what = str(parent.get("what", ""))
        try:
            other = hub().channel(str(parent.get("run"))).run
        except CnnvizError:  # deleted meanwhile
            st.caption(escaped(what), width="content")
            return
        named = what if other.label in what else what.replace(other.id, other.label)  # it may have got a name since
        st.caption(escaped(named), width="content")
        step = parent.get("step")
        there = View(run=other.id, step=step if isinstance(step, int) else None)
        st.button(f"Open {escaped(other.label)}", key="origin", type="tertiary", on_click=show, args=(there,))


# What they do, before the page is drawn anew


def _train_again(run_id: str, view: View, name: str | None) -> None:
    step = st.session_state["part-again"].step
    if step is None:  # the button was only drawn
        return
    forget_refused()
    try:
        run = hub().channel(run_id).run
        if step >= plan_of(run).steps:
            raise RunError(f"Step {step:,} is the last one, and nothing is left to train; choose an earlier one.")
        _go_on(run_id, int(step), _onward(run, name), view)
    except CnnvizError as error:
        st.session_state[_REFUSED] = str(error)


def _onward(run: Run, name: str | None) -> dict[str, Value]:
    """What was entered to hold from the step on.

    Raises:
        SettingError: Where nothing was.
    """
    if name is None:
        return {}
    value: Value | None = st.session_state[f"again-{run.id}-{name}"]
    if value is None:
        raise SettingError(name, f"{changeable_in(run)[name].label}: nothing was entered.")
    return {name: value}


def _rescue(run_id: str, found: Rescue, view: View) -> None:
    try:
        _go_on(run_id, found.step, {"learning_rate": found.learning_rate}, view)
    except CnnvizError as error:
        st.session_state["problem"] = str(error)


def _go_on(run_id: str, step: int, onward: Mapping[str, Value], view: View) -> None:
    """Make the copy, have it trained, and show it."""
    copy = hub().branch(run_id, step, onward, pace=float(st.session_state["form-pace"]), owner=my_key())
    show(replace(view, run=copy, step=None))
