"""A network while it is made: every layer with what it gives, costs and sees, or what is wrong with it and would do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cnnviz.errors import CnnvizError, LayerError, SettingError
from cnnviz.layers import Account, Layer, Node, Shape, layer
from cnnviz.layers.account import account_of, sees_image, total
from cnnviz.networks.base import NetworkSpec
from cnnviz.networks.limits import Size, count_problem, end_problem, input_problem, name_problem, network_name_problem


@dataclass(frozen=True)
class Drafted:
    """One layer of a draft. With neither account nor problem it is not reached: one before it cannot work.

    A last layer that works by itself, but gives no value a class, has both.

    Attributes:
        name: Its name.
        kind: Its kind, as it was given.
        account: What it gives, costs and sees.
        problem: What is wrong, named by number and name, and what would do.
        field: The setting that the problem is about, where it is about one.
        is_open: Whether all that is wrong is that it is the last and gives no value a class.
    """

    name: str
    kind: str
    account: Account | None = None
    problem: str | None = None
    field: str | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Draft:
    """A network as far as it goes.

    Attributes:
        layers: In order.
        problem: What is wrong with it as a whole, before its first layer; None where that can begin.
        spec: The network, where nothing is wrong.
        account: What all of it gives, costs and sees, where nothing is wrong.
    """

    layers: tuple[Drafted, ...]
    problem: str | None = None
    spec: NetworkSpec | None = None
    account: Account | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """All that is wrong, in order."""
        return tuple(one for one in (self.problem, *(drafted.problem for drafted in self.layers)) if one)


def draft(record: Mapping[str, Any], classes: int | None = None) -> Draft:
    """See how far a network goes; nothing that is wrong with it raises.

    Args:
        record: As `NetworkSpec.to_record` gives it; settings that are left out take their defaults.
        classes: How many classes it is to tell apart; None where any number will do.
    """
    entries = record.get("layers")
    entries = list(entries) if isinstance(entries, Sequence) and not isinstance(entries, str) else []
    walk = _Walk([_name_of(entry) for entry in entries], classes)
    problem = _problem_before(record, entries)
    drafted = tuple(walk.through(entries, None if problem else tuple(record["input_shape"])))
    if problem or any(one.problem or not one.account for one in drafted):
        return Draft(drafted, problem)
    accounts = {one.name: one.account for one in drafted if one.account}
    return Draft(drafted, None, NetworkSpec.from_record(dict(record)), total(accounts))


def _problem_before(record: Mapping[str, Any], entries: Sequence[Any]) -> str | None:
    """What is wrong with the whole."""
    if problem := network_name_problem(record.get("name")):
        return problem
    return count_problem(len(entries)) or input_problem(record.get("input_shape"))


def _name_of(entry: Any) -> Any:
    return entry.get("name") if isinstance(entry, Mapping) else None


class _OpenEndError(LayerError):
    """The last layer works, and gives no value a class."""


class _Walk:
    """From layer to layer, as long as it goes."""

    def __init__(self, names: Sequence[Any], classes: int | None) -> None:
        self.names = names
        self.classes = classes
        self.size = Size()

    def through(self, entries: Sequence[Any], shape: Shape | None) -> Iterator[Drafted]:
        """Each layer; from where the shape is not known any more, only what is wrong with the layer itself."""
        sees = sees_image(shape) if shape else None
        source = "input"
        for number, entry in enumerate(entries, start=1):
            name, kind = str(self.names[number - 1]), str(entry.get("kind")) if isinstance(entry, Mapping) else "None"
            account = problem = field = None
            is_open = False
            try:
                member = self._layer(number, entry)
                if shape and sees:
                    nodes = member.nodes(name, source, shape)
                    if too_large := self.size.problem_with(nodes):
                        raise LayerError(too_large)
                    account, sees = account_of(member, shape, sees)
                    self._check_end(number, nodes)
                    source, shape = nodes[-1].name, account.shape
            except CnnvizError as error:
                problem, shape = f"Layer {number} ({name}): {error}", None
                field = error.field if isinstance(error, SettingError) else None
                is_open = isinstance(error, _OpenEndError)
            yield Drafted(name, kind, account, problem, field, is_open)

    def _layer(self, number: int, entry: Any) -> Layer:
        """The layer of an entry.

        Raises:
            CnnvizError: If it is none, or its name or a setting is not possible.
        """
        if not isinstance(entry, Mapping):
            raise LayerError(f"{entry!r} is no layer; give its name, its kind and its settings.")
        if problem := name_problem(entry.get("name"), self.names[: number - 1]):
            raise LayerError(problem)
        settings = {key: value for key, value in entry.items() if key not in ("name", "kind")}
        return layer(str(entry.get("kind")), settings)

    def _check_end(self, number: int, nodes: Sequence[Node]) -> None:
        """See that the last layer gives one value a class.

        Raises:
            LayerError: If it does not.
        """
        if number == len(self.names) and (problem := end_problem(nodes[-1], self.classes)):
            raise _OpenEndError(problem)
