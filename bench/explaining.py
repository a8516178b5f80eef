"""Our explanations, worked out in steps that can be shown and ended, against Captum's in one call."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

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
    for name, (bare, settings) in _peers(module, image[None]).items():
        begun = time.perf_counter()
        prepared, _ = prepare_once(("bench", name), lambda: module, image)
        *_, last = explain_steps(prepared, image, name, 3, **settings)
        first = time.perf_counter() - begun
        same = np.abs(bare().detach().numpy()[0] - last.values).max() / np.abs(last.values).max()

        def ours(name: str = name, settings: dict[str, Any] = settings) -> None:
            kept, _ = prepare_once(("bench", name), lambda: module, image)
            for _ in explain_steps(kept, image, name, 3, **settings):
                pass

        ratio, mine, theirs = _alternate(ours, bare, 5 if quick else 40)
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


def _peers(module: "nn.Module", batch: "Tensor") -> "dict[str, tuple[Callable[[], Tensor], dict[str, Any]]]":
    """The same maps by Captum alone, and the settings that ours need for them."""
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

    image = batch.clone().requires_grad_()
    last = [name for name, _ in module.named_children() if name.startswith("pool")][-1]

    def cam() -> "Tensor":
        small = LayerGradCam(module, module.get_submodule(last)).attribute(image, 3)
        return LayerAttribution.interpolate(small, (SIDE, SIDE), "nearest")

    def smooth() -> "Tensor":
        drawn = torch.Generator().manual_seed(0)
        noise = torch.stack([torch.randn(batch.shape[1:], generator=drawn) for _ in range(20)])
        noisy = (batch + 0.15 * (batch.max() - batch.min()) * noise).requires_grad_()
        return Saliency(module).attribute(noisy, 3, abs=False).mean(0, keepdim=True)

    return {
        "saliency": (lambda: Saliency(module).attribute(image, 3, abs=False), {}),
        "input_x_gradient": (lambda: InputXGradient(module).attribute(image, 3), {}),
        "integrated_gradients": (
            lambda: IntegratedGradients(module).attribute(image, batch * 0, 3, n_steps=50, method="riemann_middle"),
            {},
        ),
        "grad_cam": (cam, {}),
        "guided_backprop": (lambda: GuidedBackprop(module).attribute(image, 3), {}),
        "occlusion": (
            lambda: Occlusion(module).attribute(batch, (1, 4, 4), (1, 2, 2), 0, 3),
            {"window": 4, "stride": 2},
        ),
        "smooth_grad": (smooth, {}),
    }
