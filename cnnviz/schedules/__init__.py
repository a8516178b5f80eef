"""The schedules of the learning rate, in the order users see them, and the warm-up that any of them can have."""

from cnnviz.schedules.base import Schedule
from cnnviz.schedules.constant import Constant
from cnnviz.schedules.cosine import Cosine
from cnnviz.schedules.one_cycle import OneCycle
from cnnviz.schedules.plateau import Plateau
from cnnviz.schedules.step import Step

SCHEDULES: dict[str, Schedule] = {
    member.name: member for member in (Constant(), Step(), Cosine(), OneCycle(), Plateau())
}


def warmed_up(step: float, warm_up: int) -> float:
    """The part of what a schedule says that a step takes: 1/n, 2/n ... in the first n = `warm_up` steps, then all.

    Goyal et al., "Accurate, Large Minibatch SGD" (2017).
    """
    return min(1.0, (step + 1) / warm_up) if warm_up else 1.0


__all__ = ["SCHEDULES", "Schedule", "warmed_up"]
