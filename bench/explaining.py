"""Our explanations, worked out in steps that can be shown and ended, against Captum's in one call."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure

if TYPE_CHECKING:
    from torch import Tensor, nn

LIMIT = 1.10
SIDE = 28


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """The ratio of our time to bare Captum's for the same map, method by method; the first call apart."""
    import torch

    from cnnviz.attribution import explain_steps
    from cnnviz.inspection import prepare_once
    from cnnviz.networks import network

    del folder
    torch.set_num_threads(1)
    module = network("tinyvgg").spec((1, SIDE, SIDE), 10).build(0).eval()
    image = torch.rand(1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    figures = []
    for name, (attribute, settings) in _peers(module).items():

        def bare(attribute: "Callable[[Tensor], Tensor]" = attribute) -> NDArray[np.float32]:
            return attribute(image[None].clone().requires_grad_()).detach().numpy()[0]

        begun = time.perf_counter()
        prepared = prepare_once(("bench", name), lambda: module, image)
        *_, last = explain_steps(prepared, image, name, 3, **settings)
        first = time.perf_counter() - begun
        same = np.abs(bare() - last.values).max() / np.abs(last.values).max()

        def ours(name: str = name, settings: dict[str, Any] = settings) -> None:
            kept = prepare_once(("bench", name), lambda: module, image)
            for _ in explain_steps(kept, image, name, 3, **settings):
                pass

        ratio, mine, theirs = _alternate(ours, bare, 5 if quick else 200)
        figures.append(
            Figure(
                f"{name}, ratio to Captum in one call",
                f"{ratio:.2f}x",
                f"{LIMIT}x",
                f"{1000 * mine:.2f} ms against {1000 * theirs:.2f} ms; first call {1000 * first:.0f} ms; "
                f"largest difference {same:.0e}",
                ratio <= LIMIT,
            )
        )
    return figures


def _alternate(ours: Callable[[], object], theirs: Callable[[], object], turns: int) -> tuple[float, float, float]:
    """The median of the ratios, and both medians in seconds."""
    taken: dict[str, list[float]] = {"ours": [], "theirs": []}
    for turn in range(turns):
        for name, work in (("ours", ours), ("theirs", theirs))[:: 1 if turn % 2 else -1]:
            begun = time.perf_counter()
            work()
            taken[name].append(time.perf_counter() - begun)
    ratios = [mine / other for mine, other in zip(taken["ours"], taken["theirs"], strict=True)]
    return median(ratios), median(taken["ours"]), median(taken["theirs"])


def _peers(module: "nn.Module") -> "dict[str, tuple[Callable[[Tensor], Tensor], dict[str, Any]]]":
    """The same maps of an image (1, 1, 28, 28) by Captum alone, and the settings that ours need for them."""
    import torch
    from captum.attr import (
        GuidedBackprop,
        InputXGradient,
        IntegratedGradients,
        LayerAttribution,
        LayerGradCam,
        Occlusion,
        Saliency,
    )

    last = [name for name, _ in module.named_children() if name.startswith("pool")][-1]

    def cam(image: "Tensor") -> "Tensor":
        small = LayerGradCam(module, module.get_submodule(last)).attribute(image, 3)
        return LayerAttribution.interpolate(small, (SIDE, SIDE), "nearest")

    def smooth(image: "Tensor") -> "Tensor":
        batch, drawn = image.detach(), torch.Generator().manual_seed(0)
        noise = torch.stack([torch.randn(batch.shape[1:], generator=drawn) for _ in range(20)])
        noisy = (batch + 0.15 * (batch.max() - batch.min()) * noise).requires_grad_()
        return Saliency(module).attribute(noisy, 3, abs=False).mean(0, keepdim=True)

    return {
        "saliency": (lambda image: Saliency(module).attribute(image, 3, abs=False), {}),
        "input_x_gradient": (lambda image: InputXGradient(module).attribute(image, 3), {}),
        "integrated_gradients": (
            lambda image: IntegratedGradients(module).attribute(
                image, image.detach() * 0, 3, n_steps=50, method="riemann_middle"
            ),
            {},
        ),
        "grad_cam": (cam, {}),
        "guided_backprop": (lambda image: GuidedBackprop(module).attribute(image, 3), {}),
        "occlusion": (
            lambda image: Occlusion(module).attribute(image.detach(), (1, 4, 4), (1, 2, 2), 0, 3),
            {"window": 4, "stride": 2},
        ),
        "smooth_grad": (smooth, {}),
    }
