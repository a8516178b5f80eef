"""What the editor of networks asks by HTTP: to judge a draft, to mend it, to keep, open and read networks."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.datasets import DATASETS, every_dataset
from cnnviz.errors import CnnvizError, NetworkError, counted
from cnnviz.networks import NetworkSpec, draft, network
from cnnviz.networks.draft import Drafted
from cnnviz.networks.limits import MOST_LAYERS, input_problem
from cnnviz.networks.mending import mends
from cnnviz.networks.saved import (
    LARGEST,
    LONGEST_LINK,
    forget_network,
    is_saved,
    load_record,
    read_record,
    record_link,
    save_record,
    saved_networks,
)
from cnnviz.ui.asked import Answer, Asked, answered
from cnnviz.ui.networks import networks_folder

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

Record = dict[str, Any]  # a network as `NetworkSpec.to_record` gives it, with "classes" and "data" that it is for
MOST_CLASSES = 1000
_USUAL_CLASSES = 10
_THREADS = ThreadPoolExecutor(2, "build")  # who computes in Python keeps all others from it: thirty would for long


async def build(request: "Request") -> "Response":
    """Answer one question of the editor, which `what` in the path names."""
    return await answered(request, _ANSWERS, _FILES, _THREADS)


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
    found["data"] = data if isinstance(data, str) and data in every_dataset() else _fitting(found)
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


# Answers


def _judge(asked: Asked) -> Any:
    return judged(asked.words)


def _mend(asked: Asked) -> Any:
    record, number = asked.settings("record"), asked.number("number")
    _check_count(record)
    classes = record.get("classes")
    return [asdict(one) for one in mends(record, number, None if _classes_problem(classes) else classes)]


def _preset(asked: Asked) -> Any:
    shape, classes = asked.words.get("input_shape"), asked.words.get("classes")
    if problem := input_problem(shape) or _classes_problem(classes):
        raise NetworkError(problem)
    spec = network(asked.text("name")).spec(tuple(shape), classes or _USUAL_CLASSES)  # type: ignore[arg-type]
    return {**asked.words, **spec.to_record()}


def _saved(asked: Asked) -> Any:
    kept = saved_networks(_folder(asked))
    return [
        {"name": one.name, "problem": one.problem, "about": _about(one.spec), "opens": one.record is not None}
        for one in kept
    ]


def _about(spec: NetworkSpec | None) -> str:
    if not spec:
        return ""
    images = "x".join(map(str, spec.input_shape))
    parameters = counted(spec.account().parameters.value, "parameter")
    return f"images {images}, {counted(len(spec.layers), 'layer')}, {parameters}"


def _save(asked: Asked) -> Any:
    """Keep one under its name, finished or not; what is wrong with it is said."""
    record, folder = asked.settings("record"), _folder(asked)
    name = str(record.get("name"))
    if is_saved(folder, name) and not asked.words.get("replace"):
        return {"taken": True}
    try:
        kept, problem = NetworkSpec.from_record(record).to_record(), None
    except CnnvizError as error:
        kept, problem = checked(record), str(error)
    save_record(folder, kept)
    return {"name": name, "problem": problem}


def _open(asked: Asked) -> Any:
    return checked(load_record(_folder(asked), asked.text("name")))


def _forget(asked: Asked) -> Any:
    """Remove one; its record, where it has one, so that it can be brought back."""
    name, kept = asked.text("name"), None
    with suppress(CnnvizError):  # damaged, or not there, which is said below
        kept = load_record(_folder(asked), name)
    forget_network(_folder(asked), name)
    return {"record": kept}


def _read(asked: Asked) -> Any:
    return checked(read_record(asked.file))


def _folder(asked: Asked) -> Path:
    return networks_folder(asked.owner)


_FILES = {"read": LARGEST}
_ANSWERS: dict[str, Answer] = {
    "judge": _judge,
    "mends": _mend,
    "preset": _preset,
    "saved": _saved,
    "save": _save,
    "open": _open,
    "forget": _forget,
    "read": _read,
}
