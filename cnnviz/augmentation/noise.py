"""Noise: every value a little off."""

from typing import TYPE_CHECKING

from cnnviz.augmentation.base import Change

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Noise(Change):
    """A normal random number of standard deviation `strength` added to every value of every channel."""

    draws = 0

    def changed(self, images: "Tensor", strength: float, _drawn: "Tensor", generator: "Generator") -> "Tensor":
        """With a number of its own for every value."""
        import torch

        noise = torch.randn(images.shape, generator=generator, dtype=torch.float32)
        return images + strength * noise.to(images.device, images.dtype)
