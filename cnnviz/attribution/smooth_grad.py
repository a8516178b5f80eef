"""SmoothGrad: the mean gradient of noisy copies of the image."""

from dataclasses import dataclass

from cnnviz.attribution.base import FORWARD_AND_BACKWARD, Method, Partial, Stream, Subject, as_values
from cnnviz.settings import setting


@dataclass(frozen=True)
class SmoothGrad(Method):
    """The mean of the gradients at the image with noise added, each time anew.

    The noise is drawn by the seed alone, image by image, whatever the batches; its size is a share of the image's
    range, as in the paper. Unlike in the paper the gradients keep their sign.
    """

    name = "smooth_grad"
    title = "SmoothGrad"
    about = "The gradient, averaged over noisy copies of the image, which leaves out what is chance."
    paper = "D. Smilkov, N. Thorat, B. Kim, F. Viégas, M. Wattenberg: SmoothGrad: removing noise by adding noise, 2017"
    formula = "mean over i of ∂z(x + noiseᵢ)/∂x"
    how_to_read = "As saliency, with less noise: what stays is the slope that holds around the image too."
    cannot_show = "What saliency cannot show. Too much noise explains other images than this one."

    samples: int = setting(20, "Samples", "How many noisy copies.", low=1, high=500, scale="log")
    stdev: float = setting(0.15, "Noise", "Its standard deviation, as a share of the image's range.", low=0, high=1)
    seed: int = setting(0, "Seed", "The same seed draws the same noise.", low=0, high=2**31 - 1)

    def code(self, channels: int, layer: str) -> list[str]:
        """A mean of Captum's `Saliency`."""
        del channels, layer
        return [
            "from captum.attr import Saliency",
            f"drawn = torch.Generator().manual_seed({self.seed})",
            f"noise = torch.stack([torch.randn(image.shape[1:], generator=drawn) for _ in range({self.samples})])",
            f"noisy = image + {self.stdev} * (image.max() - image.min()) * noise",
            f"target = torch.full(({self.samples},), target)",
            "values = Saliency(network).attribute(noisy, target, abs=False).mean(0)",
        ]

    def stream(self, subject: Subject) -> Stream:
        """The mean so far, some samples at a time."""
        import torch
        from captum.attr import Saliency as Captum

        method = Captum(subject.network)
        image = subject.image.detach()
        spread = self.stdev * float(image.max() - image.min())
        drawn = torch.Generator().manual_seed(self.seed)  # torch's own numbers belong to whoever trains meanwhile
        total, done = torch.zeros_like(image, dtype=torch.float64), 0
        while done < self.samples:
            count = subject.pace.size(self.samples - done, FORWARD_AND_BACKWARD)
            noise = torch.stack([torch.randn(image.shape[1:], generator=drawn) for _ in range(count)])
            noisy = (image + spread * noise.to(image)).requires_grad_()  # (count, C, H, W)
            with subject.pace.timed(count, FORWARD_AND_BACKWARD):
                total += method.attribute(noisy, subject.target, abs=False).double().sum(dim=0, keepdim=True)
            done += count
            yield Partial(as_values(total / done), done, self.samples)
