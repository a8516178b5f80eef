"""What stands on Build: the editor, what it begins with, and the way to Train."""

from functools import lru_cache
from typing import Any

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.layers import LAYERS
from cnnviz.networks import NETWORKS
from cnnviz.networks.saved import read_record_link
from cnnviz.runs import EXAMPLE_ID
from cnnviz.ui import form, networks
from cnnviz.ui.channel import Channel
from cnnviz.ui.components import declared_by, mount
from cnnviz.ui.drafting import MOST_CLASSES, checked, judged
from cnnviz.ui.hub import hub
from cnnviz.ui.state import DRAWN, View
from cnnviz.ui.words import escaped


def channel() -> Channel:
    """The run whose channel the page's parts share, though they show nothing of it: the example."""
    found = hub().channel(EXAMPLE_ID)
    st.session_state[DRAWN] = found.state
    return found


def editor(of: Channel) -> None:
    """The editor, with what it can offer and the network that it begins with."""
    asked = st.query_params.get("network")
    try:
        record = _asked_for(asked) if asked else _first()
    except CnnvizError as error:
        st.session_state["problem"], asked = str(error), None
        record = _first()
    wrong = st.session_state.pop("problem", None)
    if wrong:
        st.markdown(f":orange[{escaped(wrong)}]")
    more = {"catalog": _catalog(), "asked": asked, "start": {"record": record, "judged": judged(record)}}
    mount("builder", of, View(), more=more, on_train_change=_train)


def _asked_for(text: str) -> dict[str, Any]:
    """The network that an address names: by a link's text, or as one of the form's choices.

    Raises:
        CnnvizError: If it is none.
    """
    return _chosen(text) if text in networks.choices() else checked(read_record_link(text))


def _first() -> dict[str, Any]:
    """What the form says; where it says nothing that works, the first network."""
    try:
        return _chosen(st.session_state["form-network"])
    except CnnvizError:
        return _chosen(next(iter(NETWORKS)))


def _chosen(choice: str) -> dict[str, Any]:
    """A choice of the form, for the images that are chosen there."""
    data, shape, classes = form.images()
    record = checked(networks.record_of(choice, shape, classes))
    if tuple(record["input_shape"]) != shape:
        return record
    return {**record, "classes": classes, "data": data}


def _catalog() -> dict[str, Any]:
    """What can be chosen; images have the size and colour that the form says."""
    done = form.preparation()
    return {
        "kinds": _kinds(),
        "presets": [{"name": one.name, "title": one.title, "about": one.about} for one in NETWORKS.values()],
        "data": [
            {"name": name, "title": one.title, "shape": done.shape(one.shape), "classes": len(one.classes)}
            for name, one in form.known_datasets().items()
        ],
        "most_classes": MOST_CLASSES,
    }


@lru_cache(maxsize=1)
def _kinds() -> list[dict[str, Any]]:
    """The kinds of layers with the settings that they declare."""
    words = ("kind", "prefix", "title", "about")
    return [{word: getattr(one, word) for word in words} | {"settings": declared_by(one())} for one in LAYERS.values()]


def _train() -> None:
    """Fill the form with the network, to be seen there."""
    wanted = st.session_state["part-builder"].train
    try:
        form.take_network(wanted["record"], wanted["record"].get("data"))
        form.show_soon()
    except CnnvizError as error:
        st.session_state["problem"] = str(error)
