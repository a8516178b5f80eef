"""What steers a run while it trains: pause, one step, one epoch, stop, pace, and what can be changed on the way."""

import streamlit as st

from cnnviz.augmentation import Augmentation
from cnnviz.errors import CnnvizError, SettingError
from cnnviz.networks import NetworkSpec
from cnnviz.plan import changeable
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.settings import Setting, Value
from cnnviz.training.control import Command
from cnnviz.training.history import plan_of
from cnnviz.ui import form
from cnnviz.ui.channel import Channel
from cnnviz.ui.hub import hub
from cnnviz.ui.state import my_key
from cnnviz.ui.words import escaped

_REFUSED = "change-refused"  # of the session: why what was asked for is not changed; it stays until the next attempt


def steering(channel: Channel) -> None:
    """The buttons of a run that waits, trains or pauses."""
    waits = channel.state == "waiting"
    if channel.state == "paused":
        steer_button(channel, "Resume", ":material/play_arrow:", Command("resume"), primary=True)
    else:
        steer_button(channel, "Pause", ":material/pause:", Command("pause"), primary=True, disabled=waits)
    steer_button(channel, "One step", None, Command("step"), disabled=waits)
    steer_button(channel, "One epoch", None, Command("epoch"), disabled=waits)
    steer_button(channel, "Stop", ":material/stop:", Command("stop"))


def steer_button(
    channel: Channel, label: str, icon: str | None, command: Command, *, primary: bool = False, disabled: bool = False
) -> None:
    """A button that sends a command."""
    st.button(
        label,
        icon=icon,
        key=command.verb,
        type="primary" if primary else "secondary",
        disabled=disabled,
        on_click=_steer,
        args=(channel.run.id, command),
    )


def change(channel: Channel) -> None:
    """Pace, and the settings that can be changed while it trains, with the values that hold now; what is fixed."""
    _pace(channel)
    run, prefix = channel.run, _prefix(channel.run)
    for name, value in held_at(run, _step(channel)).items():
        st.session_state.setdefault(prefix + name, value)  # what was typed stays, also where it was refused
    fields = changeable_in(run)
    varied = {name: declared for name, declared in fields.items() if name in Augmentation.declared()}
    with st.form("change-form", border=False):
        form.columns({name: declared for name, declared in fields.items() if name not in varied}, prefix)
        with st.expander("Augmentation"):
            form.columns(varied, prefix)
        st.form_submit_button("Change from the next step", key="change-now", on_click=_change, args=(run.id,))
    if refused := st.session_state.get(_REFUSED):
        st.markdown(f":orange[{escaped(refused)}]")
    st.caption(
        escaped(f"Begun with {run.record['dataset']}, {run.record['network']['name']}: {_recipe_words(channel)}")
    )


def forget_refused() -> None:
    """The form was left: what was refused in it is of no interest any more."""
    st.session_state.pop(_REFUSED, None)


def changeable_in(run: Run) -> dict[str, Setting]:
    """The settings of a run that can be changed while it trains; dropout only where its network has a layer of it."""
    found = changeable()
    if _own_dropout(run) is None:
        del found["dropout"]
    return found


def held_at(run: Run, step: int) -> dict[str, Value]:
    """What holds of `changeable_in` for the step after so many, by name.

    Raises:
        CnnvizError: If the run's files hold what cannot be.
    """
    plan = plan_of(run)
    values = plan.at(min(step, plan.steps - 1)).held.values()
    if values["dropout"] is None:
        values["dropout"] = _own_dropout(run)
    return {name: value for name, value in values.items() if value is not None}


def _own_dropout(run: Run) -> float | None:
    """The share of the first layer that drops values; None where no layer does."""
    return NetworkSpec.from_record(run.record["network"]).dropped


def _step(channel: Channel) -> int:
    return channel.report.step if channel.report else channel.last_saved() or 0


def _prefix(run: Run) -> str:
    return f"change-{run.id}-"


def _pace(channel: Channel) -> None:
    now = channel.report.pace if channel.report else 0
    nearest = min(form.PACES, key=lambda pace: abs(pace - now))
    st.select_slider(
        "Pace",
        form.PACES,
        value=nearest,
        format_func=form.pace_name,
        key=f"pace-{channel.run.id}",
        on_change=_set_pace,
        args=(channel.run.id,),
    )


def _recipe_words(channel: Channel) -> str:
    return form.recipe_words(Recipe.from_record(channel.run.record["recipe"]))


# What they do, before the page is drawn anew


def _steer(run_id: str, command: Command) -> None:
    try:
        hub().steer(run_id, my_key(), command)
    except CnnvizError as error:
        st.session_state["problem"] = str(error)


def _set_pace(run_id: str) -> None:
    _steer(run_id, Command("pace", float(st.session_state[f"pace-{run_id}"])))


def _change(run_id: str) -> None:
    forget_refused()
    try:
        asked = _asked(hub().channel(run_id))
        hub().steer(run_id, my_key(), Command("change", settings=asked))
    except CnnvizError as error:
        st.session_state[_REFUSED] = str(error)


def _asked(channel: Channel) -> dict[str, Value]:
    """What was entered that does not hold yet.

    Raises:
        SettingError: Where nothing was entered, or nothing else than what holds.
    """
    prefix, held = _prefix(channel.run), held_at(channel.run, _step(channel))
    asked = {}
    for name, declared in changeable_in(channel.run).items():
        value = st.session_state[prefix + name]
        if value is None:
            raise SettingError(name, f"{declared.label}: nothing was entered.")
        if value != held[name]:
            asked[name] = value
    if not asked:
        raise SettingError("learning_rate", "These are the values that hold already; enter others to change them.")
    return asked
