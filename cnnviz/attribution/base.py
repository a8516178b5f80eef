"""What a method must provide that explains an answer: its words, its settings, and its map as a stream."""

from abc import abstractmethod
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.pace import Pace
from cnnviz.settings import Settings

if TYPE_CHECKING:
    from torch import Tensor, nn

FORWARD_AND_BACKWARD = 3.0  # what a gradient costs, in forward passes


@dataclass(frozen=True, eq=False)
class Subject:
    """What is explained.

    Attributes:
        network: (N, C, H, W) to the values (N, classes) that can be explained: logits, or -z and z for one output.
        image: (1, C, H, W), which wants its gradient.
        target: The class.
        baseline: (1, C, H, W), what stands for nothing; None for a method that compares with nothing.
        layer: The part of the network that a CAM is made from; None for the others.
        pace: How much to work out at once.
    """

    network: "nn.Module"
    image: "Tensor"
    target: int
    baseline: "Tensor | None"
    layer: "nn.Module | None"
    pace: Pace


@dataclass(frozen=True, eq=False)
class Partial:
    """A map so far.

    Attributes:
        values: float32, signed: (C, H, W), or (1, H, W) of a CAM.
        done: How much of the work is done, of `total`.
        total: All of it; the last partial has done it, and is the result.
        gap: How far the map is from what the method promises of its sum; None where it promises nothing.
    """

    values: NDArray[np.float32]
    done: int = 1
    total: int = 1
    gap: float | None = None


Stream = Generator[Partial, None, None]


@dataclass(frozen=True)
class Method(Settings):
    """One way to ask a network why: its fields are its settings.

    Attributes:
        name: What it is chosen by.
        title: What people read.
        about: One sentence on what it does.
        paper: Authors, title, year.
        formula: z is the target's logit, x the image, b the baseline.
        how_to_read: What its map says.
        cannot_show: What its map does not say.
        kind: "pixels" gives a value for every pixel and channel, "cam" one for every place of a layer.
        needs_rewrite: Whether it is right only on a network each of whose ReLUs is a module of its own.
        uses_baseline: Whether it compares the image with a baseline.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    paper: ClassVar[str]
    formula: ClassVar[str]
    how_to_read: ClassVar[str]
    cannot_show: ClassVar[str]
    kind: ClassVar[Literal["pixels", "cam"]] = "pixels"
    needs_rewrite: ClassVar[bool] = False
    uses_baseline: ClassVar[bool] = False

    def fitted(self, shape: tuple[int, int, int]) -> Self:
        """Itself for an image (C, H, W): what its settings leave open is filled in.

        Raises:
            SettingError: If a setting does not fit the image.
        """
        del shape
        return self

    def notes(self, parts: "Iterable[nn.Module]") -> tuple[str, ...]:
        """What must be said of its map on a network of these parts, a sentence each."""
        del parts
        return ()

    @abstractmethod
    def code(self, channels: int, layer: str) -> list[str]:
        """The lines of Captum that give `values` from `network`, `image` (1, C, H, W) and `target`; `torch` is there.

        Args:
            channels: C.
            layer: The path of the layer that a CAM is made from.
        """

    @abstractmethod
    def stream(self, subject: Subject) -> Stream:
        """Work the map out, in steps that last under a quarter of a second where one image through the network does.

        Gradients are on at each step. The last partial is the result; closed before, nothing stays behind.
        """


def as_values(attribution: "Tensor") -> NDArray[np.float32]:
    """(1, C, H, W), which nobody changes any more, as (C, H, W)."""
    import torch

    values = attribution.float() if attribution.dtype == torch.bfloat16 else attribution  # which NumPy does not know
    return np.ascontiguousarray(values.numpy(force=True)[0], dtype=np.float32)
