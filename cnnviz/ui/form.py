"""The form of a new run: data, network, recipe and pace, drawn from what each setting declares of itself."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import DATASETS, Dataset, Preparation, dataset, datasets_for
from cnnviz.errors import CnnvizError, SettingError
from cnnviz.layers import Shape
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.settings import Setting, Settings
from cnnviz.training.start import Chosen
from cnnviz.ui import networks
from cnnviz.ui.devices import possible
from cnnviz.ui.hub import hub
from cnnviz.ui.state import LAST, PAGES, go_to, my_key
from cnnviz.ui.words import escaped

PACES = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 0)
FORM = "form-"  # what stands before the names of the form's fields in the session
OPEN = "recipe"  # of the session: whether the form is open on Train
_FILLED = "filled-form"  # of the session: whether another page filled the form, which is to be seen now
FIRST_PACE = 20  # steps a second: slow enough to be seen, where at full speed the digits take half a second


@dataclass(frozen=True)
class Wish:
    """What the form says."""

    dataset: str
    network: str | NetworkSpec
    recipe: Recipe
    pace: float
    chosen: Chosen


def pace_name(pace: float) -> str:
    """A pace for people."""
    if 0 < pace < 1:
        return f"1 step in {1 / pace:g} s"
    return f"{pace:g} step{'' if pace == 1 else 's'} a second" if pace else "Full speed"


def recipe_form() -> None:
    """Draw the form; what it says is kept for the session and read by `wish`."""
    known = known_datasets()
    if st.session_state["form-dataset"] not in known:  # deleted meanwhile
        st.session_state["form-dataset"], st.session_state["form-classes"] = next(iter(known)), []
    st.selectbox("Data", list(known), key="form-dataset", format_func=lambda name: known[name].title)
    source = known[st.session_state["form-dataset"]]
    st.multiselect("Classes", source.classes, key="form-classes", placeholder="All", help="Two or more make the task.")
    _done_to_data()
    _network()
    st.select_slider("Pace", PACES, key="form-pace", format_func=pace_name, help="Can be changed while it runs.")
    fields = _fields()
    columns({name: declared for name, declared in fields.items() if not declared.is_advanced}, FORM)
    with st.expander("More", icon=":material/more_horiz:"):
        columns({name: declared for name, declared in fields.items() if declared.is_advanced}, FORM)
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
    chosen = Chosen(classes=classes, preparation=preparation(), augmentation=augmentation())
    network = networks.chosen(state["form-network"])
    return Wish(state["form-dataset"], network, Recipe(**values), float(state["form-pace"]), chosen)


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
    take_done(record.get("preparation") or {}, record.get("augmentation") or {})
    source = known_datasets(record["dataset"]).get(record["dataset"])
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
        take_done({}, {})
        _fill(first.recipe)
    for key in [key for key in state if str(key).startswith("form-")]:
        state[key] = state[key]  # Streamlit forgets a widget's value on a page that does not draw it


def recipe_words(recipe: Recipe) -> str:
    """A recipe in one line: what the form shows first, and what else is not as it always is."""
    return settings_words(recipe, *(name for name, declared in Recipe.declared().items() if not declared.is_advanced))


def settings_words(settings: Settings, *always: str) -> str:
    """Settings in one line: those that are named, and what else is not as it always is."""
    usual, words = type(settings)().to_record(), []
    for name, declared in settings.declared().items():
        value = getattr(settings, name)
        if name in always or value != usual[name]:
            label = declared.word
            said = f"{value:g}" if isinstance(value, float) else declared.name_of(value)
            words.append(label if value is True or said == label else f"{label} {said}")
    return ", ".join(words)


def show_soon() -> None:
    """Have Train show the form, once a page is drawn again."""
    st.session_state[_FILLED] = True


def leave_when_filled() -> None:
    """Go to Train and open the form where that was filled; Streamlit can do so only while it draws a page.

    The run that was looked at there is left: while it trains it has the place of the form.
    """
    if st.session_state.pop(_FILLED, False):
        st.session_state.pop(LAST, None)
        st.session_state[OPEN] = True
        go_to("train")


def take_network(record: dict[str, Any], dataset_name: str | None = None) -> None:
    """Fill the form with a network, and with the data that it was made for where those are known.

    Raises:
        CnnvizError: If the network cannot work.
    """
    state, before = st.session_state, st.session_state["form-network"]
    state["form-network"] = networks.bring(record)
    if state["form-network"] != before:
        _take_recipe()
    if dataset_name is not None:
        take_dataset(dataset_name)


def take_dataset(name: str) -> None:
    """Choose a data set, where it is there, with all of its classes."""
    state = st.session_state
    if name in known_datasets(name) and name != state["form-dataset"]:
        state["form-dataset"], state["form-classes"] = name, []


def take_done(preparation_record: dict[str, Any], augmentation_record: dict[str, Any]) -> None:
    """Fill in what is done to the images, once and each time.

    Raises:
        SettingError: Where a setting is unknown or its value out of range.
    """
    prepared, varied = Preparation.from_record(preparation_record), Augmentation.from_record(augmentation_record)
    st.session_state["form-preparation"], st.session_state["form-augmentation"] = (
        prepared.to_record(),
        varied.to_record(),
    )


def preparation() -> Preparation:
    """What the form says is done to the images once."""
    return Preparation.from_record(st.session_state["form-preparation"])


def augmentation() -> Augmentation:
    """What the form says is done to the images each time they are seen."""
    return Augmentation.from_record(st.session_state["form-augmentation"])


def known_datasets(name: str | None = None) -> dict[str, Dataset]:
    """The data sets to choose from: those listed for this browser, that which is chosen, and that of this name."""
    return datasets_for(my_key(), st.session_state["form-dataset"], *([name] if name else []))


def images() -> tuple[str, Shape, int]:
    """The chosen data set, the shape of its images, and how many classes are chosen of it."""
    known = known_datasets()
    source = known.get(st.session_state["form-dataset"]) or next(iter(known.values()))
    shape = preparation().shape(source.shape)
    return source.name, shape, len(st.session_state["form-classes"] or source.classes)


def _done_to_data() -> None:
    """What is done to the images, in one line, and the way to change it."""
    words = {"Prepared": settings_words(preparation()), "Augmented": settings_words(augmentation())}
    said = " ".join(f"{name}: {text}." for name, text in words.items() if text)
    st.caption(escaped(said or "Images as they are, and not augmented."))
    query = {"data": st.session_state["form-dataset"]}
    st.page_link(PAGES / "data.py", label="See and change it in Data", query_params=query)


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
    used = {name: declared for name, declared in Recipe.declared().items() if declared.belongs_to(chosen)}
    return possible(used, chosen, hub().devices)


def columns(fields: dict[str, Setting], prefix: str) -> None:
    """Fields two beside each other, each kept in the session as its name with what stands before it.

    On a phone, where columns lie below each other, they keep their order.
    """
    names = list(fields)
    for pair in (names[index : index + 2] for index in range(0, len(names), 2)):
        for place, name in zip(st.columns(2), pair, strict=False):
            with place:
                field(name, fields[name], prefix)


def field(name: str, declared: Setting, prefix: str) -> None:
    """No bounds on the widget: what is out of range is refused by the core, in its words, and nothing typed is lost."""
    key = f"{prefix}{name}"
    if declared.options:
        options, named = declared.options, declared.name_of
        st.selectbox(declared.label, options, key=key, help=declared.help, format_func=named)
        return
    st.number_input(declared.label, key=key, help=declared.help, **steps_of(declared))


def steps_of(declared: Setting) -> dict[str, Any]:
    """How a number's field steps and writes its values."""
    return {"step": 1, "format": "%d"} if declared.is_whole else {"step": 0.001, "format": "%g"}
