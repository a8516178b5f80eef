"""cnnviz with the benchmarks' data set and two routes more: to start a run, and when which step was reported."""

import sys
import time
from collections import defaultdict
from functools import partial

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.data import register
from cnnviz.recipe import Recipe
from cnnviz.ui import hub as hub_module
from cnnviz.ui import server

register()
hub_module.Hub = partial(hub_module.Hub, host_command=(sys.executable, "-m", "bench.host"))  # type: ignore[misc]
reported: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)


def _listen(run_id: str) -> None:
    report = hub_module.hub().channel(run_id).report
    if report:
        reported[run_id].append((time.monotonic(), report.step))


def start(request: Request) -> JSONResponse:
    """Start a run; every word of the recipe may be in the query."""
    hub = hub_module.hub()
    if not reported:
        hub.listen(_listen)
    query = dict(request.query_params)
    dataset, network, pace = query.pop("dataset"), query.pop("network"), float(query.pop("pace", 0))
    numbers = {name: float(value) if "." in value else int(value) for name, value in query.items()}
    run_id = hub.start(dataset, network, Recipe.from_record(numbers), pace=pace)
    reported[run_id].append((time.monotonic(), 0))
    return JSONResponse({"run": run_id})


def steps(request: Request) -> JSONResponse:
    """When the server heard of which step, by the clock that all processes share."""
    return JSONResponse(reported[request.path_params["run"]])


routes = [Route("/bench/start", start), Route("/bench/steps/{run}", steps), *server.routes()]
app = st.App(server.SHELL, routes=routes, middleware=server.middleware(), lifespan=server.lifespan)
