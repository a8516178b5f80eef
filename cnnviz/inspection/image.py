"""An image, however it comes, as the batch of one that a network takes."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError

if TYPE_CHECKING:
    from torch import Tensor, nn

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow
_ASKED = "give floats (C, H, W) or (H, W), or uint8 (H, W), (H, W, 3) or (H, W, 4)"
_PLAIN_MODES = {"1": "L", "L": "L", "P": "RGBA", "LA": "RGBA", "PA": "RGBA", "RGB": "RGB", "RGBA": "RGBA"}


@dataclass(frozen=True, eq=False)
class Batch:
    """One image, ready for a network.

    Attributes:
        values: (1, C, H, W) in the type of the network's weights and where they are; nobody else holds it.
        notes: What was done to the image, a sentence each.
    """

    values: "Tensor"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Intake:
    """What a network takes.

    Attributes:
        channels: How many each of its convolutions takes, as they were made; none where a linear layer comes first.
        weight: One of its weights, which has the type of all and lies where all do.
    """

    channels: tuple[int, ...]
    weight: "Tensor"


def intake(network: "nn.Module") -> Intake:
    """What a network takes, as far as it can be seen from its parts."""
    import torch
    from torch import nn

    weights = (one for one in network.parameters() if one.is_floating_point())
    layers = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    if layers and isinstance(layers[0], nn.Linear):
        layers = []
    channels = tuple(layer.in_channels for layer in layers if isinstance(layer, nn.Conv2d))
    return Intake(channels, next(weights, torch.zeros(0)))


def as_batch(image: Any, taken: Intake) -> Batch:
    """The image as a batch of one.

    Floats (C, H, W) or (H, W) are used as they are; uint8 and Pillow's pictures are divided by 255; uint8 (H, W, 3) and
    (H, W, 4) have their channels last. A batch of one is an image. Grey is given to each channel of a network that
    takes three; colours become grey, and an alpha that hides nothing is left out, only in a picture (uint8, Pillow).

    Raises:
        ImageError: If it is no image, is empty, holds what is no number or too large a one, or its channels do not fit.
    """
    import torch

    ready = _as_it_is(image, taken)
    if ready is not None:
        return Batch(ready)
    notes: list[str] = []
    values = _unbatched(_array(image))
    is_picture = values.dtype == np.uint8
    values = _channels_first(values, is_picture=is_picture)
    _check(values)
    if taken.channels:
        values = _fitting(values, taken.channels, notes, is_picture=is_picture)
    weight = taken.weight
    numbers = values.astype(np.float32) / np.float32(255) if is_picture else values
    precision = np.float64 if weight.dtype == torch.float64 else np.float32
    with np.errstate(over="ignore"):
        batch = torch.from_numpy(np.array(numbers[None], dtype=precision, order="C"))
    batch = batch.to(weight)
    if not (weight.is_meta or torch.isfinite(batch).all()):
        kind = str(weight.dtype).removeprefix("torch.")
        raise ImageError(f"The image holds values too large for the network's {kind}; scale them down first.")
    return Batch(batch, tuple(notes))


def _as_it_is(image: Any, taken: Intake) -> "Tensor | None":
    """A copy of an image that needs nothing done to it, as most do; None where it has to be asked.

    All that is asked elsewhere costs a small network's gradient a tenth more.
    """
    import torch

    if type(image) is np.ndarray and image.dtype == np.float32 and image.ndim == 3:
        image = torch.from_numpy(np.array(image, order="C"))
    elif type(image) is torch.Tensor and image.ndim == 3 and image.layout is torch.strided:
        image = image.detach().clone(memory_format=torch.contiguous_format)
    else:
        return None
    weight = taken.weight
    if image.dtype != weight.dtype or image.device != weight.device or not image.numel():
        return None
    if taken.channels and len(image) != taken.channels[0]:
        return None
    low, high = torch.aminmax(image)  # one that is no number is both
    return image.unsqueeze(0) if math.isfinite(low) and math.isfinite(high) else None


def _array(image: Any) -> NDArray[Any]:
    """Numbers of any shape: uint8 where they are a picture's, else floats."""
    import torch
    from PIL import Image

    if isinstance(image, Image.Image):
        return _of_picture(image)
    if isinstance(image, torch.Tensor):
        return _of_tensor(image)
    try:
        values = np.asarray(image)
    except (ValueError, TypeError):
        values = np.asarray(None)
    return _numbers(values, type(image).__name__)


def _of_picture(image: Any) -> NDArray[Any]:
    """What a picture of Pillow's holds, whose file is read only now."""
    if image.mode not in _PLAIN_MODES:
        raise ImageError(f"The picture's mode is {image.mode}; turn it into L or RGB with its `convert` first.")
    try:
        return np.asarray(image.convert(_PLAIN_MODES[image.mode]))
    except Exception as error:  # whatever Pillow meets in a file
        raise ImageError(f"The picture cannot be read ({error}); open it anew, or give another.") from error


def _of_tensor(image: "Tensor") -> NDArray[Any]:
    import torch

    plain = image.detach()
    try:
        plain = plain.float() if plain.is_floating_point() and plain.dtype != torch.float64 else plain
        values = plain.cpu().resolve_conj().resolve_neg().numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:
        kind = f"{image.layout}, {image.dtype} tensor on {image.device}".replace("torch.", "")
        raise ImageError(f"The image is a {kind} that cannot be read as plain numbers; {_ASKED}.") from error
    return _numbers(values, "Tensor")


def _numbers(values: NDArray[Any], given: str) -> NDArray[Any]:
    """The values, seen to be numbers of an image."""
    if values.dtype != np.uint8 and values.dtype.kind != "f":
        raise ImageError(f"The image holds {values.dtype if values.dtype != object else given}; {_ASKED}.")
    return values


def _unbatched(values: NDArray[Any]) -> NDArray[Any]:
    if values.ndim == 4 and len(values) == 1:
        return np.asarray(values[0])
    if values.ndim == 4 and len(values) > 1:
        raise ImageError(f"This is a batch of {len(values)} images; give one of them.")
    return values


def _channels_first(values: NDArray[Any], *, is_picture: bool) -> NDArray[Any]:
    """(C, H, W)."""
    if values.ndim == 2:
        return values[None]
    if values.ndim != 3:
        raise ImageError(f"The image has the shape {_text(values)}; {_ASKED}.")
    return values.transpose(2, 0, 1) if is_picture and values.shape[2] in {3, 4} else values


def _check(values: NDArray[Any]) -> None:
    if values.size == 0:
        raise ImageError(f"The image is empty, its shape is {_text(values)}; give one of a pixel at least.")
    if values.dtype != np.uint8 and not np.isfinite(values).all():
        wrong = int(values.size - np.isfinite(values).sum())
        raise ImageError(f"{wrong} of the image's {values.size} values are not finite numbers; replace them first.")


def _fitting(values: NDArray[Any], taken: tuple[int, ...], notes: list[str], *, is_picture: bool) -> NDArray[Any]:
    """The image with the channels that the first convolution takes, where there is one way only."""
    wanted = taken[0]
    if is_picture and len(values) == 4 and wanted in {1, 3}:
        if values[3].min() < 255:
            raise ImageError("The picture is transparent in places; lay it over a background first.")
        values = values[:3]
        notes.append("The picture's alpha hides nothing and was left out.")
    given = len(values)
    if given == 1 and wanted == 3:
        notes.append("The image is grey; each of the network's three channels was given it.")
        return values.repeat(3, axis=0)
    if is_picture and given == 3 and wanted == 1:
        notes.append("The picture was made grey, as the network takes one channel.")
        return np.round(np.tensordot(_LUMA, values, axes=1)).astype(np.uint8)[None]
    if given not in taken:  # one that is another's may be right: which is made first need not be called first
        raise ImageError(_misfit(values, given, wanted))
    return values


def _misfit(values: NDArray[Any], given: int, wanted: int) -> str:
    said = f"The image has {given} channel{'s' * (given > 1)} and the network's first convolution takes {wanted}; "
    if values.shape[2] == wanted:
        return f"{said}its last side is {wanted}: put the channels first, as (C, H, W)."
    if given == 3 and wanted == 1:
        return f"{said}make it grey first, or give the picture as uint8."
    return f"{said}give one of {wanted}."


def _text(values: NDArray[Any]) -> str:
    return "x".join(map(str, values.shape)) or "no shape"
