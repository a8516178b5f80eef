"""A run brought in as one file: taken as it comes to the disk, checked, and only then a run."""

import tempfile
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from cnnviz.errors import CnnvizError, RunError
from cnnviz.runs import EXAMPLE_ID, Run, import_run
from cnnviz.runs.archive import LARGEST
from cnnviz.training.questions import CheckFit
from cnnviz.ui.components import mount
from cnnviz.ui.handed import receive
from cnnviz.ui.hub import hub
from cnnviz.ui.owner import COOKIE, hashed, refusal
from cnnviz.ui.state import View

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

BROUGHT = "brought-in"  # of the session: the id of the run that came last
_PATIENCE = 120  # s for the check of a run, which waits its turn behind the looks of others


async def bring(request: "Request") -> "Response":
    """Take a run's file from a browser; the new run's id, which belongs to that browser."""
    refused = refusal(request)
    if refused:
        return refused
    owner = hashed(request.cookies.get(COOKIE))
    name = request.query_params.get("name", "")[:120] or "the file"
    try:
        with tempfile.TemporaryFile(dir=hub().folder) as file:
            await receive(request, file, hub().folder, LARGEST, name)
            file.seek(0)
            make = partial(import_run, file, hub().folder, name=name, owner=owner, check=_check)
            run = await run_in_threadpool(make)
    except CnnvizError as error:
        return JSONResponse({"problem": str(error)}, status_code=422)
    except OSError as error:
        return JSONResponse({"problem": f"{name} cannot be kept here: {error.strerror}."}, status_code=507)
    return JSONResponse({"run": run.id})


def bring_popover() -> None:
    """Where a file is chosen or dropped; its part is there only while it is open."""
    with st.popover("Bring in a run", key="bring", on_change="rerun") as popover:
        if popover.open:
            channel = hub().channel(EXAMPLE_ID)
            mount("runfile", channel, View(), more={"largest": LARGEST}, on_brought_change=_take)


def _check(run: Run) -> None:
    """Have the process beside the server, which has torch, see whether the weights fit."""
    try:
        hub().ask(CheckFit(run.path)).result(_PATIENCE)
    except TimeoutError:
        raise RunError("The check did not end in time; try again.") from None


def _take() -> None:
    st.session_state[BROUGHT] = st.session_state["part-runfile"].brought
