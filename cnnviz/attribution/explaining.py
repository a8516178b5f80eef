"""From a network, an image and a method to a map: what is asked is checked, what is found is a record."""

import math
import numbers
from collections.abc import Generator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.base import Method, Partial, Stream, Subject, as_values
from cnnviz.attribution.pace import Pace
from cnnviz.errors import CnnvizError, ImageError, NetworkError, SettingError, TargetError, choose_from
from cnnviz.inspection import Prepared, prepare
from cnnviz.inspection.image import as_batch
from cnnviz.inspection.looking import Seen

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, eq=False)
class Attribution:
    """A map: how much each part of an image speaks for a class, or against it.

    Attributes:
        values: float32, signed: (C, H, W), or (1, H, W) of a CAM, enlarged to the image.
        method: The method's name.
        target: The class that is explained; of a network with one output z, 0 explains -z and 1 explains z.
        settings: The method's settings, with what it chose itself.
        baseline: (C, H, W) float32, what the image was compared with; None where it was with nothing.
        layer: The layer that a CAM was made from; None for the others.
        seconds: How long it took to work out, so far.
        gap: How far the map's sum is from what the method promises of it; None where it promises nothing.
        share: How much of the work is done, 0 to 1: less than 1 of a map that is still being made.
        notes: What a person must know to read it, a sentence each.
    """

    values: NDArray[np.float32]
    method: str
    target: int
    settings: dict[str, Any]
    baseline: NDArray[np.float32] | None
    layer: str | None
    seconds: float
    gap: float | None
    share: float
    notes: tuple[str, ...]

    @property
    def baseline_text(self) -> str | None:
        """The baseline in a few words: "0" where it is the same number everywhere."""
        if self.baseline is None:
            return None
        low, high = float(self.baseline.min()), float(self.baseline.max())
        return f"{low:g}" if low == high else f"an image with values from {low:.3g} to {high:.3g}"


Maps = Generator[Attribution, None, None]


def grow(
    module: "nn.Module | Prepared",
    image: Any,
    method: Method,
    target: int | None = None,
    baseline: Any = None,
    layer: str | None = None,
) -> Maps:
    """The map by a method as it is made, in steps; the last is the result. What is asked is checked at once.

    Raises:
        CnnvizError: As `cnnviz.attribution.explain`.
    """
    begun = perf_counter()
    prepared, batch = prepare(module, image)
    if method.needs_rewrite and not prepared.complete:
        raise NetworkError(f"{method.title} would silently give something else here. {prepared.notes[0]}")
    image = batch.values.requires_grad_()
    seen = prepared.seen(image)
    method = method.fitted((image.shape[1], image.shape[2], image.shape[3]))
    name = _layer(seen, method, layer)
    compared = _baseline(prepared, image, method, baseline)
    subject = Subject(
        network=prepared.scores,
        image=image,
        target=_target(prepared, image, target),
        baseline=compared,
        layer=prepared.parts[name] if name else None,
        pace=Pace(seen.seconds, seen.bytes),
    )
    known = {
        "method": method.name,
        "target": subject.target,
        "settings": method.to_record(),
        "baseline": None if compared is None else as_values(compared),
        "layer": name,
    }
    notes = (*prepared.notes, *batch.notes, *method.notes(prepared.network.modules()))
    return _records(prepared, method, subject, known, notes, perf_counter() - begun)


def _records(
    prepared: Prepared,
    method: Method,
    subject: Subject,
    known: dict[str, Any],
    notes: tuple[str, ...],
    seconds: float,
) -> Maps:
    """What is known of the map, with each partial one."""
    stream, share = method.stream(subject), 0.0
    try:
        while share < 1:
            prepared.check_thread()
            begun = perf_counter()
            try:
                partial = _next(stream)
            except (CnnvizError, MemoryError):
                raise
            except Exception as error:
                reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
                raise NetworkError(
                    f"{method.title} does not work on this network ({reason}); choose another method."
                ) from error
            seconds += perf_counter() - begun
            share = partial.done / partial.total
            if share == 1:
                notes = (*notes, *_remarks(partial.values))
            yield Attribution(partial.values, seconds=seconds, gap=partial.gap, share=share, notes=notes, **known)
    finally:
        stream.close()


def _next(stream: Stream) -> Partial:
    """One step with gradients on, whatever the one who takes it has switched off for himself."""
    import torch

    if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
        return next(stream)
    with torch.inference_mode(False), torch.enable_grad():
        return next(stream)


def _remarks(values: NDArray[np.float32]) -> tuple[str, ...]:
    if 0 < np.vdot(values, values) < math.inf:  # the quickest that nearly every map passes
        return ()
    if not np.isfinite(values).all():
        return ("The map holds values that are no numbers: the network's own values are too large.",)
    return () if values.any() else ("The map is zero everywhere: by this method nothing counts here.",)


def _target(prepared: Prepared, image: "Tensor", target: int | None) -> int:
    """The class asked for, or the predicted one."""
    import torch

    if target is None:
        with torch.no_grad():
            return int(prepared.scores(image)[0].argmax())
    if isinstance(target, bool) or not isinstance(target, int | np.integer) or not 0 <= target < prepared.classes:
        raise TargetError(
            f"Target {target!r} is out of range: the network has {prepared.classes} classes; "
            f"choose from 0 to {prepared.classes - 1}."
        )
    return int(target)


def _baseline(prepared: Prepared, image: "Tensor", method: Method, baseline: Any) -> "Tensor | None":
    """The baseline as a batch of one: zeros, a number everywhere, or an image."""
    import torch

    if not method.uses_baseline:
        if baseline is not None:
            raise SettingError("baseline", f"{method.title} compares the image with nothing; leave the baseline out.")
        return None
    if baseline is None:
        return torch.zeros_like(image, requires_grad=False)
    if getattr(baseline, "ndim", None) == 0:
        baseline = baseline.item()
    if isinstance(baseline, numbers.Real):
        return _everywhere(baseline, image)
    try:
        given = as_batch(baseline, prepared.intake).values
    except ImageError as error:
        raise SettingError("baseline", f"Baseline: use a number, or an image; this is none. {error}") from error
    if given.shape != image.shape:
        sizes = ["x".join(map(str, values.shape[1:])) for values in (given, image)]
        raise SettingError(
            "baseline", f"Baseline: it is {sizes[0]} and the image {sizes[1]}; use a number, or one alike."
        )
    return given


def _everywhere(number: Any, image: "Tensor") -> "Tensor":
    """A number as an image of the size of another."""
    import torch

    try:
        filled = torch.full_like(image, float(number), requires_grad=False)
    except (OverflowError, RuntimeError):  # which is too large for any float, or for the image's
        filled = torch.full_like(image, math.inf, requires_grad=False)
    if isinstance(number, bool) or not torch.isfinite(filled).all():
        kind = str(image.dtype).removeprefix("torch.")
        said = f"Baseline: {number!s:.40} is not a finite number of {kind}; use one, or an image."
        raise SettingError("baseline", said)
    return filled


def _layer(seen: Seen, method: Method, layer: str | None) -> str | None:
    """The layer of a CAM: the one asked for, else the last whose maps are larger than 1x1; None for other methods."""
    if method.kind != "cam":
        if layer is not None:
            raise SettingError("layer", f"{method.title} is made from the whole network; leave the layer out.")
        return None
    if not seen.maps:
        raise SettingError("layer", f"{method.title} needs a layer whose maps are larger than 1x1; there is none here.")
    if layer is not None and layer not in seen.maps:
        raise SettingError("layer", choose_from(layer, "Layer with maps", list(seen.maps)))
    return layer or seen.maps[-1]
