"""Runs of untrained networks, to look into."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from cnnviz.inspection import record
from cnnviz.networks import NetworkSpec
from cnnviz.runs import Arrays, Run, Snapshot, create_run


def make_run(folder: Path, spec: NetworkSpec, classes: int) -> Run:
    record: dict[str, Any] = {
        "task": "classify",
        "dataset": "digits",
        "classes": [f"class {index}" for index in range(classes)],
        "network": spec.to_record(),
        "recipe": {},
        "planned_steps": 10,
        "steps_per_epoch": 5,
        "probe": "validation-0",
    }
    return create_run(folder, record)


def weights_of(network: torch.nn.Module) -> Arrays:
    return {name: values.numpy().copy() for name, values in network.state_dict().items()}


def image_for(spec: NetworkSpec, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(spec.input_shape, dtype=np.float32)


def snapshot_of(spec: NetworkSpec, step: int = 3, seed: int = 0) -> Snapshot:
    network = spec.build(seed)
    return Snapshot(step, weights_of(network), record(network, image_for(spec)), label=1)
