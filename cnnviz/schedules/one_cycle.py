"""A learning rate that goes up and down once."""

import math
from collections.abc import Mapping, Sequence

from cnnviz.schedules.base import Schedule

RISE, START, END = 0.3, 1 / 25, 1 / 25 * 1e-4


class OneCycle(Schedule):
    """Rises for 30 % of the steps from 1/25, then falls to almost nothing, both along half a cosine.

    Smith and Topin, "Super-Convergence" (2018), with the numbers of torch's OneCycleLR; the momentum stays as it is.
    """

    name = "one_cycle"
    title = "One cycle"
    about = "Up and down once (Smith and Topin, 2018): the learning rate is its highest value."

    def share(self, step: float, steps: int, settings: Mapping[str, float], losses: Sequence[float] = ()) -> float:
        """1 after 30 % of the steps."""
        del settings, losses
        top = RISE * steps - 1
        if step <= top:
            return _between(START, 1.0, step / top)
        return _between(1.0, END, min(1.0, (step - top) / max(steps - 1 - top, 1e-9)))


def _between(first: float, last: float, share: float) -> float:
    return last + (first - last) * (1 + math.cos(math.pi * share)) / 2
