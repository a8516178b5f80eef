"""The prepared copy: what is looked into and explained in place of a network that belongs to somebody else.

It is a copy in eval mode, rewritten by `rewrite` and checked against the original's answer. A network that cannot be
traced keeps its own modules, and the copy says what may be missing.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz.errors import ImageError, NetworkError
from cnnviz.inspection.copying import own_copy
from cnnviz.inspection.image import Batch, as_batch, intake
from cnnviz.inspection.recording import recorded

if TYPE_CHECKING:
    from torch import Tensor, nn

KEPT = 4  # prepared copies that a thread keeps; each holds all weights once more
QUICK = 0.005  # s: what takes less is measured again, as the first time counts for little
_OWN = threading.local()


@dataclass(frozen=True, eq=False)
class Seen:
    """What is known of images of one size.

    Attributes:
        shapes: What each part gives, by its name, without the batch: (C, H, W) or (F,), in order of execution.
        maps: The parts, called once, whose maps are larger than 1x1, in order of execution.
        seconds: How long one image takes, forward.
        bytes: What the parts give for it, together.
    """

    shapes: Mapping[str, tuple[int, ...]]
    maps: tuple[str, ...]
    seconds: float
    bytes: int


class Prepared:
    """A copy of a network that can be hooked and asked without harm, by the thread that made it and no other.

    Attributes:
        network: (N, C, H, W) to what it gives, before a softmax or sigmoid at its end.
        parts: Every operation worth seeing, as a module, by name.
        complete: Whether every function is seen, and each ReLU and max-pool is a module of its own.
        ending: "softmax" or "sigmoid" where the network ended in one, "unknown softmax" where it only looks so.
        outputs: How many values it gives for an image.
        scores: (N, C, H, W) to the values (N, classes) that can be explained: for one output z, -z and z.
        intake: What it takes.
        notes: What a person must know of it, a sentence each.
    """

    def __init__(
        self,
        network: "nn.Module",
        parts: Mapping[str, "nn.Module"],
        ending: str | None,
        outputs: int,
        missing: tuple[str, ...],
    ) -> None:
        from cnnviz.inspection.rewrite import Scores

        self.network = network
        self.parts = parts
        self.ending = ending
        self.outputs = outputs
        self.complete = not missing
        self.notes = (*missing, *((_ENDING_NOTES[ending],) if ending else ()))
        self.scores = Scores(network)
        self.intake = intake(network)
        self._thread = threading.get_ident()
        self._seen: dict[tuple[int, ...], Seen] = {}

    @property
    def classes(self) -> int:
        """How many classes can be explained: one output stands for two."""
        return max(2, self.outputs)

    def rows(self, batch: "Tensor") -> "Tensor":
        """What it gives, (N, outputs): logits, unless `ending` is unknown.

        Raises:
            ImageError: If the network cannot take the batch.
            NetworkError: If it gives no row of values for an image.
        """
        self.check_thread()
        return rows_of(self.network, batch)

    def seen(self, batch: "Tensor") -> Seen:
        """What is known of images of the batch's size.

        Raises:
            ImageError: If the network cannot take it.
        """
        self.check_thread()
        size = tuple(batch.shape[1:])
        if size not in self._seen:
            self._seen[size] = look(self.network, self.parts, batch)[1]
        return self._seen[size]

    def remember(self, batch: "Tensor", seen: Seen) -> None:
        """Know images of the batch's size."""
        self._seen[tuple(batch.shape[1:])] = seen

    def check_thread(self) -> None:
        """See that it is used by the thread that made it.

        Raises:
            RuntimeError: If another does: the hooks of two threads on one network give wrong numbers.
        """
        if threading.get_ident() != self._thread:
            raise RuntimeError("A prepared network belongs to the thread that made it; prepare another in this one.")


_ENDING_NOTES = {
    "softmax": "The network ends in a softmax; its logits are what goes into that.",
    "sigmoid": "The network ends in a sigmoid; its logits are what goes into that.",
    "unknown softmax": "What the network gives sums to 1, as after a softmax; it is taken as probabilities as it is.",
}


def prepare(module: "nn.Module | Prepared", image: Any) -> tuple[Prepared, Batch]:
    """A prepared copy of a module, and the image as it takes it. The module is left as it is, also after an error.

    Raises:
        ImageError: If the image is none, or the network cannot take it.
        NetworkError: If the module cannot be copied, or gives no row of values for an image.
    """
    import torch

    if torch.is_inference_mode_enabled():  # what is made there cannot be used with gradients
        with torch.inference_mode(False):
            return prepare(module, image)
    if isinstance(module, Prepared):
        module.check_thread()
        return module, as_batch(image, module.intake)
    with torch.no_grad():
        own, notes = own_copy(module)
        batch = as_batch(image, intake(own))
        prepared = _rewritten(own, batch.values)
    prepared.notes = (*notes, *prepared.notes)
    return prepared, batch


def prepare_once(key: Hashable, make: "Callable[[], nn.Module]", image: Any) -> Prepared:
    """The prepared copy of what `make` gives; kept, for this thread, under a key that stands for its weights.

    Raises:
        CnnvizError: As `prepare`, or as `make`, where it is not kept yet.
    """
    kept: OrderedDict[Hashable, Prepared] | None = getattr(_OWN, "kept", None)
    if kept is None:
        kept = _OWN.kept = OrderedDict()
    if key not in kept:
        kept[key] = prepare(make(), image)[0]
        if len(kept) > KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]


def look(network: "nn.Module", parts: "Mapping[str, nn.Module]", batch: "Tensor") -> "tuple[Tensor, Seen]":
    """What a network gives for an image, (1, outputs), and what was seen on the way.

    Raises:
        ImageError: If the network cannot take it.
        NetworkError: If it gives no row of values for an image.
    """
    import torch

    with torch.no_grad(), recorded(parts.items()) as values:
        begun = time.thread_time()  # not what others take of the processor meanwhile
        rows = rows_of(network, batch)
        seconds = time.thread_time() - begun
    seconds = min(seconds, _seconds(network, batch)) if seconds < QUICK else seconds
    shapes = {name: array.shape for name, array in values.items()}
    again = {name.rpartition("_")[0] for name in shapes if name not in parts}  # called a second time
    large = (name for name, shape in shapes.items() if len(shape) == 3 and shape[1] * shape[2] > 1)
    maps = tuple(name for name in large if name in parts and name not in again)
    return rows, Seen(shapes, maps, seconds, sum(array.nbytes for array in values.values()))


def _seconds(network: "nn.Module", batch: "Tensor") -> float:
    """How long a quick network takes for an image: the first time, and while it is recorded, it takes longer."""
    import torch

    least = math.inf
    with torch.no_grad():
        for _ in range(3):
            begun = time.thread_time()
            network(batch)
            least = min(least, time.thread_time() - begun)
    return least


def rows_of(network: "nn.Module", batch: "Tensor") -> "Tensor":
    """What a network gives for a batch, (N, outputs).

    Raises:
        ImageError: If the network cannot take the batch.
        NetworkError: If it gives no row of values for an image.
    """
    import torch

    try:
        given = network(batch)
    except Exception as error:
        size = "x".join(map(str, batch.shape[1:]))
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise ImageError(
            f"The network cannot take an image of {size} ({reason}); give one of the size it was made for."
        ) from error
    first = given[0] if isinstance(given, tuple | list) and given else given
    if not isinstance(first, torch.Tensor):
        raise NetworkError(f"The network gives a {type(first).__name__}; one tensor, a logit a class, is needed.")
    count, shape = len(batch), tuple(first.shape)
    if first.ndim > 1 and (shape[0] != count or first.numel() != count * max(shape[1:])):
        raise NetworkError(f"The network gives {'x'.join(map(str, shape))} for an image; one logit a class is needed.")
    if first.numel() == 0 or first.numel() % count or not first.is_floating_point():
        raise NetworkError(f"The network gives {first.numel()} values of {first.dtype}; one logit a class is needed.")
    return first.reshape(count, -1)


def _rewritten(own: "nn.Module", batch: "Tensor") -> Prepared:
    """The copy rewritten, or where that is not possible the copy, with the reason."""
    from cnnviz.inspection.rewrite import rewrite

    expected = rows_of(own, batch)
    for weight in own.parameters():  # lazy ones too are there by now
        weight.requires_grad_(False)
    try:
        rewritten = rewrite(own)
    except Exception as error:  # tracing runs the network's own code on stand-ins: it may raise anything
        return _only_hooked(own, batch, (str(error).strip() or type(error).__name__).splitlines()[0].rstrip("."))
    try:
        rows, seen = look(rewritten.network, rewritten.parts, batch)
    except (ImageError, NetworkError):
        return _only_hooked(own, batch, "the traced copy fails")
    if not _are_equal(rows, expected):
        return _only_hooked(own, batch, "the traced copy gives another answer")
    ending = rewritten.cut_ending() or _looks_like(expected)
    opaque = rewritten.opaque
    missing = (f"What happens inside {', '.join(opaque)} is not seen.",) if opaque else ()
    prepared = Prepared(rewritten.network, rewritten.parts, ending, expected.shape[1], missing)
    prepared.remember(batch, seen)
    return prepared


def _only_hooked(own: "nn.Module", batch: "Tensor", reason: str) -> Prepared:
    """The copy with its own modules."""
    from cnnviz.inspection.copying import cut_last_module, leaves

    ending = cut_last_module(own, batch)
    parts = leaves(own)
    rows, seen = look(own, parts, batch)
    missing = f"This network cannot be traced ({reason}): only its modules are seen, not the functions that it calls."
    prepared = Prepared(own, parts, ending or _looks_like(rows), rows.shape[1], (missing,))
    prepared.remember(batch, seen)
    return prepared


def _are_equal(rows: "Tensor", expected: "Tensor") -> bool:
    import torch

    return rows.shape == expected.shape and torch.allclose(rows, expected, rtol=1e-4, atol=1e-5, equal_nan=True)


def _looks_like(rows: "Tensor") -> str | None:
    """Whether values (1, K) look like probabilities that somebody's own code has made."""
    if rows.shape[1] < 2 or bool((rows < 0).any()) or abs(float(rows.sum()) - 1) > 1e-4:
        return None
    return "unknown softmax"
