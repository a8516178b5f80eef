"""What stands on Data: the sets and what is done to them, and the way to Train."""

from typing import Any

import streamlit as st

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Preparation, dataset
from cnnviz.datasets.importing import Fitting
from cnnviz.errors import CnnvizError
from cnnviz.settings import Settings
from cnnviz.ui import form
from cnnviz.ui.channel import Channel
from cnnviz.ui.components import declared_by, mount
from cnnviz.ui.dataroutes import LARGEST_ZIP, listed
from cnnviz.ui.state import View, my_key
from cnnviz.ui.words import escaped, read_settings


def data(of: Channel) -> None:
    """The sets, with the one that the address names, or else the form."""
    asked = st.query_params.get("data")
    try:
        if asked:
            dataset(asked)  # says where it is gone
        prepared = _asked("prepare", Preparation, form.preparation())
        varied = _asked("vary", Augmentation, form.augmentation())
    except CnnvizError as error:
        st.session_state["problem"] = str(error)
        prepared, varied = form.preparation(), form.augmentation()
    wrong = st.session_state.pop("problem", None)
    if wrong:
        st.markdown(f":orange[{escaped(wrong)}]")
    name = asked or st.session_state["form-dataset"]
    more = {
        "sets": listed(my_key(), name),
        "declared": {kind.__name__.lower(): declared_by(kind()) for kind in (Preparation, Augmentation, Fitting)},
        "asked": asked,
        "start": {"name": name, "preparation": prepared.to_record(), "augmentation": varied.to_record()},
        "largest": LARGEST_ZIP,
    }
    mount("data", of, View(), more=more, on_train_change=_train)


def _asked(word: str, kind: type[Settings], otherwise: Any) -> Any:
    """The settings that the address names; where it names none, those of the form.

    Raises:
        SettingError: Where a setting is unknown or its value out of range.
    """
    text = st.query_params.get(word)
    if text is None:
        return otherwise
    return kind.from_record(read_settings(text))


def _train() -> None:
    """Fill the form."""
    wanted = st.session_state["part-data"].train
    try:
        form.take_done(wanted["preparation"], wanted["augmentation"])
        form.take_dataset(wanted["name"])
        form.show_soon()
    except CnnvizError as error:
        st.session_state["problem"] = str(error)
