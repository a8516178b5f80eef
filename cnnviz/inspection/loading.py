"""The network of a run, as it was."""

from typing import TYPE_CHECKING

from cnnviz.datasets import Preparation
from cnnviz.errors import RunError, choose_from
from cnnviz.networks import NetworkSpec
from cnnviz.plan import Plan
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, Snapshot
from cnnviz.runs.comparing import shapes_of
from cnnviz.tasks import TASKS

if TYPE_CHECKING:
    from torch import nn


def load_network(run: Run, snapshot: Snapshot) -> "nn.Sequential":
    """The network of a run as it was at a snapshot, in eval mode.

    Raises:
        RunError: If the weights do not fit the network that `run.json` describes.
    """
    import torch

    network = NetworkSpec.from_record(run.record["network"]).build(seed=0)
    try:
        network.load_state_dict({name: torch.tensor(values) for name, values in snapshot.weights.items()})
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise RunError(f"The weights of step {snapshot.step} do not fit the network of {run.id}: {reason}") from None
    return network.eval()


def check_fit(run: Run) -> None:
    """Refuse a run whose record cannot be trained, or whose weights do not fit the network it describes.

    The network is built without memory for its weights, so whatever a record says costs nothing.

    Raises:
        CnnvizError: What does not fit, and at which step.
    """
    import torch

    if run.record["task"] not in TASKS:
        raise RunError(choose_from(str(run.record["task"]), "Task", list(TASKS)))
    images = run.record["steps_per_epoch"] * Recipe.from_record(run.record["recipe"]).batch_size
    Plan.of(run.record, run.events(), images).at(0)  # which looks at all that was changed on the way
    Preparation.from_record(run.record.get("preparation") or {})
    with torch.device("meta"):
        network = NetworkSpec.from_record(run.record["network"]).build(seed=0)
    expected = {name: tuple(values.shape) for name, values in network.state_dict().items()}
    for step in run.steps():
        found = shapes_of(run, step)
        for name in [*expected, *found]:
            if expected.get(name) != found.get(name):
                raise RunError(
                    f"The weights of step {step} do not fit the network of {run.id}: {name} is "
                    f"{_text(found.get(name))}, and would have to be {_text(expected.get(name))}."
                )


def _text(shape: tuple[int, ...] | None) -> str:
    return "missing" if shape is None else "x".join(map(str, shape)) or "one number"
