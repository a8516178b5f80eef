"""Making runs to be compared: a twin with something changed, or a sweep over one setting, said before it is started."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from cnnviz.errors import CnnvizError, SettingError
from cnnviz.runs import Run
from cnnviz.settings import Setting, Value
from cnnviz.training.changing import changeable, of_use, value_of
from cnnviz.training.siblings import (
    MOST,
    Wish,
    again,
    seconds_for,
    spread,
    sweep_from,
    twin_of,
)
from cnnviz.ui import compare, form
from cnnviz.ui.hub import hub
from cnnviz.ui.place import lasting
from cnnviz.ui.state import View, current_view, go_to, my_key
from cnnviz.ui.words import escaped

_KINDS = {"twin": "A twin", "sweep": "A sweep over one setting"}
_WAYS = {"typed": "Typed", "range": "A range"}
_SCALES = {"linear": "Even steps", "log": "Even factors"}
_FIRST = "learning_rate"
_ANEW = "Both begin together. Else the run's saved steps are shown beside those of the twin: they are the same."
_OPEN = "open-twins"  # of the session: the runs of which one is to be copied, while the dialog is open
_OF = "copy-of"  # of the session: which of them
_STAYS = "twin-kind"  # what is made, also of another of them


def twin_button(*runs: Run, key: str = "twin", popover: str | None = None) -> None:
    """The way to runs like one of these with something changed; it closes the popover it stands in, by its key."""
    words = f"Copy {'this' if len(runs) == 1 else 'a'} run, change one thing, and train both side by side"
    icon, args = ":material/content_copy:", ([run.id for run in runs], popover)
    st.button("Twin", icon=icon, key=key, type="tertiary", help=words, on_click=_open, args=args)


def twin_dialog() -> None:
    """The dialog, where it is open: also when the page is drawn anew, as a run that ends has it drawn."""
    if ids := st.session_state.get(_OPEN):
        try:
            runs = [hub().channel(run_id).run for run_id in ids]
        except CnnvizError as error:  # deleted meanwhile
            st.session_state["problem"] = str(error)
            _close()
            return
        _dialog(runs)


def _open(ids: Sequence[str], popover: str | None) -> None:
    _clear(_OF, _STAYS)
    st.session_state[_OPEN] = ids
    if popover:
        st.session_state[popover] = False


def _close() -> None:
    st.session_state.pop(_OPEN, None)


@st.dialog("Twins: the same seed, the same batches", width="medium", on_dismiss=_close)
def _dialog(runs: Sequence[Run]) -> None:
    """Of which run, what differs, how long it will take, and Start."""
    run = _copied(runs) if len(runs) > 1 else runs[0]
    kind = st.segmented_control("Make", list(_KINDS), default="twin", format_func=_KINDS.__getitem__, key="twin-kind")
    wishes: list[Wish] = []
    try:
        wishes = _sweep(run) if kind == "sweep" else _twin(run)
    except CnnvizError as error:
        st.markdown(f":orange[{escaped(str(error))}]")
    pace = st.select_slider("Pace", form.PACES, value=0, format_func=form.pace_name, key="twin-pace")
    if wishes:
        st.markdown(escaped(_words(run, wishes, pace)))
    many = "both" if len(wishes) > 1 else "the twin"
    if kind == "sweep":
        many = f"{len(wishes)} runs" if wishes else "the sweep"
    if st.button(f"Start {many}", type="primary", key="twin-start", disabled=not wishes):
        _start(run, wishes, pace, with_run=kind != "sweep" and len(wishes) == 1)


def _copied(runs: Sequence[Run]) -> Run:
    """The one that is to be copied."""
    called = dict(zip([run.id for run in runs], compare.names(runs), strict=True))
    chosen = st.selectbox("A copy of", list(called), format_func=called.__getitem__, key=_OF, on_change=_clear)
    return next(run for run in runs if run.id == chosen)


def _twin(run: Run) -> list[Wish]:
    """One more run, with the settings that are chosen changed."""
    chosen = st.multiselect(
        "What to change", _options(run), default=[_FIRST], format_func=_label, key="twin-names", placeholder="Choose"
    )
    changes = {name: _field(run, name, changeable()[name]) for name in chosen}
    if not chosen:
        return []
    twin = twin_of(run, changes)
    if not st.checkbox("Train the run anew beside it", key="twin-together", help=_ANEW):
        return [twin]
    first = again(run)
    return [first, replace(twin, chosen={**twin.chosen, "group": first.chosen["group"]})]


def _sweep(run: Run) -> list[Wish]:
    """One more run for each value of a setting."""
    name = st.selectbox("Setting", _options(run), format_func=_label, key="sweep-name")
    declared = changeable()[name]
    if declared.options or isinstance(value_of(run, name), bool):
        options = list(declared.options) or [False, True]
        return _swept(run, name, st.multiselect("Values", options, format_func=declared.name_of, key=f"sweep-{name}"))
    now = float(value_of(run, name))
    way = st.segmented_control("Values", list(_WAYS), default="typed", format_func=_WAYS.__getitem__, key="sweep-way")
    if way != "range":
        text = st.text_input(f"Now {now:g}; values with commas between", key=f"sweep-{name}", placeholder="0.001, 0.01")
        return _swept(run, name, [_number(name, part) for part in text.split(",") if part.strip()])
    return _swept(run, name, _range(name, declared, now))


def _range(name: str, declared: Setting, now: float) -> list[Value]:
    low, high, count = st.columns(3)
    look = form.steps_of(declared)
    first = low.number_input("First", key=_begun(f"sweep-low-{name}", _as(declared, now / 10 or 0)), **look)
    last = high.number_input("Last", key=_begun(f"sweep-high-{name}", _as(declared, now * 10 or 1)), **look)
    number = count.number_input("How many", 2, MOST, 3, key="sweep-count")
    usual = "log" if declared.scale == "log" else "linear"
    scale = st.segmented_control(
        "Apart", list(_SCALES), default=usual, format_func=_SCALES.__getitem__, key="sweep-scale"
    )
    return spread(first, last, number, "log" if scale == "log" else "linear", whole=declared.is_whole)


def _swept(run: Run, name: str, values: Sequence[Value]) -> list[Wish]:
    """Nothing is said of values that are still being entered."""
    return sweep_from(run, name, values) if len(set(values)) > 1 else []


def _options(run: Run) -> list[str]:
    """The settings that have a use in this run, the learning rate first."""
    return sorted(of_use(run), key=lambda name: name != _FIRST)


def _label(name: str) -> str:
    return changeable()[name].label


def _field(run: Run, name: str, declared: Setting) -> Value:
    """A setting's new value; no bounds on the widget, as the core refuses in its own words."""
    now = value_of(run, name)
    key = _begun(f"twin-{name}", now)
    label = f"{declared.label}, now {declared.name_of(now) if declared.options else now}"
    if declared.options:
        options = tuple(dict.fromkeys([*declared.options, now]))  # a network of one's own is among them too
        return st.selectbox(label, options, format_func=declared.name_of, key=key)
    if isinstance(now, bool):
        return st.checkbox(label, key=key)
    found: Value | None = st.number_input(label, key=key, **form.steps_of(declared))
    return now if found is None else found


def _begun(key: str, value: Value) -> str:
    """A field's key, with what it begins with: where fields are cleared, the browser hears of it only so."""
    st.session_state.setdefault(key, value)
    return key


def _as(declared: Setting, number: float) -> float:
    return max(1, round(number)) if declared.is_whole else float(f"{number:.3g}")


def _number(name: str, text: str) -> Value:
    declared = changeable()[name]
    try:
        return int(text) if declared.is_whole else float(text)
    except ValueError:
        kind = "whole number" if declared.is_whole else "number"
        raise SettingError(name, f"{declared.label}: {text.strip()!r} is no {kind}; write 1, 2, 3.") from None


def _words(run: Run, wishes: Sequence[Wish], pace: float) -> str:
    """What is about to happen, and how long it will take."""
    seconds = seconds_for(run, wishes, pace)
    parent = wishes[-1].chosen.get("parent") or {}
    told = str(parent.get("what", "")) if len(wishes) == 1 else f"{len(wishes)} runs."
    if seconds is None:
        return f"{told} How long it takes cannot be said before {run.label} has trained."
    takes = lasting(seconds) + " at most" * any(wish.recipe.early_stopping for wish in wishes)
    if len(wishes) == 1:
        return f"{told} {takes}; it waits in the queue where no place is free."
    return f"{told} {takes} one after another, less where several places are free; the others wait."


def _start(run: Run, wishes: Sequence[Wish], pace: float, *, with_run: bool) -> None:
    """Have them trained, and go where they stand beside each other."""
    made, beside = [], _beside(run) if with_run else []
    try:
        for wish in wishes:
            chosen = {**wish.chosen, "owner": my_key()}
            made.append(hub().start(wish.dataset, wish.network, wish.recipe, pace=pace, **chosen))  # type: ignore[arg-type]
    except CnnvizError as error:
        st.markdown(f":orange[{escaped(str(error))}]")
        return
    runs = [*beside, *made]
    _close()
    go_to("compare", View(run=runs[0], runs=",".join(runs[: compare.MOST])))


def _beside(run: Run) -> list[str]:
    """The runs that a new twin joins, in their order: those on the page where the run is among them, else its twins."""
    shown = (current_view().runs or "").split(",")
    known = shown if run.id in shown else [*(one.id for one in compare.siblings(run)), run.id]
    others = [one for one in dict.fromkeys(known) if one != run.id]
    kept = {run.id, *others[max(0, len(others) + 2 - compare.MOST) :]}  # where they are too many, the newest
    return [one for one in dict.fromkeys(known) if one in kept]


def _clear(*also: str) -> None:
    """The fields begin with what the run says."""
    own = [key for key in st.session_state if str(key).startswith(("twin-", "sweep-")) and key != _STAYS]
    for key in (*own, *also):
        st.session_state.pop(key, None)
