"""The form of a new run: data, network, recipe and pace, drawn from what each setting declares of itself."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnviz.datasets import DATASETS, dataset
from cnnviz.errors import CnnvizError, SettingError
from cnnviz.networks import NETWORKS, network
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.settings import Setting

PACES = (1, 2, 5, 10, 20, 50, 100, 0)
FIRST_PACE = 20  # steps a second: slow enough to be seen, where at full speed the digits take half a second
NAMES = {
    "sgd": "SGD",
    "momentum": "SGD with momentum",
    "adam": "Adam",
    "constant": "Constant",
    "one_cycle": "One cycle",
}


@dataclass(frozen=True)
class Wish:
    """What the form says."""

    dataset: str
    network: str
    classes: tuple[str, ...] | None
    recipe: Recipe
    pace: float


def pace_name(pace: float) -> str:
    """A pace for people."""
    return f"{pace:g} step{'' if pace == 1 else 's'} a second" if pace else "Full speed"


def recipe_form() -> None:
    """Draw the form; what it says is kept for the session and read by `wish`."""
    st.selectbox("Data", list(DATASETS), key="form-dataset", format_func=lambda name: DATASETS[name].title)
    source = dataset(st.session_state["form-dataset"])
    st.multiselect("Classes", source.classes, key="form-classes", placeholder="All", help="Two or more make the task.")
    st.selectbox(
        "Network",
        list(NETWORKS),
        key="form-network",
        format_func=lambda name: NETWORKS[name].title,
        on_change=_take_recipe,
        help="\n\n".join(f"**{member.title}**: {member.about}" for member in NETWORKS.values()),
    )
    st.select_slider("Pace", PACES, key="form-pace", format_func=pace_name, help="Can be changed while it runs.")
    left, right = st.columns(2)
    for index, (name, declared) in enumerate(Recipe.declared().items()):
        with (left, right)[index % 2]:
            _field(name, declared)
    st.caption(f"{source.title}: {source.source}. {source.licence}.")


def wish() -> Wish:
    """What the form says, checked by the core.

    Raises:
        CnnvizError: In the core's own words.
    """
    state = st.session_state
    values = {name: state[f"form-{name}"] for name in Recipe.declared()}
    for name, declared in Recipe.declared().items():
        if values[name] is None:
            raise SettingError(name, f"{declared.label}: nothing was entered.")
    classes = tuple(state["form-classes"]) or None
    dataset(state["form-dataset"]).chosen(classes)
    return Wish(state["form-dataset"], state["form-network"], classes, Recipe(**values), float(state["form-pace"]))


def problem() -> str | None:
    """What is wrong with the form, in the core's words, or None."""
    try:
        wish()
    except CnnvizError as error:
        return str(error)
    return None


def copy_settings(run: Run) -> None:
    """Fill the form with a run's settings."""
    record = run.record
    every = dataset(record["dataset"]).classes
    chosen = [name for name in record["classes"] if name in every]
    _fill(Recipe.from_record(record["recipe"]))
    known = record["network"]["name"] if record["network"]["name"] in NETWORKS else next(iter(NETWORKS))
    st.session_state["form-dataset"] = record["dataset"]
    st.session_state["form-network"] = known
    st.session_state["form-classes"] = [] if len(chosen) == len(every) else chosen


def begin() -> None:
    """The first values of a session, before any widget of the form is drawn."""
    state = st.session_state
    if "form-network" not in state:
        first = next(iter(NETWORKS.values()))
        state["form-dataset"], state["form-network"] = next(iter(DATASETS)), first.name
        state["form-classes"], state["form-pace"] = [], FIRST_PACE
        _fill(first.recipe)
    for key in [key for key in state if str(key).startswith("form-")]:
        state[key] = state[key]  # Streamlit forgets a widget's value on a page that does not draw it


def _take_recipe() -> None:
    _fill(network(st.session_state["form-network"]).recipe)


def _fill(recipe: Recipe) -> None:
    for name, value in recipe.to_record().items():
        st.session_state[f"form-{name}"] = value


def _field(name: str, declared: Setting) -> None:
    """No bounds on the widget: what is out of range is refused by the core, in its words, and nothing typed is lost."""
    if declared.options:
        st.selectbox(declared.label, declared.options, key=f"form-{name}", help=declared.help, format_func=_named)
        return
    whole = isinstance(getattr(Recipe(), name), int)
    step: Any = 1 if whole else 0.001
    st.number_input(declared.label, key=f"form-{name}", step=step, format="%d" if whole else "%g", help=declared.help)


def _named(option: Any) -> str:
    return NAMES.get(option, str(option))
