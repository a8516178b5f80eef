"""A learning rate that falls along half a cosine."""

import math
from collections.abc import Mapping, Sequence

from cnnviz.schedules.base import Schedule


class Cosine(Schedule):
    """(1 + cos(pi * step / steps)) / 2, as torch's CosineAnnealingLR with T_max = steps."""

    name = "cosine"
    title = "Cosine"
    about = "Falls to nothing along half a cosine (Loshchilov and Hutter, SGDR, 2016, without restarts)."

    def share(self, step: float, steps: int, settings: Mapping[str, float], losses: Sequence[float] = ()) -> float:
        """From 1 at the first step to almost nothing at the last."""
        del settings, losses
        return (1 + math.cos(math.pi * step / steps)) / 2
