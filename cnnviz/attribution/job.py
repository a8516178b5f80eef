"""An explanation as a job: one image, one step of a run, one method, in steps that can be shown and ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz.attribution import explain_steps
from cnnviz.errors import RunError
from cnnviz.inspection import load_network, prepare_once
from cnnviz.jobs import Progress
from cnnviz.runs import Run
from cnnviz.training.questions import LookAt

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, eq=False)
class Explain:
    """Why the network of a look says what it says.

    Attributes:
        look: The run, a saved step and the image.
        method: The method's name.
        target: The class, or None for the prediction.
        settings: The method's settings by name, those that differ from its own.
    """

    look: LookAt
    method: str
    target: int | None = None
    settings: tuple[tuple[str, Any], ...] = ()

    def steps(self) -> Iterator[Progress]:
        """The map so far, and in the end the map, each an `Attribution`.

        Raises:
            CnnvizError: If the step, the image or the method is not there, or the method does not work here.
        """
        run, step = Run(self.look.run), self.look.step
        if step is None:
            raise RunError("Only a saved step can be explained; choose one on the time line.")

        def network() -> "nn.Module":
            return load_network(run, run.snapshot(step))

        image, _ = self.look.values(run)
        prepared = prepare_once((str(run.path), step), network, image)
        for found in explain_steps(prepared, image, self.method, self.target, **dict(self.settings)):
            yield Progress(found.share, found)


@dataclass(frozen=True)
class GetReady:
    """What the first explanation of a process would wait for: imports, and the first run of everything."""

    def steps(self) -> Iterator[Progress]:
        """One step, on a network and an image that nobody sees."""
        import torch
        from torch import nn

        network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 2))
        for _ in explain_steps(network, torch.zeros(1, 8, 8), "integrated_gradients", steps=2):
            pass
        yield Progress(1.0)
