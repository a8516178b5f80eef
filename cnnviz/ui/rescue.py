"""The way out where a training has diverged: the last sound step, and a copy that goes on from it more slowly."""

from dataclasses import dataclass

import numpy as np

from cnnviz.recipe import Recipe
from cnnviz.training.measures import is_divergence
from cnnviz.ui.channel import Channel

_SLOWER = 10
_SLOWEST = 1e-6  # the least learning rate of a recipe


@dataclass(frozen=True)
class Rescue:
    """A saved step before a training diverged, and the learning rate to go on with."""

    step: int
    learning_rate: float


def rescue(channel: Channel) -> Rescue | None:
    """What may be offered for a run; None where it has not diverged, or no sound step is left."""
    run = channel.run
    if channel.state != "failed" or not is_divergence(run.status().reason or ""):
        return None
    log, saved = channel.log(), set(run.steps())
    sound = [int(step) for step in log.validation_step[np.isfinite(log.validation_loss)] if int(step) in saved]
    if not sound:
        return None
    rate = Recipe.from_record(run.record["recipe"]).learning_rate
    for event in run.events():
        if event.get("event") == "changed" and event["step"] <= sound[-1]:
            rate = event["settings"].get("learning_rate", rate)
    return Rescue(sound[-1], max(_SLOWEST, float(f"{rate / _SLOWER:.3g}")))
