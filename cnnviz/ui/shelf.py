"""The list of runs: find, open, name, annotate, compare, take home, delete and bring back."""

import time
from functools import partial

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.figures.tensorboard import can_write_events
from cnnviz.runs import Damaged, Entry, delete_run, example, list_entries, undo_delete
from cnnviz.runs.listing import glance
from cnnviz.runs.run import LONGEST_NOTE
from cnnviz.ui.bringing import BROUGHT
from cnnviz.ui.compare_twins import twin_button
from cnnviz.ui.comparison import comparison_bar
from cnnviz.ui.hub import NOT_YOURS, hub
from cnnviz.ui.keeping import keeper_of
from cnnviz.ui.owner import token_for
from cnnviz.ui.server import base_path
from cnnviz.ui.state import View, go_to, my_key
from cnnviz.ui.words import STATES, escaped

PER_PAGE = 20
CHOSEN = "runs-to-compare"  # of the session: ids, in the order they were chosen
_NOTE_SHOWN = 160  # characters of a note in the list
_ENDED = ("finished", "stopped", "failed", "interrupted", "example")


def undo_line() -> None:
    """What was brought in or deleted last in this session, and the way there or back."""
    if brought := st.session_state.get(BROUGHT):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Brought in {escaped(brought)}.", width="content")
            if st.button("Open it", type="tertiary", key="go-there"):
                del st.session_state[BROUGHT]
                go_to("train", View(run=brought))
    if deleted := st.session_state.get("deleted"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Deleted {escaped(deleted[1])}.", width="content")
            st.button("Undo", type="tertiary", key="undo", on_click=_undo, args=(deleted[0],))
    if problem := st.session_state.pop("problem", None):
        st.markdown(f":orange[{escaped(problem)}]")


def shelf(wanted: str) -> None:
    """The runs that match these words, newest first, a page of them at a time; the example is the last."""
    states = {channel.run.id: channel.state for channel in hub().active()}
    every = [*_entries(), glance(example())]
    found = [entry for entry in every if _matches(entry, wanted, states)]
    chosen = [entry.run for entry in every if isinstance(entry, Entry) and entry.id in _chosen()]
    if chosen:
        comparison_bar(chosen, clear=_clear)
    if not found:
        st.markdown(f":gray[No run has {escaped(wanted)} in its name, data, network, note or state.]")
    pages = -(-len(found) // PER_PAGE)
    page = min(pages, st.pagination(pages, key="shelf-page")) if pages > 1 else 1
    for entry in found[(page - 1) * PER_PAGE : page * PER_PAGE]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"row-{entry.id}", border=True):
            if isinstance(entry, Damaged):
                _damaged_row(entry)
            else:
                _row(entry, _state(entry, states))


def _entries() -> list[Entry | Damaged]:
    """All runs of the server; none, and a sentence, where their folder is gone."""
    try:
        return list_entries(hub().folder)
    except CnnvizError as error:
        st.markdown(f":orange[{escaped(str(error))}]")
        return []


def _matches(entry: Entry | Damaged, wanted: str, states: dict[str, str]) -> bool:
    if isinstance(entry, Damaged):
        return all(word in f"{entry.id} damaged".casefold() for word in wanted.casefold().split())
    return not wanted.strip() or entry.matches(wanted, _state(entry, states))


def _state(entry: Entry, states: dict[str, str]) -> str:
    return "example" if entry.run.is_example else STATES[states.get(entry.id) or entry.status.state]


def _place(entry: Entry) -> str:
    """Where it stands in the queue, to follow its state; "" where it does not wait."""
    places = {channel.run.id: channel.place for channel in hub().active()}
    place = places.get(entry.id)
    return f": {escaped(place.words)}" if place and place.words else ""


def _damaged_row(entry: Damaged) -> None:
    st.markdown(f"**{escaped(entry.id)}** :orange[damaged]  \n:gray[{escaped(entry.reason)}]", width="stretch")
    if hub().is_private:
        st.button("Delete", key=f"delete-{entry.id}", on_click=_delete, args=(entry.id, entry.id))


def _row(entry: Entry, state: str) -> None:
    run = entry.run
    facts = [
        str(run.record["dataset"]),
        str(run.record["network"]["name"]),
        f"step {entry.step:,} of {run.planned_steps:,}",
        f"validation {entry.accuracy:.1%}".replace("%", " %") if entry.accuracy is not None else "not validated yet",
        time.strftime("%Y-%m-%d %H:%M", time.localtime(run.record["created"])),
    ]
    lines = [f"**{escaped(entry.label)}** :primary[{state}{_place(entry)}]", f":gray[{escaped(' · '.join(facts))}]"]
    lines += [f":gray[{escaped(said)}]" for said in (_origin(entry), _short(entry.note)) if said]
    st.checkbox(
        f"Compare {entry.label}",
        entry.id in _chosen(),
        key=f"pick-{entry.id}",
        on_change=_choose,
        args=(entry.id,),
        label_visibility="collapsed",
    )
    st.markdown("  \n".join(lines), width="stretch")
    if st.button("Open", key=f"open-{run.id}"):
        go_to("train", View(run=run.id))
    with st.popover("More", key=f"more-{run.id}", on_change="rerun") as popover:
        if popover.open:
            _more(entry, state)


def _origin(entry: Entry) -> str:
    """How it was made from another run, where it was."""
    parent = entry.run.record.get("parent")
    what = parent.get("what") if isinstance(parent, dict) else None
    return _short(what) if isinstance(what, str) else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _NOTE_SHOWN else f"{line[: _NOTE_SHOWN - 1].rstrip(' .,;')}…"


def _more(entry: Entry, state: str) -> None:
    """Name and note, files to take home, and the way out."""
    run, mine = entry.run, hub().may_control(entry.run, my_key())
    if mine:
        named, noted = f"label-{run.id}", f"note-{run.id}"
        st.text_input("Name", entry.label, key=named, max_chars=60, on_change=_name, args=(run.id,))
        st.text_area(
            "Note", entry.note, key=noted, max_chars=LONGEST_NOTE, on_change=_annotate, args=(run.id,), height=80
        )
    elif entry.note:
        st.markdown(escaped(entry.note))
    twin_button(run, key=f"make-twin-{run.id}", popover=f"more-{run.id}")
    link = partial(st.link_button, type="tertiary")
    link("Download the run as one file", _address(run.id, "file"), key=f"file-{run.id}")
    if entry.saved:
        link("What it measured, as CSV", _address(run.id, "numbers", "metrics.csv"), key=f"csv-{run.id}")
        weights = f"{_address(run.id, 'numbers', 'weights.safetensors')}&step={entry.step}"
        link(f"Weights of step {entry.step:,}, as safetensors", weights, key=f"weights-{run.id}")
        if can_write_events():
            link("TensorBoard events", _address(run.id, "numbers", "tensorboard.zip"), key=f"events-{run.id}")
        else:
            st.caption("TensorBoard events: `pip install 'cnnviz[tensorboard]'`")
    if mine:
        active = state not in _ENDED
        st.button("Delete", key=f"delete-{run.id}", on_click=_delete, args=(run.id, entry.label), disabled=active)


def _address(run_id: str, kind: str, what: str = "") -> str:
    path = f"{kind}/{run_id}/{what}".rstrip("/")
    return f"{base_path()}/{path}?token={token_for(run_id)}"


def room_line() -> None:
    """How much room the runs take, and by what rule room is made."""
    st.caption(escaped(keeper_of(hub()).words()))


# What people do


def _chosen() -> list[str]:
    ids: list[str] = st.session_state.setdefault(CHOSEN, [])
    return ids


def _choose(run_id: str) -> None:
    ids = [known for known in _chosen() if known != run_id]
    st.session_state[CHOSEN] = [*ids, run_id] if st.session_state[f"pick-{run_id}"] else ids


def _clear() -> None:
    for run_id in _chosen():
        st.session_state.pop(f"pick-{run_id}", None)
    st.session_state[CHOSEN] = []


def _name(run_id: str) -> None:
    try:
        channel = hub().channel(run_id)
        if not hub().may_control(channel.run, my_key()):
            raise CnnvizError(NOT_YOURS)
        channel.run.rename(st.session_state[f"label-{run_id}"])
        channel.version += 1
    except CnnvizError as error:
        st.session_state["problem"] = str(error)


def _annotate(run_id: str) -> None:
    try:
        channel = hub().channel(run_id)
        if not hub().may_control(channel.run, my_key()):
            raise CnnvizError(NOT_YOURS)
        channel.run.annotate(st.session_state[f"note-{run_id}"])
    except CnnvizError as error:
        st.session_state["problem"] = str(error)


def _delete(run_id: str, label: str) -> None:
    try:
        delete_run(run_id, hub().folder)
        hub().forget(run_id)
        st.session_state["deleted"] = (run_id, label)
        st.session_state[CHOSEN] = [known for known in _chosen() if known != run_id]
    except CnnvizError as error:
        st.session_state["problem"] = str(error)


def _undo(run_id: str) -> None:
    try:
        undo_delete(run_id, hub().folder)
        hub().forget(run_id)
    except CnnvizError as error:
        st.session_state["problem"] = str(error)
    st.session_state.pop("deleted", None)
