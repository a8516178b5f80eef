"""What the editor of networks asks by HTTP: to judge a draft, to mend it, to keep, open and read networks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from cnnviz.datasets import DATASETS, every_dataset
from cnnviz.errors import CnnvizError, NetworkError
from cnnviz.networks import NetworkSpec, draft, network
from cnnviz.networks.draft import Drafted
from cnnviz.networks.limits import MOST_LAYERS, input_problem
from cnnviz.networks.mending import mends
from cnnviz.networks.saved import (
    LARGEST,
    LONGEST_LINK,
    forget_network,
    load_saved,
    read_record,
    record_link,
    save_network,
    saved_networks,
)
from cnnviz.ui.handed import body_of
from cnnviz.ui.networks import networks_folder
from cnnviz.ui.owner import COOKIE, hashed, refusal

if TYPE_CHECKING:
    from starlette.requests import Request

Record = dict[str, Any]  # a network as `NetworkSpec.to_record` gives it, with "classes" and "data" that it is for
MOST_CLASSES = 1000
_USUAL_CLASSES = 10


async def build(request: "Request") -> Response:
    """Answer one question of the editor, which `what` in the path names."""
    refused = refusal(request)
    if refused:
        return refused
    answer = _ANSWERS.get(request.path_params["what"])
    if answer is None:
        return PlainTextResponse("The editor asks no such thing.", status_code=404)
    folder = networks_folder(hashed(request.cookies.get(COOKIE)))
    content = await body_of(request, 2 * LARGEST)
    try:
        return _said(await run_in_threadpool(answer, content, folder))
    except CnnvizError as error:
        return _said({"problem": str(error)}, 422)
    except (ValueError, RecursionError):
        return _said({"problem": "This holds a number or a text that no network has; give another."}, 422)


def judged(record: Mapping[str, Any]) -> dict[str, Any]:
    """What every layer gives, costs and sees, or what is wrong with it; the totals, and the link that opens the same.

    Raises:
        NetworkError: If it has more layers than any network may.
    """
    _check_count(record)
    classes = record.get("classes")
    problem = _classes_problem(classes)
    found = draft(record, None if problem else classes)
    link = record_link(dict(record))
    return {
        "problem": found.problem or problem,
        "layers": [_layer(one) for one in found.layers],
        "account": asdict(found.account) if found.account and not problem else None,
        "link": link if len(link) <= LONGEST_LINK else None,
    }


def checked(record: Mapping[str, Any]) -> Record:
    """A record from outside, fit for the editor, which marks what is wrong with layers; what is missing is added.

    Raises:
        NetworkError: If it describes no network.
    """
    layers = record.get("layers")
    if not isinstance(layers, list) or not isinstance(record.get("name"), str) or not all(map(_is_entry, layers)):
        raise NetworkError("This file holds no network; give one as saved here.")
    if problem := input_problem(record.get("input_shape")):
        raise NetworkError(problem)
    _check_count(record)
    found: Record = {name: record[name] for name in ("name", "input_shape", "layers")}
    data, classes = record.get("data"), record.get("classes")
    found["classes"] = _outputs(found) if classes is None or _classes_problem(classes) else classes
    found["data"] = data if data in every_dataset() else _fitting(found)
    return found


def _layer(one: Drafted) -> dict[str, Any]:
    account = asdict(one.account) if one.account else None
    return {"account": account, "problem": one.problem, "field": one.field}


def _check_count(record: Mapping[str, Any]) -> None:
    layers = record.get("layers")
    if isinstance(layers, list) and len(layers) > MOST_LAYERS:
        raise NetworkError(f"The network has {len(layers):,} layers; give it {MOST_LAYERS} at the most.")


def _classes_problem(classes: Any) -> str | None:
    if classes is None or (isinstance(classes, int) and not isinstance(classes, bool) and 2 <= classes <= MOST_CLASSES):
        return None
    return f"Classes: {classes!r} is not possible; use a whole number from 2 to {MOST_CLASSES}."


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("kind"), str) and isinstance(entry.get("name"), str)


def _outputs(record: Record) -> int:
    """For how many classes a network was made."""
    try:
        return max(2, NetworkSpec.from_record(record).outputs)
    except CnnvizError:
        return _USUAL_CLASSES


def _fitting(record: Record) -> str | None:
    """The first data set of those that all have whose images and classes a network is for."""
    for name, source in DATASETS.items():
        if [*source.shape] == [*record["input_shape"]] and len(source.classes) == record["classes"]:
            return name
    return None


def _said(value: Any, status: int = 200) -> Response:
    text = json.dumps(value, allow_nan=False)
    return Response(text, status, {"Cache-Control": "no-store"}, media_type="application/json")


# Answers: to what was sent, for the networks in a folder


def _judge(content: bytes, _: Path) -> Any:
    return judged(read_record(content))


def _mend(content: bytes, _: Path) -> Any:
    asked = read_record(content)
    record, number = asked.get("record"), asked.get("number")
    if not isinstance(record, dict) or not isinstance(number, int):
        return []
    _check_count(record)
    classes = record.get("classes")
    return [asdict(one) for one in mends(record, number, None if _classes_problem(classes) else classes)]


def _preset(content: bytes, _: Path) -> Any:
    asked = read_record(content)
    shape, classes = asked.get("input_shape"), asked.get("classes")
    if problem := input_problem(shape) or _classes_problem(classes):
        raise NetworkError(problem)
    spec = network(str(asked.get("name"))).spec(tuple(shape), classes or _USUAL_CLASSES)  # type: ignore[arg-type]
    return {**asked, **spec.to_record()}


def _saved(_: bytes, folder: Path) -> Any:
    return [{"name": one.name, "problem": one.problem, "about": _about(one.spec)} for one in saved_networks(folder)]


def _about(spec: NetworkSpec | None) -> str:
    if not spec:
        return ""
    images = "x".join(map(str, spec.input_shape))
    return f"images {images}, {len(spec.layers)} layers, {spec.account().parameters.value:,} parameters"


def _save(content: bytes, folder: Path) -> Any:
    asked = read_record(content)
    spec = NetworkSpec.from_record(asked.get("record") or {})
    is_there = any(path.stem == spec.name for path in folder.glob("*.json"))
    if is_there and not asked.get("replace"):
        return {"taken": True}
    save_network(folder, spec)
    return {"name": spec.name}


def _open(content: bytes, folder: Path) -> Any:
    return checked(load_saved(folder, str(read_record(content).get("name"))).to_record())


def _forget(content: bytes, folder: Path) -> Any:
    """Remove one; its record, where it has one, so that it can be brought back."""
    name = str(read_record(content).get("name"))
    kept = next((one.spec for one in saved_networks(folder) if one.name == name), None)
    forget_network(folder, name)
    return {"record": kept.to_record() if kept else None}


def _read(content: bytes, _: Path) -> Any:
    return checked(read_record(content))


_ANSWERS: dict[str, Callable[[bytes, Path], Any]] = {
    "judge": _judge,
    "mends": _mend,
    "preset": _preset,
    "saved": _saved,
    "save": _save,
    "open": _open,
    "forget": _forget,
    "read": _read,
}
