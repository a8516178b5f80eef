"""A learning rate that falls when the validation loss does not."""

from collections.abc import Mapping, Sequence

from cnnviz.schedules.base import Schedule

THRESHOLD = 1e-4  # a loss is better when it is smaller by more than this part of the best one


class Plateau(Schedule):
    """factor ** (plateaus so far), from the validation losses at the ends of the epochs.

    An epoch is better when its loss is below the best so far by more than one part in ten thousand; after `patience`
    epochs in a row that are not, the rate falls and the count begins anew. torch's ReduceLROnPlateau with its
    defaults, but for the count: its patience is one less, for it names the epochs that are let pass.
    """

    name = "plateau"
    title = "On plateau"
    about = "Multiplied by a factor when the validation loss has not fallen for some epochs."
    settings = ("factor", "patience")
    watches_validation = True

    def share(self, step: float, steps: int, settings: Mapping[str, float], losses: Sequence[float] = ()) -> float:
        """One factor for each plateau so far."""
        del step, steps
        best, waited, plateaus = float("inf"), 0, 0
        for loss in losses:
            if loss < best * (1 - THRESHOLD):
                best, waited = loss, 0
            else:
                waited += 1
            if waited == settings["patience"]:
                plateaus, waited = plateaus + 1, 0
        return float(settings["factor"] ** plateaus)
