"""The chosen runs beside each other, in a table: what differs first, then what came of it."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from cnnviz.errors import CnnvizError
from cnnviz.runs import Run
from cnnviz.runs.comparing import Outcome, outcome
from cnnviz.training.siblings import differing
from cnnviz.ui.compare import MOST
from cnnviz.ui.state import View, go_to
from cnnviz.ui.words import escaped

BEST, LAST, STEPS, TIME, SIZE = "Best validation", "Last validation", "Steps", "Time", "Parameters"
_BESIDE = f"Curves, maps, filters and mistakes at the same step, of two to {MOST} runs."
_HELP = "The highest of all steps at which it was measured."


def comparison_bar(runs: Sequence[Run], clear: Callable[[], None]) -> None:
    """Below the list, where nothing moves for it: how many are chosen, the way to their table, and to choose none.

    Args:
        runs: The chosen ones.
        clear: Called to choose none.
    """
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", key="compare-row"):
        st.markdown(f"{len(runs)} run{'s' * (len(runs) > 1)} chosen", width="content")
        if st.button("Compare", type="primary", key="compare", disabled=len(runs) < 2):
            _comparison(runs)
        beside = st.button("Side by side", key="side-by-side", disabled=not 1 < len(runs) <= MOST, help=_BESIDE)
        if beside:
            go_to("compare", View(run=runs[0].id, runs=",".join(run.id for run in runs)))
        st.button("Clear", type="tertiary", key="clear-chosen", on_click=clear)


@st.dialog("Runs compared", width="large")
def _comparison(runs: Sequence[Run]) -> None:
    """A table of runs, the best first; a click on a head sorts by it."""
    came = [(run, found) for run in runs if (found := _outcome(run))]
    came.sort(key=lambda pair: pair[1].best or 0, reverse=True)
    settings = differing([run for run, _ in came])
    same = "" if settings else " All their settings are the same."
    st.caption(f"What differs comes first; a click on a head sorts by it.{same}")
    table, alt = _table(came, settings), f"{len(came)} runs, {', '.join(run.label for run, _ in came)}, best first"
    st.dataframe(table, hide_index=True, column_config=_columns(settings), key="compared", width="stretch", alt=alt)


def _outcome(run: Run) -> Outcome | None:
    """What came of a run; where that cannot be read, the reason is said and the others are compared."""
    try:
        return outcome(run)
    except CnnvizError as error:
        st.markdown(f":orange[{escaped(str(error))}]")
        return None


def _table(came: Sequence[tuple[Run, Outcome]], settings: dict[str, list[str]]) -> dict[str, list[Any]]:
    """The table column by column; accuracies in percent, times in seconds."""
    found = [outcome for _, outcome in came]
    return {
        "Run": [run.label for run, _ in came],
        **{name.capitalize(): values for name, values in settings.items()},
        BEST: [_percent(one.best) for one in found],
        "At step": [one.best_step for one in found],
        LAST: [_percent(one.final) for one in found],
        STEPS: [one.steps for one in found],
        TIME: [one.seconds for one in found],
        SIZE: [one.parameters for one in found],
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _columns(settings: dict[str, list[str]]) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "Run": st.column_config.TextColumn(pinned=True),
        **{name.capitalize(): st.column_config.TextColumn() for name in settings},
        BEST: number(format="%.1f %%", help=_HELP),
        LAST: number(format="%.1f %%"),
        STEPS: number(format="localized"),
        TIME: number(format="%.1f s", help="Spent training; pauses are left out."),
        SIZE: number(format="localized"),
    }
