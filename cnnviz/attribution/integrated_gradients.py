"""Integrated gradients: what each pixel adds on the way from a baseline to the image."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.attribution.base import FORWARD_AND_BACKWARD, Method, Partial, Stream, Subject, as_values
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """The difference between image and baseline, times the mean gradient on the straight line between them.

    The line is cut into stretches, each of which Captum does by the midpoint rule; they add up to its whole.
    """

    name = "integrated_gradients"
    title = "Integrated gradients"
    about = "What each pixel adds to the logit on the way from a blank image to this one."
    paper = "M. Sundararajan, A. Taly, Q. Yan: Axiomatic Attribution for Deep Networks, 2017"
    formula = "(x − b) · ∫₀¹ ∂z(b + α(x − b))/∂x dα"
    how_to_read = (
        "Positive pixels raise the logit above that of the baseline, negative ones lower it. All together they are the "
        "difference, but for the gap that is told."
    )
    cannot_show = (
        "It depends on the baseline: a pixel that is as the baseline never counts. The images on the way are none that "
        "the network has seen."
    )
    uses_baseline = True

    steps: int = setting(50, "Steps", "How many gradients are taken on the way.", low=1, high=1_000, scale="log")

    def code(self, channels: int, layer: str) -> list[str]:
        """Captum's `IntegratedGradients`."""
        del channels, layer
        return [
            "from captum.attr import IntegratedGradients",
            f'how = {{"n_steps": {self.steps}, "method": "riemann_middle"}}',
            "values = IntegratedGradients(network).attribute(image, torch.zeros_like(image), target, **how)[0]",
        ]

    def stream(self, subject: Subject) -> Stream:
        """Along the line, a stretch at a time; the map so far is what was added until there."""
        import torch
        from captum.attr import IntegratedGradients as Captum

        method = Captum(subject.network)
        image, baseline = subject.image.detach(), subject.baseline
        assert baseline is not None
        start, way = baseline, image - baseline
        total, done = torch.zeros_like(way), 0
        while done < self.steps:
            count = subject.pace.size(self.steps - done, FORWARD_AND_BACKWARD)
            done += count
            stop = image if done == self.steps else baseline + way * (done / self.steps)
            rule = (
                "riemann_middle" if count > 1 else "gausslegendre"
            )  # the same for one, which Captum refuses the first
            with subject.pace.timed(count, FORWARD_AND_BACKWARD):
                total = total + method.attribute(stop, start, subject.target, n_steps=count, method=rule)
            start = stop
            yield Partial(as_values(total), done, self.steps, _gap(subject, total) if done == self.steps else None)


def _gap(subject: Subject, total: "Tensor") -> float:
    """How much the map's sum is above the difference that it is to be."""
    import torch

    assert subject.baseline is not None
    with torch.no_grad():
        image, baseline = subject.network(torch.cat([subject.image, subject.baseline]))[:, subject.target]
    return float(total.sum() - (image - baseline))
