"""Files to take home: the numbers behind a picture, and a run as one file."""

import csv
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, PlainTextResponse, Response

from cnnviz.errors import CnnvizError
from cnnviz.figures.explained import Asked
from cnnviz.figures.frames import unpack
from cnnviz.figures.tensorboard import WriteEvents
from cnnviz.inspection.units import OpenedUnit
from cnnviz.runs import Arrays, Run, write_archive
from cnnviz.runs.tables import weights_bytes, write_csv
from cnnviz.ui.channel import Channel
from cnnviz.ui.dataworks import worked
from cnnviz.ui.hub import hub
from cnnviz.ui.owner import refusal
from cnnviz.ui.watcher import MapWish, step_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


async def numbers(request: "Request") -> Response:
    """The exact numbers of one picture: `maps.npz`, `curves.csv` and others."""
    refused = refusal(request)
    if refused:
        return refused
    what, query = request.path_params["what"], request.query_params
    try:
        channel = hub().channel(request.path_params["run"])
        step = step_of(query.get("step"))
        image = query.get("image") or channel.run.record["probe"]
        if what == "attribution.npz":
            content: bytes | None = await run_in_threadpool(_attribution, channel, step, image, query)
        elif what == "unit.npz":
            content = await _unit(channel, step, image, query)
        else:
            content = await _content(channel, what, step, image)
    except (CnnvizError, ValueError, TypeError, LookupError, AttributeError) as error:
        return PlainTextResponse(str(error), status_code=422)
    if content is None:
        return PlainTextResponse(f"There are no numbers called {what}.", status_code=404)
    name = f"{channel.run.id}-{'newest' if step is None else step}-{what}"
    return Response(content, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def run_file(request: "Request") -> Response:
    """The run's folder as one zip file."""
    refused = refusal(request)
    if refused:
        return refused
    try:
        run = hub().channel(request.path_params["run"]).run
        path = await run_in_threadpool(_zipped, run)
    except CnnvizError as error:
        return PlainTextResponse(str(error), status_code=422)
    except OSError as error:
        return PlainTextResponse(f"The run cannot be packed: {error.strerror}.", status_code=507)
    return FileResponse(path, filename=f"{run.id}.zip", background=BackgroundTask(path.unlink, missing_ok=True))


async def _content(channel: Channel, what: str, step: int | None, image: str) -> bytes | None:
    if what in _TABLES:
        return await run_in_threadpool(_TABLES[what], channel)
    if what in _WHOLE:
        return await _WHOLE[what](channel, step)
    if what == "maps.npz":
        _, activations, _ = await hub().looks.look(channel, step, image)
        return await run_in_threadpool(_npz, activations)
    if what == "layers.npz":
        return await run_in_threadpool(_npz, unpack(await hub().looks.measured_layers(channel, step))[1])
    if what not in ("filters.npz", "confusion.csv"):
        return None
    snapshot, _, _ = await hub().looks.look(channel, step, image)
    if what == "filters.npz":
        return await run_in_threadpool(_npz, snapshot.weights)  # seconds, where there are millions
    counts = channel.validation(snapshot)
    return _table(channel.run.class_names, counts[2]) if counts else None


async def _metrics(channel: Channel, _: int | None) -> bytes:
    text = io.StringIO()
    await run_in_threadpool(write_csv, channel.run, text)
    return text.getvalue().encode()


async def _weights(channel: Channel, step: int | None) -> bytes:
    wanted = step if step is not None else channel.last_saved() or 0
    return await run_in_threadpool(weights_bytes, channel.run, wanted)


async def _tensorboard(channel: Channel, _: int | None) -> bytes:
    return await _events(channel.run)


_WHOLE = {"metrics.csv": _metrics, "weights.safetensors": _weights, "tensorboard.zip": _tensorboard}


def _attribution(channel: Channel, step: int | None, image: str, query: "Mapping[str, str]") -> bytes:
    """A map that was worked out for a page, and what belongs to it as JSON."""
    settings = json.loads(query.get("settings") or "{}")
    wish = MapWish.from_message({"method": query["method"], "target": query.get("target"), "settings": settings})
    seen = step if step is not None else channel.last_saved() or 0
    asked = Asked(channel.run.path, channel.run.id, seen, image, wish.method, wish.target, wish.settings)
    message = hub().pictures.get(asked)
    if message is None:
        raise CnnvizError("This map is not at hand any more; open its page again.")
    header, arrays = unpack(message)
    return _npz({**arrays, "about": np.array(json.dumps(header))})


async def _unit(channel: Channel, step: int | None, image: str, query: "Mapping[str, str]") -> bytes:
    """An opened unit: everything that its map is made of, what it gives, and one cell of it where one is named.

    The arrays: "inputs" (n, H, W), "kernels" (n, kh, kw) where there are any, "bias", "results" (n, H', W') of each
    input, "output" and "after" (H', W'); "sources", "rows" and "columns" say which maps those are and where the windows
    stand; "window" and "products" (n, kh, kw) are the cell's.
    """
    saw, opened = await hub().looks.opened(channel, step, image, (query["node"], int(query["unit"])))
    return await run_in_threadpool(_unit_numbers, opened, query, {"run": channel.run.id, "step": saw, "image": image})


def _unit_numbers(opened: OpenedUnit, query: "Mapping[str, str]", seen: dict[str, Any]) -> bytes:
    unit = opened.unit
    about: dict[str, Any] = {**seen, "node": opened.node.name}
    about |= {"unit": opened.number, "inputs": opened.node.inputs, **unit.header()}
    arrays: Arrays = {**unit.arrays(), "inputs": opened.values, "results": opened.results(), "output": opened.output}
    arrays["bias"] = np.array(unit.bias, np.float32)
    if "weight" in arrays:
        arrays["kernels"] = arrays.pop("weight")
    if opened.after:
        about["after"], arrays["after"] = opened.after[0].name, opened.after[2]
    if query.get("row") and query.get("column"):
        about["cell"] = [int(query["row"]), int(query["column"])]
        cell = opened.cell(*about["cell"])
        arrays["window"], arrays["products"] = cell.patch, cell.products.astype(np.float32)
    return _npz({**arrays, "about": np.array(json.dumps(about))})


def _npz(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    named: dict[str, Any] = {name.replace("/", "."): values for name, values in arrays.items()}
    np.savez_compressed(buffer, **named)
    return buffer.getvalue()


def _curves(channel: Channel) -> bytes:
    log = channel.log()
    validated = dict(
        zip(log.validation_step.tolist(), zip(log.validation_loss, log.validation_accuracy, strict=True), strict=True)
    )
    rows: list[list[Any]] = [["step", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]]
    if 0 in validated:
        rows.append([0, "", "", *validated[0]])
    for step, loss, accuracy in zip(log.train_step.tolist(), log.train_loss, log.train_accuracy, strict=True):
        rows.append([step, loss, accuracy, *validated.get(step, ("", ""))])
    return _csv(rows)


def _norms(channel: Channel) -> bytes:
    log = channel.log()
    head = ["step", *(f"{name} {measure} norm" for measure in ("gradient", "weight") for name in log.layers)]
    norms = np.concatenate([log.gradient_norm, log.weight_norm], axis=1).tolist()
    return _csv([head, *([step, *row] for step, row in zip(log.norm_step.tolist(), norms, strict=True))])


def _rates(channel: Channel) -> bytes:
    history = channel.history()
    rows = zip(history.rate_steps.tolist(), history.rates.tolist(), strict=True)
    return _csv([["step", "learning rate"], *(list(row) for row in rows)])


_TABLES = {"curves.csv": _curves, "norms.csv": _norms, "rate.csv": _rates}


def _table(classes: tuple[str, ...], counts: "np.typing.NDArray[np.int32]") -> bytes:
    return _csv(
        [["label \\ predicted", *classes], *([name, *row] for name, row in zip(classes, counts.tolist(), strict=True))]
    )


def _csv(rows: list[list[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def _zipped(run: Run) -> Path:
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as file:
        path = Path(file.name)
    try:
        write_archive(run, path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


async def _events(run: Run) -> bytes:
    """TensorBoard events as one zip file, made beside the server."""
    with tempfile.TemporaryDirectory() as folder:
        await worked("", WriteEvents(run.path, Path(folder) / run.id))
        return await run_in_threadpool(_packed, Path(folder))


def _packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return buffer.getvalue()
