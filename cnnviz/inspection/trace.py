"""One image through all layers."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import RunError
from cnnviz.networks import NetworkSpec
from cnnviz.runs import Run, Snapshot

if TYPE_CHECKING:
    from torch import nn


def trace(network: "nn.Sequential", image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """What every layer gives for one image (C, H, W): "input", then (C, H, W) or (F,) float32 by the layer's name.

    The last entry holds the logits. The network is looked at in eval mode and left in the mode it was in.
    """
    import torch

    modes = [(module, module.training) for module in network.modules()]  # a part may differ from the whole
    network.eval()
    try:
        with torch.no_grad():
            values = torch.tensor(image)[None]  # (1, C, H, W)
            seen = {"input": np.array(image, dtype=np.float32)}
            for name, module in network.named_children():
                values = module(values)
                seen[name] = np.array(values[0].numpy(), dtype=np.float32, order="C")
    finally:
        for module, was_training in modes:
            module.training = was_training
    return seen


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


def trace_snapshot(run: Run, snapshot: Snapshot, image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """`trace` on the network of a snapshot.

    Raises:
        RunError: As `load_network`.
    """
    return trace(load_network(run, snapshot), image)
