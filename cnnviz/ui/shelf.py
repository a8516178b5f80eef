"""The list of runs: open, rename, take home, delete and bring back."""

import time

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.runs import Damaged, Run, delete_run, example, list_runs, undo_delete
from cnnviz.ui.controls import my_key
from cnnviz.ui.hub import NOT_YOURS, hub
from cnnviz.ui.owner import token_for
from cnnviz.ui.server import base_path
from cnnviz.ui.state import View, go_to
from cnnviz.ui.words import STATES, escaped

PER_PAGE = 20


def undo_line() -> None:
    """What was deleted last in this session, and the way back."""
    deleted = st.session_state.get("deleted")
    if deleted:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Deleted {escaped(deleted[1])}.", width="content")
            st.button("Undo", type="tertiary", key="undo", on_click=_undo, args=(deleted[0],))
    if problem := st.session_state.pop("problem", None):
        st.markdown(f":orange[{escaped(problem)}]")


def shelf() -> None:
    """All runs, newest first, a page of them at a time; the example is the last."""
    entries: list[Run | Damaged] = [*list_runs(hub().folder), example()]
    pages = -(-len(entries) // PER_PAGE)
    page = st.pagination(pages, key="shelf-page") if pages > 1 else 1
    for entry in entries[(page - 1) * PER_PAGE : page * PER_PAGE]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"row-{entry.id}", border=True):
            damage = entry if isinstance(entry, Damaged) else _damage(entry)
            if damage:
                _damaged_row(damage)
            else:
                _row(hub().channel(entry.id).run)


def _damage(run: Run) -> Damaged | None:
    """What is wrong with a run whose newest snapshot is whole: all that the row tells is read here first."""
    try:
        hub().channel(run.id).log()
    except CnnvizError as error:
        return Damaged(run.id, str(error))
    return None


def _damaged_row(entry: Damaged) -> None:
    st.markdown(f"**{escaped(entry.id)}** :orange[damaged]  \n:gray[{escaped(entry.reason)}]", width="stretch")
    if hub().is_private:
        st.button("Delete", key=f"delete-{entry.id}", on_click=_delete, args=(entry.id, entry.id))


def _row(run: Run) -> None:
    channel = hub().channel(run.id)
    state = "example" if run.is_example else STATES[channel.state]
    accuracy = channel.run.last_validation_accuracy()
    facts = [
        str(run.record["dataset"]),
        str(run.record["network"]["name"]),
        f"step {channel.log().snapshots[-1] if len(channel.log().snapshots) else 0:,} of {run.planned_steps:,}",
        f"validation {accuracy:.1%}".replace("%", " %") if accuracy is not None else "not validated yet",
        time.strftime("%Y-%m-%d %H:%M", time.localtime(run.record["created"])),
    ]
    st.markdown(f"**{escaped(run.label)}** :primary[{state}]  \n:gray[{escaped(' · '.join(facts))}]", width="stretch")
    if st.button("Open", key=f"open-{run.id}"):
        go_to("train", View(run=run.id))
    st.link_button("Download", f"{base_path()}/file/{run.id}?token={token_for(run.id)}", key=f"file-{run.id}")
    if hub().may_control(run, my_key()):
        with st.popover("Rename", key=f"name-{run.id}"):
            st.text_input("Name", run.label, key=f"label-{run.id}", max_chars=60, on_change=_rename, args=(run.id,))
        st.button(
            "Delete", key=f"delete-{run.id}", on_click=_delete, args=(run.id, run.label), disabled=channel.is_active
        )


def _rename(run_id: str) -> None:
    try:
        channel = hub().channel(run_id)
        if not hub().may_control(channel.run, my_key()):
            raise CnnvizError(NOT_YOURS)
        channel.run.rename(st.session_state[f"label-{run_id}"])
        channel.version += 1
    except CnnvizError as error:
        st.session_state["problem"] = str(error)


def _delete(run_id: str, label: str) -> None:
    try:
        delete_run(run_id, hub().folder)
        hub().forget(run_id)
        st.session_state["deleted"] = (run_id, label)
    except CnnvizError as error:
        st.session_state["problem"] = str(error)


def _undo(run_id: str) -> None:
    try:
        undo_delete(run_id, hub().folder)
        hub().forget(run_id)
    except CnnvizError as error:
        st.session_state["problem"] = str(error)
    st.session_state.pop("deleted", None)
