"""Always the same learning rate."""

from collections.abc import Mapping, Sequence

from cnnviz.schedules.base import Schedule


class Constant(Schedule):
    """The learning rate itself at every step."""

    name = "constant"
    title = "Constant"
    about = "Always the same."

    def share(self, step: float, steps: int, settings: Mapping[str, float], losses: Sequence[float] = ()) -> float:
        """1."""
        del step, steps, settings, losses
        return 1.0
