"""What stands around a network so that methods can ask it: rows of scores, and one image at a time where it must be.

Imports torch, so it is imported where it is used.
"""

from inspect import Parameter, Signature

import torch
from torch import fx, nn


class Scores(nn.Module):
    """What can be explained of a network's answer: the logits (N, K), of one z two, -z and z."""

    # Captum asks for it with every pass; to find it out takes a twentieth of a small network's gradient.
    __signature__ = Signature([Parameter("batch", Parameter.POSITIONAL_OR_KEYWORD)])

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self._answer = network.forward if isinstance(network, fx.GraphModule) else network  # whose call is slow

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """The row of values of every image."""
        given = self._answer(batch)
        rows: torch.Tensor = given[0] if isinstance(given, tuple | list) else given
        if rows.ndim != 2:
            rows = rows.reshape(len(batch), -1)
        return torch.cat([-rows, rows], dim=1) if rows.shape[1] == 1 else rows


class OneByOne(nn.Module):
    """A network that cannot take a batch: each image goes through alone. Gives rows (N, outputs).

    Args:
        network: The network.
        draws: Whether it draws random numbers: it draws the same for every image, and the caller's stay.
    """

    def __init__(self, network: nn.Module, *, draws: bool) -> None:
        super().__init__()
        self.network = network
        self._draws = draws

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """The row of values of every image."""
        return torch.cat([self._row(image) for image in torch.split(batch.clone(), 1)])

    def _row(self, image: torch.Tensor) -> torch.Tensor:
        devices = [image.device] if image.is_cuda else []
        with torch.random.fork_rng(devices, enabled=self._draws):
            if self._draws:
                torch.manual_seed(0)
            given = self.network(image)
        first: torch.Tensor = given[0] if isinstance(given, tuple | list) else given
        return first.reshape(1, -1)
