"""What the Compare page asks by HTTP: where runs agree, and how a sweep stands."""

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, Response

from cnnviz.errors import CnnvizError, RunError
from cnnviz.figures.frames import pack
from cnnviz.training.agreeing import Agree
from cnnviz.ui.compare import MOST, swept
from cnnviz.ui.hub import hub
from cnnviz.ui.owner import refusal
from cnnviz.ui.watcher import step_of

if TYPE_CHECKING:
    from starlette.requests import Request


async def compared(request: "Request") -> Response:
    """`agreement` of the runs and steps of the query, or how the `sweep` of a run stands."""
    refused = refusal(request)
    if refused:
        return refused
    answer = {"agreement": _agreement, "sweep": _sweep}.get(request.path_params["what"])
    if answer is None:
        return PlainTextResponse("Only agreement and a sweep are compared.", status_code=404)
    try:
        found = await answer(request)
    except CnnvizError as error:
        return PlainTextResponse(str(error), status_code=422)
    found.headers["Cache-Control"] = "no-store"
    return found


async def _agreement(request: "Request") -> Response:
    query = request.query_params
    ids, steps = query.get("runs", "").split(","), [step_of(text) for text in query.get("steps", "").split(",")]
    pair = [step_of(query.get(name, "")) for name in ("right", "wrong")]
    known = [step for step in steps if step is not None]
    if not (2 <= len(ids) <= MOST and len(known) == len(ids)) or not all(at in range(len(ids)) for at in pair):
        raise RunError(f"Two to {MOST} runs are compared, each at a saved step.")
    channels = [hub().channel(run_id) for run_id in ids]
    right, wrong = pair[0] or 0, pair[1] or 0
    question = Agree(tuple(channel.run.path for channel in channels), tuple(known), right, wrong)
    total, arrays = await hub().looks.answer(question)
    header = {"total": total, "right": right, "wrong": wrong, "steps": known, "part": "validation"}
    message = pack("agreement", {**header, "classes": channels[0].run.class_names}, arrays)
    return Response(message, media_type="application/octet-stream")


async def _sweep(request: "Request") -> Response:
    run = hub().channel(request.path_params["run"]).run
    return JSONResponse(await asyncio.to_thread(swept, run))
