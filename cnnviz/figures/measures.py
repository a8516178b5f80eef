"""What is measured of a saved step as messages: how its layers' numbers are spread, and its worst mistakes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.figures.frames import pack
from cnnviz.inspection.statistics import Statistics
from cnnviz.networks import NetworkSpec
from cnnviz.runs import Arrays, Histogram, Mistake, Run, Snapshot


def layers_message(run: Run, snapshot: Snapshot, statistics: Mapping[str, Statistics]) -> bytes:
    """How weights and gradients are spread, layer by layer, and what the layers give.

    "weights" and "gradients" of the header are of the layers that have them: name, count of values, scale and what is
    not finite; the counts in bins are arrays, as `weights/conv1`. Gradients are those of the step's own batch.
    """
    nodes = NetworkSpec.from_record(run.record["network"]).nodes()
    own = {node.name: node.own(snapshot.weights).get("weight") for node in nodes}
    weights = {name: Histogram.of(values) for name, values in own.items() if values is not None}
    gradients = {node.name: snapshot.gradients[node.name] for node in nodes if node.name in snapshot.gradients}
    shown = [node for node in nodes if node.layer.makes_picture or node is nodes[-1]]
    header: dict[str, Any] = {
        "run": run.id,
        "step": snapshot.step,
        "weights": [_spread(name, found) for name, found in weights.items()],
        "gradients": [_spread(name, found) for name, found in gradients.items()],
        "statistics": [{"name": node.name, **vars(statistics[node.name])} for node in shown if node.name in statistics],
    }
    arrays: Arrays = {f"weights/{name}": found.counts for name, found in weights.items()}
    arrays |= {f"gradients/{name}": found.counts for name, found in gradients.items()}
    return pack("layers", header, arrays)


def worst_message(run: Run, step: int, worst: tuple[Mistake, ...], pixels: NDArray[np.uint8]) -> bytes:
    """The worst mistakes of a step with their pixels (n, C, h, w), as images to choose from."""
    arrays: Arrays = {
        "pixels": pixels,
        "index": np.array([one.index for one in worst], np.int32),
        "label": np.array([one.label for one in worst], np.int32),
        "prediction": np.array([one.prediction for one in worst], np.int32),
        "probability": np.array([one.probability for one in worst], np.float32),
    }
    header = {"run": run.id, "step": step, "part": "validation", "total": len(worst), "classes": run.class_names}
    return pack("worst", header, arrays)


def _spread(name: str, found: Histogram) -> dict[str, Any]:
    return {"name": name, "count": int(found.counts.sum()) + found.odd, "scale": found.scale, "odd": found.odd}
