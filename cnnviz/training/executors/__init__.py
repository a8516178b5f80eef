"""Where runs are trained; the first one that is wanted is taken."""

from cnnviz.training.executors.base import Executor
from cnnviz.training.executors.local import Local
from cnnviz.training.executors.ray import Ray

_MEMBERS: tuple[type[Executor], ...] = (Ray, Local)
EXECUTORS: dict[str, type[Executor]] = {member.name: member for member in _MEMBERS}


def wanted() -> type[Executor]:
    """The one that the surroundings ask for."""
    return next(member for member in EXECUTORS.values() if member.is_wanted())


__all__ = ["EXECUTORS", "Executor", "wanted"]
