"""The prepared copy: what is looked into and explained in place of a network that belongs to somebody else.

It is a copy in eval mode, rewritten by `rewrite` and checked against the original's answer. A network that cannot be
traced keeps its own modules, and the copy says what may be missing.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from cnnviz.errors import ImageError, NetworkError
from cnnviz.inspection.copying import own_copy
from cnnviz.inspection.image import Batch, as_batch, intake
from cnnviz.inspection.looking import Seen, look, rows_of

if TYPE_CHECKING:
    from torch import Tensor, nn

KEPT = 4  # prepared copies that a thread keeps; each holds all weights once more
_OWN = threading.local()


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
        from cnnviz.inspection.scores import Scores

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


def _rewritten(own: "nn.Module", batch: "Tensor") -> Prepared:
    """The copy rewritten, or where that is not possible the copy, with the reason."""
    import torch

    from cnnviz.inspection.rewrite import rewrite

    random = torch.get_rng_state()
    expected = rows_of(own, batch)
    for weight in own.parameters():
        weight.requires_grad_(False)
    try:
        rewritten = rewrite(own)
    except Exception as error:  # tracing runs the network's own code on stand-ins: it may raise anything
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        return _only_hooked(own, batch, expected, random, reason)
    try:
        rows, seen = look(rewritten.network, rewritten.parts, batch)
    except (ImageError, NetworkError):
        return _only_hooked(own, batch, expected, random, "the traced copy fails")
    if not _are_equal(rows, expected):
        return _only_hooked(own, batch, expected, random, "the traced copy gives another answer")
    if seen.turned:
        rewritten.turn(seen.turned)
        _, seen = look(rewritten.network, rewritten.parts, batch)
    ending = rewritten.cut_ending()
    if ending and not _are_logits(rows_of(rewritten.network, batch), ending, expected):
        rewritten.leave_ending()
        ending = None
    opaque = rewritten.opaque
    missing = (f"What happens inside {', '.join(opaque)} is not seen.",) if opaque else ()
    return _ready(rewritten.network, rewritten.parts, ending, missing, (batch, expected, seen))


def _only_hooked(own: "nn.Module", batch: "Tensor", expected: "Tensor", random: "Tensor", reason: str) -> Prepared:
    """The copy with its own modules, given what it said before and the random numbers that there were then."""
    import torch

    from cnnviz.inspection.copying import leaves
    from cnnviz.inspection.scores import OneByOne
    from cnnviz.inspection.watching import EndsEarlier

    parts = leaves(own)
    rows, seen = look(own, parts, batch)
    said = f"This network cannot be traced ({reason}): only its modules are seen, not the functions that it calls."
    missing = (said,)
    if not _are_equal(rows, expected):
        torch.set_rng_state(random)
        return _ready(OneByOne(own, draws=True), parts, None, (*missing, _DRAWS), (batch, expected, seen))
    ended = EndsEarlier(own)
    logits = rows_of(ended, batch)
    if ended.ending and _are_logits(logits, ended.ending, expected):
        return _ready(ended, parts, ended.ending, missing, (batch, expected, seen))
    return _ready(own, parts, None, missing, (batch, expected, seen))


def _ready(
    network: "nn.Module",
    parts: "Mapping[str, nn.Module]",
    ending: str | None,
    missing: tuple[str, ...],
    known: "tuple[Tensor, Tensor, Seen]",
) -> Prepared:
    """The prepared copy: `known` is an image, what the network said of it with its ending, and what was seen."""
    from cnnviz.inspection.scores import OneByOne

    batch, answer, seen = known
    other = _another(batch)
    mixes = not isinstance(network, OneByOne) and not _takes_batches(network, batch, other)
    looks_like = ending or _looks_like(answer)
    network = OneByOne(network, draws=False) if mixes else network
    prepared = Prepared(network, parts, looks_like, answer.shape[1], missing)
    if mixes:
        prepared.notes = (*prepared.notes, _MIXES)
    if not looks_like and answer.any() and all(map(_are_shares, (answer, prepared.rows(1000 * other)))):
        prepared.notes = (*prepared.notes, _BOUNDED)
    prepared.remember(batch, seen)
    return prepared


_DRAWS = (
    "The network gives another answer each time, as with a dropout that is left on. What is shown is one of them: here "
    "it draws the same random numbers each time."
)
_MIXES = "Images given to the network together get other answers than each alone, so each is given to it alone."
_BOUNDED = (
    "All that the network gives lies between 0 and 1: if these are probabilities, what goes into its last step is not "
    "seen, and they are explained in place of logits. Let it give its logits."
)


def _another(batch: "Tensor") -> "Tensor":
    """Another image of its size: noise that is the same each time."""
    import torch

    drawn = torch.Generator().manual_seed(0)  # torch's own numbers belong to whoever trains meanwhile
    return torch.randn(batch.shape, generator=drawn, dtype=torch.float32, device="cpu").to(batch)


def _takes_batches(network: "nn.Module", batch: "Tensor", other: "Tensor") -> bool:
    """Whether two images together get the answers that each gets alone."""
    import torch

    alone = torch.cat([rows_of(network, batch), rows_of(network, other)])
    try:
        return _are_equal(rows_of(network, torch.cat([batch, other])), alone)
    except (ImageError, NetworkError):
        return False


def _are_equal(rows: "Tensor", expected: "Tensor") -> bool:
    """Whether they are the same but for rounding."""
    import torch

    if rows.shape != expected.shape:
        return False
    rounding = 8 * torch.finfo(expected.dtype).eps
    large = float(expected.abs().nan_to_num(0, 0, 0).max()) or 1.0
    close = {"rtol": max(1e-4, rounding), "atol": max(1e-5, rounding * large)}
    return torch.allclose(rows.to(expected), expected, **close, equal_nan=True)


def _are_logits(rows: "Tensor", ending: str, answer: "Tensor") -> bool:
    """Whether a softmax or sigmoid of rows (1, K) is what the network gives, or the softmax's logarithm."""
    import torch

    ended = [torch.sigmoid(rows)] if ending == "sigmoid" else [rows.softmax(1), rows.log_softmax(1)]
    return any(_are_equal(one, answer) for one in ended)


def _are_shares(rows: "Tensor") -> bool:
    """Whether all lie between 0 and 1, which no number that is none does."""
    return bool(((rows >= 0) & (rows <= 1)).all())


def _looks_like(rows: "Tensor") -> str | None:
    """Whether values (1, K) look like probabilities that somebody's own code has made."""
    sums_to_one = abs(float(rows.sum()) - 1) <= 1e-4  # not where it is no number
    return "unknown softmax" if rows.shape[1] > 1 and sums_to_one and _are_shares(rows) else None
