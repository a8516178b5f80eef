"""What mends a layer that cannot work: changes that were tried and do, for one click."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cnnviz.errors import CnnvizError
from cnnviz.layers import LAYERS, Flatten, FullyConnected, Layer, Shape, layer
from cnnviz.networks.draft import Draft, draft
from cnnviz.networks.limits import name_problem
from cnnviz.settings import Setting, Value

MOST = 4  # ways that are offered
_TRIED = 48  # values of a setting, the nearest first
_USUAL_CLASSES = 10
Entry = dict[str, Any]
Way = tuple[str, list[Entry]]


@dataclass(frozen=True)
class Mend:
    """A change that mends a layer.

    Attributes:
        words: What is done, as on a button: `Padding 1`, `Put flatten before it`.
        layers: The entries of the network's record with it done.
    """

    words: str
    layers: tuple[Entry, ...]


def mends(record: Mapping[str, Any], number: int, classes: int | None = None) -> tuple[Mend, ...]:
    """What would have a layer work that cannot, the ways first that leave least to do; each was tried.

    Args:
        record: A network as `draft` takes it.
        number: Which of its layers, from 1.
        classes: As for `draft`.
    """
    found = draft(record, classes)
    if not 1 <= number <= len(found.layers) or not found.layers[number - 1].problem:
        return ()
    trial = _Trial(record, found, number - 1, classes)
    tried = [(_left(after), words, layers) for words, layers in trial.ways() if (after := trial.after(layers))]
    if not tried and (removed := trial.after(trial.without())):
        tried = [(_left(removed), "Remove it", trial.without())]
    tried.sort(key=lambda one: one[0])  # which keeps the order of those that leave as much
    best = [Mend(words, tuple(layers)) for left, words, layers in tried if left <= tried[0][0]]
    others = [Mend(words, tuple(layers)) for left, words, layers in tried if left > tried[0][0]]
    return tuple([*best, *others][:MOST])


def _left(found: Draft) -> tuple[int, int, int]:
    """How much of a draft does not work; a last layer that works but for what is to come after it is nearly done."""
    wrong = [one for one in found.layers if one.problem]
    unsound = sum(bool(one.problem) or not one.account for one in found.layers)
    return unsound, len(found.problems), sum(not one.is_open for one in wrong)


class _Trial:
    """The ways to mend one layer of a draft.

    Args:
        record: The network.
        found: Its draft.
        at: The layer's number, from 0.
        classes: As for `draft`.
    """

    def __init__(self, record: Mapping[str, Any], found: Draft, at: int, classes: int | None) -> None:
        self.record, self.found, self.at, self.classes = record, found, at, classes
        self.entries: list[Entry] = [dict(one) if isinstance(one, Mapping) else {} for one in record["layers"]]
        self.entry = self.entries[at]
        self.given = self._given(at)

    def after(self, layers: list[Entry]) -> Draft | None:
        """The draft with a change, where that mends something."""
        found = draft({**self.record, "layers": layers}, self.classes)
        return found if _left(found) < _left(self.found) else None

    def ways(self) -> Iterator[Way]:
        """What may do, most likely first."""
        yield from self._other_name()
        field, kind = self.found.layers[self.at].field, LAYERS.get(str(self.entry.get("kind")))
        if kind and field:
            yield from self._possible_value(kind, field)
        elif kind:
            yield from self._fitting_values(kind)
            yield from self._end()
            yield from self._put_before()
            yield from self._moved()
            yield from self._smaller()
        else:
            yield "Remove it", self.without()

    def without(self) -> list[Entry]:
        """The network without this layer, which is what is left where nothing else does."""
        return [one for one in self.entries if one is not self.entry]

    def _given(self, at: int) -> Shape | None:
        """What goes into a layer; None where nobody knows."""
        if at == 0:
            return None if self.found.problem else tuple(self.record["input_shape"])
        account = self.found.layers[at - 1].account
        return account.shape if account else None

    def _changed(self, **settings: Any) -> list[Entry]:
        """The network with other settings of this layer."""
        changed = {**self.entry, **settings}
        return [changed if one is self.entry else one for one in self.entries]

    def _other_name(self) -> Iterator[Way]:
        others = [str(one.get("name")) for one in self.entries if one is not self.entry]
        if name_problem(self.entry.get("name"), others[: self.at]):
            name = free_name(str(self.entry.get("kind")), others)
            yield f"Name it {name}", self._changed(name=name)

    def _possible_value(self, kind: type[Layer], field: str) -> Iterator[Way]:
        """In place of a value that is out of range: the nearest one that is not, or what it is by itself."""
        declared = kind.declared().get(field)
        if declared is None:
            kept = {name: value for name, value in self.entry.items() if name != field}
            yield f"Leave {field} out", [kept if one is self.entry else one for one in self.entries]
            return
        for value in _nearest_allowed(declared, self.entry.get(field), getattr(kind(), field)):
            yield _said(declared, value), self._changed(**{field: value})

    def _fitting_values(self, kind: type[Layer]) -> Iterator[Way]:
        """Of every setting the value that is nearest to its own and with which the layer takes what it is given."""
        settings = self._settings(kind)
        if settings is None or self.given is None or _works(settings, self.given):
            return
        for name, declared in kind.declared().items():
            now = getattr(settings, name)
            for value in _others(declared, now):
                other = None
                with suppress(CnnvizError):
                    other = settings.changed(**{name: value})
                if other and _works(other, self.given):
                    yield _said(declared, value), self._changed(**other.to_record())
                    break

    def _settings(self, kind: type[Layer]) -> Layer | None:
        own = {name: value for name, value in self.entry.items() if name not in ("name", "kind")}
        with suppress(CnnvizError):
            return layer(kind.kind, own)
        return None

    def _end(self) -> Iterator[Way]:
        """Of the last layer: as many values as there are classes, by a setting of its own or by what comes after."""
        settings = self._settings(LAYERS[self.entry["kind"]])
        if self.at != len(self.entries) - 1 or not settings or not self.given or not _works(settings, self.given):
            return
        classes, shape = self.classes or _USUAL_CLASSES, settings.output_shape(self.given)
        for name, declared in settings.declared().items():
            changed = self._changed(**{name: classes})
            if len(shape) == 1 and self.after(changed):
                yield _said(declared, classes), changed
                return
        last = self._fresh(FullyConnected(out_features=classes))
        if len(shape) == 1:
            yield f"End with fully connected of {classes}", [*self.entries, last]
        else:
            yield f"End with flatten and fully connected of {classes}", [*self.entries, self._fresh(Flatten()), last]

    def _smaller(self) -> Iterator[Way]:
        """Of what makes too large a network: half of a setting, or half of that."""
        settings = self._settings(LAYERS[self.entry["kind"]])
        if self.at == len(self.entries) - 1 or not settings or not self.given or not _works(settings, self.given):
            return
        for name, declared in settings.declared().items():
            now = getattr(settings, name)
            for value in _halves(now, int(declared.low or 1)):
                changed = self._changed(**{name: value})
                if self.after(changed):
                    yield _said(declared, value), changed
                    break

    def _put_before(self) -> Iterator[Way]:
        """A layer before this one that has nothing to set and gives what this one can take."""
        settings = self._settings(LAYERS[self.entry["kind"]])
        if not settings or not self.given or _works(settings, self.given):
            return
        for kind in sorted(LAYERS.values(), key=lambda one: one.makes_values):  # what only reorders comes first
            with suppress(CnnvizError):
                if not kind.declared() and _works(settings, kind().output_shape(self.given)):
                    before, after = self.entries[: self.at], self.entries[self.at :]
                    yield f"Put {kind.title.lower()} before it", [*before, self._fresh(kind()), *after]

    def _moved(self) -> Iterator[Way]:
        """The layer itself further up, where it can work."""
        settings = self._settings(LAYERS[self.entry["kind"]])
        for at in range(self.at - 1, -1, -1):
            given = self._given(at)
            if settings and given and _works(settings, given):
                others = [one for one in self.entries if one is not self.entry]
                yield f"Move it before {self.entries[at].get('name')}", [*others[:at], self.entry, *others[at:]]
                return

    def _fresh(self, member: Layer) -> Entry:
        """The entry of a new layer."""
        name = free_name(member.kind, [str(one.get("name")) for one in self.entries])
        return {"name": name, "kind": member.kind, **member.to_record()}


def free_name(kind: str, taken: list[str]) -> str:
    """The first name for a layer of a kind that is not taken: `conv3`."""
    prefix = LAYERS[kind].prefix if kind in LAYERS else "layer"
    return next(name for number in range(1, len(taken) + 2) if (name := f"{prefix}{number}") not in taken)


def _works(settings: Layer, given: Shape) -> bool:
    try:
        settings.output_shape(given)
    except CnnvizError:
        return False
    return True


def _others(declared: Setting, now: Value) -> Sequence[Value]:
    """The values of a setting beside its own, the nearest first."""
    if declared.options:
        return [one for one in declared.options if one != now]
    if isinstance(now, bool):
        return [not now]
    if not isinstance(now, int) or declared.low is None or declared.high is None:
        return []
    every = range(int(declared.low), int(declared.high) + 1)
    return sorted((one for one in every if one != now), key=lambda one: abs(one - now))[:_TRIED]


def _halves(now: Value, least: int) -> Iterator[int]:
    while isinstance(now, int) and not isinstance(now, bool) and now // 2 >= least:
        now //= 2
        yield now


def _nearest_allowed(declared: Setting, value: Any, usual: Value) -> Iterator[Value]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if is_number and not declared.options and not isinstance(usual, bool):
        bounded = max(value, declared.low if declared.low is not None else value)
        bounded = min(bounded, declared.high if declared.high is not None else bounded)
        yield round(bounded) if isinstance(usual, int) else float(bounded)
    yield usual


def _said(declared: Setting, value: Value) -> str:
    """A setting and its value as on a button."""
    if isinstance(value, bool):
        return f"{declared.label} {'on' if value else 'off'}"
    return f"{declared.label} {declared.name_of(value)}"
