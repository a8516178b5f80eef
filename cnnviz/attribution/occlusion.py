"""Occlusion: what the answer loses when a part of the image is covered."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from cnnviz.attribution.base import Method, Partial, Stream, Subject, as_values
from cnnviz.errors import SettingError
from cnnviz.settings import setting

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Occlusion(Method):
    """The fall of the logit when a window of the image, in all channels, is the baseline's; windows in rows.

    A pixel's value is the mean over the windows that cover it. These are the numbers of Captum's Occlusion, which can
    only be asked for all windows at once: so the loop is ours.
    """

    name = "occlusion"
    title = "Occlusion"
    about = "How much the logit falls when a window of the image is covered."
    paper = "M. D. Zeiler, R. Fergus: Visualizing and Understanding Convolutional Networks, 2013"
    formula = "mean over the windows w on a pixel of z(x) − z(x with w covered)"
    how_to_read = (
        "Where the map is positive, the network needs what is there; where it is negative, that is in its way."
    )
    cannot_show = (
        "It is no finer than its window. What is there twice is not missed when one of them is covered, and a covered "
        "image may look like something else."
    )
    uses_baseline = True

    window: int = setting(0, "Window", "Its side in pixels; 0 takes a seventh of the image.", low=0, high=1_024)
    stride: int = setting(0, "Stride", "How far it moves each time; 0 takes half a window.", low=0, high=1_024)

    def fitted(self, shape: tuple[int, int, int]) -> Self:
        """With a window of a seventh of the image, at least 2, and a stride of half of it, where these are 0."""
        small = min(shape[1:])
        if self.window > small:
            raise SettingError("window", f"Window: {self.window} is larger than the image; use {small} or less.")
        window = self.window or min(small, max(2, round(small / 7)))
        if self.stride > window:
            raise SettingError("stride", f"Stride: {self.stride} leaves gaps between windows; use {window} or less.")
        return replace(self, window=window, stride=self.stride or max(1, window // 2))

    def code(self, channels: int, layer: str) -> list[str]:
        """Captum's `Occlusion`."""
        del layer
        window, stride = (channels, self.window, self.window), (channels, self.stride, self.stride)
        return [
            "from captum.attr import Occlusion",
            f"values = Occlusion(network).attribute(image, {window}, {stride}, 0, target)[0]",
        ]

    def stream(self, subject: Subject) -> Stream:
        """Row by row of windows, some of them at a time; what no window has covered yet is 0."""
        import torch

        image, baseline = subject.image.detach(), subject.baseline
        assert baseline is not None
        places = self._places(image.shape[2], image.shape[3])
        fall, times, done = torch.zeros_like(image), torch.zeros_like(image), 0
        with torch.no_grad():
            before = subject.network(image)[0, subject.target]
        while done < len(places):
            count = subject.pace.size(len(places) - done)
            with subject.pace.timed(count), torch.no_grad():
                masks = self._masks(places[done : done + count], image)  # (count, 1, H, W)
                after = subject.network(torch.where(masks > 0, baseline, image))[:, subject.target]
                fall += torch.tensordot(before - after, masks, dims=1)
                times += masks.sum(dim=0)
            done += count
            yield Partial(as_values(fall / times.clamp(min=1)), done, len(places))

    def _places(self, height: int, width: int) -> list[tuple[int, int]]:
        """Top and left of every window; the last of a row or column may reach over the edge."""

        def along(length: int) -> range:
            return range(0, length - self.window + self.stride, self.stride)

        return [(top, left) for top in along(height) for left in along(width)]

    def _masks(self, places: list[tuple[int, int]], image: "Tensor") -> "Tensor":
        """1 where a window is, for each (N, 1, H, W)."""
        masks = image.new_zeros(len(places), 1, *image.shape[2:])
        for mask, (top, left) in zip(masks, places, strict=True):
            mask[0, top : top + self.window, left : left + self.window] = 1
        return masks
