"""The network of a run, as it was."""

from typing import TYPE_CHECKING

from cnnviz.errors import RunError
from cnnviz.networks import NetworkSpec
from cnnviz.runs import Run, Snapshot

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
