"""Training a run here and now, in this process."""

from collections.abc import Callable

from cnnviz.errors import TrainingError
from cnnviz.runs import Run
from cnnviz.training.control import CallControl, Report


def train_here(run: Run, heard: Callable[[Report], None] | None = None) -> Run:
    """Train a run to its end; the same run.

    Args:
        run: A run that nobody trains.
        heard: Called with every report, about 30 a second.

    Raises:
        TrainingError: If it fails, as where the loss diverges.
    """
    import torch

    from cnnviz.training.session import Session

    last: list[Report] = []

    def keep(report: Report) -> None:
        last[:] = [report]
        if heard:
            heard(report)

    control, threads = CallControl(keep), torch.get_num_threads()
    torch.set_num_threads(1)  # two threads on two busy cores stall, and cost these small networks nothing
    try:
        session = Session(run, control)
        with torch.random.fork_rng(devices=[]), control.waiting_for_step():  # dropout draws from the caller's numbers
            session.train()
    finally:
        torch.set_num_threads(threads)
    if last[0].state == "failed":
        raise TrainingError(f"{last[0].reason} The run is {run.id}.")
    return run
