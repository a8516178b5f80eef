"""What is compared: which runs, what differs between them, and by what names they go beside each other."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.runs import Damaged, Run, example, list_runs
from cnnviz.training.changing import DROPOUT, NETWORK, changeable, value_of
from cnnviz.training.siblings import differing, group_of, was_changed
from cnnviz.ui.channel import Channel
from cnnviz.ui.hub import hub
from cnnviz.ui.owner import token_for
from cnnviz.ui.state import DRAWN, View, current_view, show
from cnnviz.ui.words import STATES, escaped

MOST = 12  # runs beside each other
_NAMED_BY = 2  # settings at most stand in a run's name where all of them do
_NAMED_APART = 3  # settings at most where only those do in which it is not as the oldest
_POINTS = 3  # values from which on a sweep is worth a picture
_CHOICE = "compare-runs"  # the widget's key
_SAME = "the same settings, seed and data"


def compared() -> tuple[View, list[Channel], int]:
    """The view that the address names, its runs, and how many there are; those that are gone are said and left out."""
    view = current_view()
    ids = list(dict.fromkeys(view.runs.split(",") if view.runs else _family(view.run)))
    channels = [channel for channel in map(_channel, ids[:MOST]) if channel]
    channels = channels or [hub().channel(example().id)]
    st.session_state[DRAWN] = channels[0].state
    return view, channels, len(channels) + len(ids[MOST:])


def _family(run_id: str) -> list[str]:
    """A run and its twins, the oldest first; or the runs of its sweep."""
    try:
        run = hub().channel(run_id).run
    except CnnvizError:
        return [run_id]
    return [one.id for one in siblings(run)] or [run.id]


def siblings(run: Run) -> list[Run]:
    """A run with its twins, or all runs of its sweep, the oldest first; twins of other people are left out."""
    group = group_of(run)
    try:
        known = [one for one in list_runs(hub().folder) if not isinstance(one, Damaged)]
    except CnnvizError:
        known = []
    found = [
        one
        for one in (example(), *known)
        if one.id in (group, run.id) or (one.record.get("group") == group and one.owner == run.owner)
    ]
    return sorted(found, key=lambda one: float(one.record["created"]))


def _channel(run_id: str) -> Channel | None:
    try:
        channel = hub().channel(run_id)
        channel.log()  # where a snapshot is damaged, this says so
    except CnnvizError as error:
        st.session_state["problem"] = str(error)
        return None
    return channel


def runs_popover(view: View, channels: Sequence[Channel], count: int) -> None:
    """Which runs stand beside each other, of how many, and the way to others."""
    of = f" of {count}" if count > len(channels) else ""
    with st.popover(f":gray[Runs] {len(channels)}{of}", key="compare-popover", on_change="rerun") as popover:
        if not popover.open:
            return
        known = [run for run in list_runs(hub().folder) if not isinstance(run, Damaged)]
        labels = {run.id: f"{run.label} ({STATES[hub().channel(run.id).state]})" for run in known}
        labels[example().id] = f"{example().label} (example)"
        ids = [channel.run.id for channel in channels]
        st.session_state[_CHOICE] = ids
        st.multiselect(
            "Runs beside each other",
            list(labels),
            key=_CHOICE,
            format_func=lambda run_id: labels.get(run_id, run_id),
            max_selections=MOST,
            help=f"Two to {MOST}; the first gives the image.",
            on_change=_choose,
            args=(view,),
        )


def _choose(view: View) -> None:
    chosen = st.session_state[_CHOICE]
    if chosen:
        show(View(run=chosen[0], runs=",".join(chosen), image=view.image, by=view.by))


def message(channels: Sequence[Channel], count: int) -> None:
    """What differs, in a sentence; and one calm line where something needs a word."""
    if wrong := st.session_state.pop("problem", None):
        st.markdown(f":orange[{escaped(wrong)}]")
    if count > len(channels):
        st.markdown(f"{len(channels)} of {count} runs stand beside each other; choose which in *Runs* above.")
    st.markdown(escaped(sentence([channel.run for channel in channels])))


def sentence(runs: Sequence[Run]) -> str:
    """What differs between runs: "They differ in learning rate: 0.01, 0.1. All else is the same."."""
    if len(runs) < 2:
        return "One run. Make a twin of it, or choose more in Runs, to see them beside each other."
    settings, later = differing(runs), ""
    if any(was_changed(run) for run in runs):
        later = " What was changed while they trained is marked on the curves."
    if not settings:
        return f"{'They began alike' if later else 'Nothing differs between these runs'}: {_SAME}.{later}"
    parts = [f"{name}: {_listed(list(dict.fromkeys(values)))}" for name, values in settings.items()]
    rest = "" if "seed" in settings or "data" in settings else " All else is the same, the order of images too."
    return f"They differ in {'; in '.join(parts)}.{later or rest}"


def _listed(words: list[str]) -> str:
    """One, two and three."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def names(runs: Sequence[Run]) -> list[str]:
    """Short names: what a person called a run, else what sets it apart; where that is much, apart from the oldest."""
    apart = _apart(runs)
    is_telling = [bool(words) and apart.count(words) == 1 for words in apart]
    return [
        words if run.label == run.id and tells else run.label
        for run, words, tells in zip(runs, apart, is_telling, strict=True)
    ]


def _apart(runs: Sequence[Run]) -> list[str]:
    """The settings in which each run is not as the others; nothing where these are too many for a name."""
    settings, places = differing(runs), range(len(runs))
    if len(settings) <= _NAMED_BY:
        return [", ".join(f"{name} {values[at]}" for name, values in settings.items()) for at in places]
    oldest = min(places, key=lambda at: float(runs[at].record["created"]))
    own = [
        [f"{name} {values[at]}" for name, values in settings.items() if values[at] != values[oldest]] for at in places
    ]
    return [", ".join(words) if len(words) <= _NAMED_APART else "" for words in own]


def about(view: View, channels: Sequence[Channel]) -> dict[str, Any]:
    """What the browser part is told of the runs beyond what each one's socket brings."""
    runs = [channel.run for channel in channels]
    called = names(runs)
    return {
        "at": view.step,
        "by": view.by,
        "settings": [
            *({"name": name.capitalize(), "values": values} for name, values in differing(runs).items()),
            *_descent(runs, called),
        ],
        "runs": [
            {
                "run": channel.run.id,
                "name": called[at],
                "token": token_for(channel.run.id),
                "probe": channel.run.record["probe"],
                "state": channel.state,
            }
            for at, channel in enumerate(channels)
        ],
        "sweep": swept(runs[0]),
    }


def _descent(runs: Sequence[Run], called: Sequence[str]) -> list[dict[str, Any]]:
    """Of which run each is a copy; nothing where all are copies of the same one, or none is."""
    parents = [run.record.get("parent") or {} for run in runs]
    ids = [str(parent["run"]) if "run" in parent else "" for parent in parents]
    if len(set(ids) - {""}) < 2:
        return []
    known = dict(zip([run.id for run in runs], called, strict=True))
    steps = [f", step {parent['step']:,}" if isinstance(parent.get("step"), int) else "" for parent in parents]
    values = [(known.get(one) or _label(one)) + step if one else "–" for one, step in zip(ids, steps, strict=True)]
    return [{"name": "Copy of", "values": values}]


def _label(run_id: str) -> str:
    try:
        return hub().channel(run_id).run.label
    except CnnvizError:
        return f"{run_id}, deleted"


def swept(run: Run) -> dict[str, Any] | None:
    """How accuracy goes with the one setting in which a run and its siblings differ; None where it is not one.

    Each point has the run, the value, the last and best validation accuracy, and how the run stands.
    """
    runs = siblings(run)
    values = {name: {value_of(one, name) for one in runs} for name in changeable()}
    apart = [name for name, held in values.items() if len(held) > 1]
    if NETWORK in apart:  # which has a dropout of its own
        apart = [name for name in apart if name != DROPOUT]
    if len(apart) != 1 or len(values[apart[0]]) < _POINTS or len(differing(runs)) != 1:
        return None
    declared = changeable()[apart[0]]
    points = []
    for one in sorted(runs, key=lambda one: value_of(one, apart[0])):
        channel = hub().channel(one.id)
        log = channel.log()
        accuracies = log.validation_accuracy
        points.append(
            {
                "run": one.id,
                "value": value_of(one, apart[0]),
                "said": declared.name_of(value_of(one, apart[0])),
                "accuracy": float(accuracies[-1]) if len(accuracies) else None,
                "best": float(accuracies.max()) if len(accuracies) else None,
                "state": channel.state,
                "over": not channel.is_active,
            }
        )
    return {"setting": declared.label, "scale": declared.scale, "points": points}
