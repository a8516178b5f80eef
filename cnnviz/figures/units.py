"""One opened unit as a message: the numbers from which the browser makes every cell of it."""

import json
import math
from typing import Any

import numpy as np

from cnnviz.figures.frames import pack
from cnnviz.inspection.units import OpenedUnit
from cnnviz.runs import Arrays, Run


def unit_message(run: Run, step: int, image: str, opened: OpenedUnit, code: str = "") -> bytes:
    """Everything that a cell in numbers needs: the inputs as they are, the weights, what PyTorch gave, its code."""
    node = opened.node
    header: dict[str, Any] = {
        "run": run.id,
        "step": step,
        "image": image,
        "node": node.name,
        "unit": opened.number,
        "operation": node.layer.kind,
        "shape": node.shape,
        "inputs": node.inputs,
        "input_shape": node.input_shape,
        "scales": opened.scales,
        "after": None,
        "code": code,
        **opened.unit.header(),
    }
    if not math.isfinite(opened.unit.bias):
        header["bias"] = json.dumps(opened.unit.bias)  # as text: JSON has no such number
    arrays: Arrays = {**opened.unit.arrays(), "values": opened.values, "output": opened.output}
    if opened.after:
        after, unit, values = opened.after
        header["after"] = {"node": after.name, "kind": after.layer.kind, **unit.header()}
        arrays["after"] = values
    return pack("unit", header, {name: np.ascontiguousarray(values) for name, values in arrays.items()})
