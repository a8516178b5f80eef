"""What travels to the browser: a message is one safetensors buffer, its header in the metadata, packed once for all."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cnnviz.layers import Node
from cnnviz.networks import NetworkSpec
from cnnviz.runs import Arrays, Log, Run, Snapshot
from cnnviz.tasks import task_of
from cnnviz.training.history import History

UNKNOWN = -128  # the byte of what is not a number
MOST_WEIGHTS = 2**16  # of a fully connected layer that go with every picture
# What is remembered of a validation: its step, mean loss and counts (K, K), rows are labels.
Validation = tuple[int, float, NDArray[np.int32]]
Values = NDArray[np.float32]


def pack(kind: str, header: dict[str, Any], arrays: Arrays | None = None) -> bytes:
    """One message. A header value that is no number for JSON (not a number, infinite) becomes null."""
    text = json.dumps({"kind": kind, **_plain(header)}, allow_nan=False)
    return save({name: np.ascontiguousarray(values) for name, values in (arrays or {}).items()}, {"message": text})


def unpack(message: bytes) -> tuple[dict[str, Any], Arrays]:
    """The inverse of `pack`: the header with its kind, and the arrays."""
    from safetensors.numpy import load

    length = int.from_bytes(message[:8], "little")
    header = json.loads(message[8 : 8 + length])
    return json.loads(header["__metadata__"]["message"]), load(message)


def curves(log: Log, *, reset: bool, history: History | None = None) -> bytes:
    """Rows to append to the curves, or the whole log; with them what was changed, the learning rate and the epochs."""
    header: dict[str, Any] = {"reset": reset, "layers": log.layers}
    if history is None:
        return pack("curves", header, log.arrays())
    header["marks"] = [{"step": mark.step, "words": mark.words} for mark in history.marks]
    told = {"rate_step": history.rate_steps, "rate": history.rates, "epoch_ends": history.epoch_ends}
    return pack("curves", header, {**log.arrays(), **told})


@dataclass(frozen=True)
class Look:
    """One image through the network of one step.

    Attributes:
        snapshot: The step and its weights.
        activations: By layer name, (C, H, W) or (F,) float32; "input" is the image.
        image: The image's name.
        label: Its class, or None where that is unknown.
        validation: The last one known at this step.
        saved: Whether the step is a snapshot, or only passed by live.
    """

    snapshot: Snapshot
    activations: Arrays
    image: str
    label: int | None
    validation: Validation | None
    saved: bool = True


def picture(run: Run, look: Look) -> bytes:
    """Everything the page shows of one step: maps, filters, logits and probabilities, mistakes.

    Layers are all operations, those inside a residual block too, with the names of their inputs and where their windows
    stand; those have a map, and the "extremes" of its units, that make a picture, but for the last, whose numbers are
    the logits. "filters" are those of convolutions, "weights" those of fully connected layers.
    """
    nodes = NetworkSpec.from_record(run.record["network"]).nodes()
    last = nodes[-1]  # gives the logits, shown as probabilities
    arrays: Arrays = {"input": _grey(look.activations["input"])}
    layers: list[dict[str, Any]] = []
    filters: list[dict[str, Any]] = []
    weights: list[dict[str, Any]] = []
    for node in nodes:
        entry = _entry(node, look.snapshot.weights)
        if node is not last and node.layer.makes_picture and node.name in look.activations:
            arrays[f"map/{node.name}"], entry["scale"] = quantized(look.activations[node.name])
            arrays[f"extremes/{node.name}"] = extremes(look.activations[node.name])
        layers.append(entry)
        own = node.own(look.snapshot.weights)
        kernels, matrix = node.layer.filters(own), _matrix(nodes, node, own)
        for found, kept in ((kernels, filters), (matrix, weights)):
            if found is None:
                continue
            kept.append({"name": node.name, "shape": found.shape, "scale": 0.0})
            if found is kernels or found.size <= MOST_WEIGHTS:
                arrays[f"filter/{node.name}"], kept[-1]["scale"] = quantized(found)
    task = task_of(run.record)
    probabilities = task.probabilities(look.activations[last.name])
    arrays["probabilities"], arrays["logits"] = probabilities, look.activations[last.name]
    header: dict[str, Any] = {
        "run": run.id,
        "step": look.snapshot.step,
        "image": look.image,
        "saved": look.saved,
        "time": look.snapshot.time,
        "label": look.label,
        "prediction": int(probabilities.argmax()),
        "classes": run.class_names,
        "probability": {"is_softmax": task.criterion.is_softmax, "meaning": task.criterion.meaning},
        "layers": layers,
        "filters": filters,
        "weights": weights,
        "validation": None,
    }
    if look.validation:
        header["validation"], figures = _mistakes(look.validation)
        arrays |= figures
    return pack("picture", header, arrays)


def quantized(values: Values) -> tuple[NDArray[np.int8], float]:
    """Values as -127 to 127 of their largest finite magnitude, and that; what is not a number is `UNKNOWN`."""
    scale = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    shares = np.nan_to_num(values / (scale or 1.0), nan=0.0, posinf=1.0, neginf=-1.0)  # in this order nothing overflows
    return np.where(np.isnan(values), UNKNOWN, np.round(shares * 127)).astype(np.int8), scale


def extremes(values: Values) -> NDArray[np.float32]:
    """(C, 2) float32: the smallest and largest finite number of every map (C, H, W) or value (F,); 0 without one."""
    rows = values.reshape(len(values), -1)
    finite = np.isfinite(rows)
    least, most = np.where(finite, rows, np.inf).min(axis=1), np.where(finite, rows, -np.inf).max(axis=1)
    some = finite.any(axis=1, keepdims=True)
    return np.where(some, np.stack([least, most], axis=1), 0).astype(np.float32)


def precision_and_recall(confusion: NDArray[np.int32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """By class (K,): the share of its predictions that are right, and the share of its images that are found.

    Not a number where a class was never predicted, or has no images.
    """
    right = confusion.diagonal()
    with np.errstate(invalid="ignore"):
        precision, recall = right / confusion.sum(axis=0), right / confusion.sum(axis=1)
    return precision.astype(np.float32), recall.astype(np.float32)


def _matrix(nodes: Sequence[Node], node: Node, own: Arrays) -> Values | None:
    """The weights of a fully connected layer as kernels (out, C, H, W) over the maps that flatten put in a row.

    (out, in, 1, 1) where there are no maps; None for other layers.
    """
    weight = own.get("weight")
    if weight is None or weight.ndim != 2:
        return None
    named = {one.name: one for one in nodes}
    shape, source = node.input_shape, named.get(node.inputs[0])
    while source is not None and not source.layer.makes_picture and len(shape) == 1:
        shape, source = source.input_shape, named.get(source.inputs[0])
    return weight.reshape(len(weight), *(shape if len(shape) == 3 else (*shape, 1, 1)))


def _mistakes(validation: Validation) -> tuple[dict[str, Any], Arrays]:
    step, loss, confusion = validation
    precision, recall = precision_and_recall(confusion)
    count, right = int(confusion.sum()), int(confusion.trace())
    header = {"step": step, "loss": loss, "accuracy": right / max(1, count), "count": count, "errors": count - right}
    return header, {"confusion": confusion.astype(np.int32), "precision": precision, "recall": recall}


def _grey(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _entry(node: Node, weights: Arrays) -> dict[str, Any]:
    """What is said of an operation: what it is, what it is made from, and where its windows stand on that."""
    layer = node.layer
    entry: dict[str, Any] = {
        "name": node.name,
        "kind": layer.kind,
        "title": layer.title,
        "text": layer.summary,
        "shape": node.shape,
        "scale": 0.0,
        "inputs": node.inputs,
    }
    if len(node.shape) == 3:  # the windows of a flat layer see all that there is
        unit = node.unit(weights, 0)
        entry |= {"window": unit.window, "rows": unit.rows.tolist(), "columns": unit.columns.tolist()}
        entry |= {"dilation": unit.dilation, "beyond": unit.beyond}
    return entry


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
