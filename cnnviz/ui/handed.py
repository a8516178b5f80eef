"""What is asked by HTTP: to keep a file, to forget one, for the images of a part, for what is measured of a step."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response

from cnnviz.errors import CnnvizError
from cnnviz.images import read_image
from cnnviz.images.reading import LARGEST_FILE
from cnnviz.runs.budget import size_text
from cnnviz.ui.hub import hub
from cnnviz.ui.owner import refusal
from cnnviz.ui.watcher import step_of

if TYPE_CHECKING:
    from starlette.requests import Request

MOST = 240  # images in one answer
_PART = 2**20  # bytes of a file that are written at once


async def upload(request: "Request") -> Response:
    """Keep a picture from a file; its name."""
    refused = refusal(request)
    if refused:
        return refused
    try:
        channel = hub().channel(request.path_params["run"])
        picture = await run_in_threadpool(read_image, await body_of(request, LARGEST_FILE))
        name = await hub().looks.keep(channel, picture)
    except CnnvizError as error:
        return JSONResponse({"problem": str(error)}, status_code=422)
    return JSONResponse({"image": name})


async def body_of(request: "Request", most: int) -> bytes:
    """What was sent, read no further than to see that it is too much."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            break
    return bytes(content)


async def receive(request: "Request", file: IO[bytes], folder: Path, largest: int, name: str) -> None:
    """Take a file as it comes, to the disk; as much room as it takes stays free, as it is unpacked or copied there.

    Args:
        request: Brings the file.
        file: Is written.
        folder: Where it lies.
        largest: The most bytes it may have.
        name: What people call it.

    Raises:
        CnnvizError: If it is larger, or there is no room for it.
        OSError: If it cannot be written.
    """
    taken = 0
    async for part in _parts(request):
        most = min(largest, (taken + shutil.disk_usage(folder).free) // 2)  # others may send theirs meanwhile
        taken += len(part)
        if taken > most:
            raise CnnvizError(f"{name} is larger than {size_text(most)}, for which there is room here.")
        await run_in_threadpool(file.write, part)


async def _parts(request: "Request") -> AsyncIterator[bytes]:
    """What is sent, some at a time."""
    waiting = bytearray()
    async for part in request.stream():
        waiting += part
        if len(waiting) >= _PART:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


async def forget(request: "Request") -> Response:
    """Delete drawings or uploads; who has their names may."""
    refused = refusal(request)
    if refused:
        return refused
    try:
        for name in request.query_params.getlist("image"):
            hub().looks.forget(name)
    except CnnvizError as error:
        return JSONResponse({"problem": str(error)}, status_code=422)
    return JSONResponse({})


async def images(request: "Request") -> Response:
    """Images of a part, with what the step on screen says of each: all, or by label, prediction, right or wrong."""
    refused = refusal(request)
    if refused:
        return refused
    query = request.query_params
    numbers = {name: step_of(query.get(name)) for name in ("label", "prediction", "right", "from", "count")}
    right = numbers["right"]
    try:
        message = await hub().looks.images(
            hub().channel(request.path_params["run"]),
            query.get("part", "validation"),
            step_of(query.get("step")),
            label=numbers["label"],
            prediction=numbers["prediction"],
            right=None if right is None else bool(right),
            first=numbers["from"] or 0,
            count=min(MOST, numbers["count"] or 60),
        )
    except CnnvizError as error:
        return PlainTextResponse(str(error), status_code=422)
    return Response(message, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


async def measured(request: "Request") -> Response:
    """What is measured of the step on screen: of its layers, or its worst mistakes."""
    refused = refusal(request)
    if refused:
        return refused
    looks = hub().looks
    measure = {"layers": looks.measured_layers, "worst": looks.worst}.get(request.path_params["what"])
    if measure is None:
        return PlainTextResponse("Only layers and the worst mistakes are measured.", status_code=404)
    try:
        message = await measure(hub().channel(request.path_params["run"]), step_of(request.query_params.get("step")))
    except CnnvizError as error:
        return PlainTextResponse(str(error), status_code=422)
    return Response(message, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


async def evaluate(request: "Request") -> Response:
    """Loss and accuracy on the test part."""
    refused = refusal(request)
    if refused:
        return refused
    try:
        channel = hub().channel(request.path_params["run"])
        return JSONResponse(await hub().looks.evaluate(channel, step_of(request.query_params.get("step"))))
    except CnnvizError as error:
        return JSONResponse({"problem": str(error)}, status_code=422)
