"""Cutout: a square of the image covered."""

from typing import TYPE_CHECKING

from cnnviz.augmentation.base import Change

if TYPE_CHECKING:
    from torch import Generator, Tensor


class Cutout(Change):
    """A square of `strength` of the shorter side, its middle on any pixel, takes the mean colour of its image.

    T. DeVries and G. W. Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout" (2017), where
    the images are normalized and the square is 0, which is the mean of all images.
    """

    draws = 2

    def changed(self, images: "Tensor", strength: float, drawn: "Tensor", _generator: "Generator") -> "Tensor":
        """What of the square lies beyond the sides is lost, as in the paper."""
        import torch

        height, width = images.shape[2:]
        side = max(1, round(strength * min(height, width)))
        inside = []
        for pixels, place in ((height, drawn[:, 0]), (width, drawn[:, 1])):
            first = (place * pixels).floor() - side // 2  # (B,)
            along = torch.arange(pixels, device=images.device)
            inside.append((along >= first[:, None]) & (along < first[:, None] + side))  # (B, pixels)
        square = inside[0][:, None, :, None] & inside[1][:, None, None, :]  # (B, 1, H, W)
        return torch.where(square, images.mean(dim=(2, 3), keepdim=True), images)
