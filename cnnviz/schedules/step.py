"""A learning rate that falls in steps."""

from collections.abc import Mapping, Sequence

from cnnviz.schedules.base import Schedule


class Step(Schedule):
    """factor ** floor(step / step_every), as torch's StepLR."""

    name = "step"
    title = "Step"
    about = "Multiplied by a factor again and again, after equal numbers of steps."
    settings = ("step_every", "factor")

    def share(self, step: float, steps: int, settings: Mapping[str, float], losses: Sequence[float] = ()) -> float:
        """One more factor after every `step_every` steps."""
        del steps, losses
        return float(settings["factor"] ** (step // settings["step_every"]))
