"""The networks to choose from: presets, those that were saved, and the one that was made last."""

from pathlib import Path
from typing import Any

import streamlit as st

from cnnviz.errors import NetworkError
from cnnviz.layers import Shape
from cnnviz.networks import NETWORKS, NetworkSpec, network
from cnnviz.networks.saved import load_record, load_saved, shelf
from cnnviz.ui.hub import hub
from cnnviz.ui.state import my_key

OWN = "own"
_SAVED = "saved:"
_RECORD = "form-own"  # of the session: the network that was brought from elsewhere, as its record


def networks_folder(key: str | None) -> Path:
    """Where the networks of a browser are kept: one folder where the server is for this computer alone.

    Args:
        key: The hash of the browser's key.
    """
    shared = shelf(hub().folder)
    return shared if hub().is_private else shared / (key or "nobody")[:16]


def choices() -> dict[str, str]:
    """What can be chosen, and its title."""
    titles = {name: member.title for name, member in NETWORKS.items()}
    if _RECORD in st.session_state:
        titles[OWN] = f"{st.session_state[_RECORD]['name']} (yours)"
    kept = sorted(networks_folder(my_key()).glob("*.json"), key=lambda path: path.name.casefold())
    return titles | {f"{_SAVED}{path.stem}": f"{path.stem} (saved)" for path in kept if not path.name.startswith(".")}


def chosen(choice: str) -> str | NetworkSpec:
    """A preset's name, or a network of one's own.

    Raises:
        CnnvizError: If it is gone or damaged.
    """
    if choice == OWN and _RECORD in st.session_state:
        return NetworkSpec.from_record(dict(st.session_state[_RECORD]))
    if choice.startswith(_SAVED):
        return load_saved(networks_folder(my_key()), choice.removeprefix(_SAVED))
    if choice not in NETWORKS:
        raise NetworkError("The network that was chosen is gone; choose another.")
    return choice


def record_of(choice: str, shape: Shape, classes: int) -> dict[str, Any]:
    """A network as its record; a preset for images of this shape and so many classes.

    Raises:
        CnnvizError: If it is gone or damaged; what is saved need not work yet.
    """
    if choice.startswith(_SAVED):
        return load_record(networks_folder(my_key()), choice.removeprefix(_SAVED))
    found = chosen(choice)
    spec = network(found).spec(shape, classes) if isinstance(found, str) else found
    return spec.to_record()


def bring(record: dict[str, Any]) -> str:
    """Have a network among the choices; what it is chosen by: the preset's name where it is just that.

    Raises:
        CnnvizError: If it cannot work.
    """
    spec = NetworkSpec.from_record(record)
    preset = NETWORKS.get(spec.name)
    if preset and preset.spec(spec.input_shape, spec.outputs) == spec:
        return preset.name
    st.session_state[_RECORD] = spec.to_record()
    return OWN
