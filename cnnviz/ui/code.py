"""The code twin of the view on screen, as plain text."""

import json
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Preparation
from cnnviz.errors import CnnvizError
from cnnviz.networks.export import export_source
from cnnviz.networks.saved import read_network_link
from cnnviz.twins import attribution_code, data_code, filters_code, picture_code, unit_code
from cnnviz.ui.channel import Channel
from cnnviz.ui.hub import hub
from cnnviz.ui.owner import refusal
from cnnviz.ui.watcher import step_of
from cnnviz.ui.words import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


async def code(request: "Request") -> Response:
    """The lines that give what is on screen: `what` is picture, filters, unit, attribution, network or data."""
    refused = refusal(request)
    if refused:
        return refused
    try:
        channel = hub().channel(request.path_params["run"])
        return PlainTextResponse(await run_in_threadpool(_code, channel, request.query_params))
    except (CnnvizError, ValueError, TypeError) as error:
        return PlainTextResponse(str(error), status_code=422)


def _code(channel: Channel, query: "Mapping[str, str]") -> str:
    if query.get("what") == "network":
        return export_source(read_network_link(query.get("network", "")))
    if query.get("what") == "data":
        done = [read_settings(query.get(word, "")) for word in ("prepare", "vary")]
        return data_code(query.get("data", ""), Preparation.from_record(done[0]), Augmentation.from_record(done[1]))
    step = step_of(query.get("step"))
    step = step if step is not None else channel.last_saved() or 0
    image = query.get("image") or channel.run.record["probe"]
    match query.get("what"):
        case "filters":
            return filters_code(channel.run, step)
        case "unit":
            place = [step_of(query.get(name)) for name in ("unit", "row", "column")]
            return unit_code(channel.run, step, image, query.get("node", ""), tuple(p for p in place if p is not None))
        case "attribution":
            settings: dict[str, Any] = json.loads(query.get("settings") or "{}")
            target = step_of(query.get("target"))
            return attribution_code(channel.run, step, image, query.get("method", ""), target, settings)
    return picture_code(channel.run, step, image)
