"""The form of a new run: data, network, recipe and pace, drawn from what each setting declares of itself."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnviz.datasets import DATASETS, dataset, every_dataset
from cnnviz.errors import CnnvizError, SettingError
from cnnviz.layers import Shape
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.settings import Setting
from cnnviz.ui import networks
from cnnviz.ui.state import PAGES
from cnnviz.ui.words import escaped

PACES = (1, 2, 5, 10, 20, 50, 100, 0)
FIRST_PACE = 20  # steps a second: slow enough to be seen, where at full speed the digits take half a second


@dataclass(frozen=True)
class Wish:
    """What the form says."""

    dataset: str
    network: str | NetworkSpec
    classes: tuple[str, ...] | None
    recipe: Recipe
    pace: float


def pace_name(pace: float) -> str:
    """A pace for people."""
    return f"{pace:g} step{'' if pace == 1 else 's'} a second" if pace else "Full speed"


def recipe_form() -> None:
    """Draw the form; what it says is kept for the session and read by `wish`."""
    known = every_dataset()
    if st.session_state["form-dataset"] not in known:  # deleted meanwhile
        st.session_state["form-dataset"], st.session_state["form-classes"] = next(iter(known)), []
    st.selectbox("Data", list(known), key="form-dataset", format_func=lambda name: known[name].title)
    source = known[st.session_state["form-dataset"]]
    st.multiselect("Classes", source.classes, key="form-classes", placeholder="All", help="Two or more make the task.")
    _network()
    st.select_slider("Pace", PACES, key="form-pace", format_func=pace_name, help="Can be changed while it runs.")
    fields = _fields()
    _columns({name: declared for name, declared in fields.items() if not declared.is_advanced})
    with st.expander("More", icon=":material/more_horiz:"):
        _columns({name: declared for name, declared in fields.items() if declared.is_advanced})
    st.caption(f"{escaped(source.title)}: {escaped(source.source)}. {source.licence}.")


def wish() -> Wish:
    """What the form says, checked by the core.

    Raises:
        CnnvizError: In the core's own words.
    """
    state, fields = st.session_state, _fields()
    values = {name: state[f"form-{name}"] for name in fields}
    for name, declared in fields.items():
        if values[name] is None:
            raise SettingError(name, f"{declared.label}: nothing was entered.")
    classes = tuple(state["form-classes"]) or None
    dataset(state["form-dataset"]).chosen(classes)
    chosen = networks.chosen(state["form-network"])
    return Wish(state["form-dataset"], chosen, classes, Recipe(**values), float(state["form-pace"]))


def problem() -> str | None:
    """What is wrong with the form, in the core's words, or None."""
    try:
        wish()
    except CnnvizError as error:
        return str(error)
    return None


def copy_settings(run: Run) -> None:
    """Fill the form with a run's settings; where its data set is gone, the one that is chosen stays."""
    record = run.record
    _fill(Recipe.from_record(record["recipe"]))
    st.session_state["form-network"] = networks.bring(record["network"])
    source = every_dataset().get(record["dataset"])
    if source is not None:
        chosen = [name for name in record["classes"] if name in source.classes]
        st.session_state["form-dataset"] = record["dataset"]
        st.session_state["form-classes"] = [] if len(chosen) == len(source.classes) else chosen


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


def recipe_words(recipe: Recipe) -> str:
    """A recipe in one line: what the form shows first, and what else is not as it always is."""
    usual = Recipe().to_record()
    words = []
    for name, declared in Recipe.declared().items():
        value = getattr(recipe, name)
        if not declared.is_advanced or value != usual[name]:
            words.append(f"{declared.label.lower()} {declared.name_of(value)}")
    return ", ".join(words)


def take_network(record: dict[str, Any], dataset_name: str | None = None) -> None:
    """Fill the form with a network, and with the data that it was made for where those are known.

    Raises:
        CnnvizError: If the network cannot work.
    """
    state, before = st.session_state, st.session_state["form-network"]
    state["form-network"] = networks.bring(record)
    if state["form-network"] != before:
        _take_recipe()
    if dataset_name in every_dataset() and dataset_name != state["form-dataset"]:
        state["form-dataset"], state["form-classes"] = dataset_name, []


def images() -> tuple[str, Shape, int]:
    """The chosen data set, the shape of its images, and how many classes are chosen of it."""
    known = every_dataset()
    source = known.get(st.session_state["form-dataset"]) or next(iter(known.values()))
    return source.name, source.shape, len(st.session_state["form-classes"] or source.classes)


def _network() -> None:
    """The choice of a network, and the way to change it."""
    titles = networks.choices()
    if st.session_state["form-network"] not in titles:  # deleted meanwhile
        st.session_state["form-network"] = next(iter(titles))
    st.selectbox(
        "Network",
        list(titles),
        key="form-network",
        format_func=lambda name: titles.get(name, name),
        on_change=_take_recipe,
        help="\n\n".join(f"**{member.title}**: {member.about}" for member in NETWORKS.values()),
    )
    st.page_link(
        PAGES / "build.py",
        label="Change its layers in Build",
        query_params={"network": st.session_state["form-network"]},
    )


def _take_recipe() -> None:
    """A preset brings its recipe; what is chosen for a network of one's own stays."""
    preset = NETWORKS.get(st.session_state["form-network"])
    if preset:
        _fill(preset.recipe)


def _fill(recipe: Recipe) -> None:
    for name, value in recipe.to_record().items():
        st.session_state[f"form-{name}"] = value


def _fields() -> dict[str, Setting]:
    """The settings that have a use with what is chosen; what was entered in the others waits until they have."""
    chosen = {name: st.session_state[f"form-{name}"] for name in Recipe.declared()}
    return {name: declared for name, declared in Recipe.declared().items() if declared.belongs_to(chosen)}


def _columns(fields: dict[str, Setting]) -> None:
    left, right = st.columns(2)
    for index, (name, declared) in enumerate(fields.items()):
        with (left, right)[index % 2]:
            _field(name, declared)


def _field(name: str, declared: Setting) -> None:
    """No bounds on the widget: what is out of range is refused by the core, in its words, and nothing typed is lost."""
    if declared.options:
        options, named = declared.options, declared.name_of
        st.selectbox(declared.label, options, key=f"form-{name}", help=declared.help, format_func=named)
        return
    whole = isinstance(getattr(Recipe(), name), int)
    step: Any = 1 if whole else 0.001
    st.number_input(declared.label, key=f"form-{name}", step=step, format="%d" if whole else "%g", help=declared.help)
