"""What a network is, and what a preset must provide."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cnnviz.errors import LayerError, NetworkError, SettingError
from cnnviz.layers import Account, Layer, Node, Resize, Shape, layer
from cnnviz.layers.account import account_of, sees_image, total
from cnnviz.networks.limits import Size, count_problem, end_problem, input_problem, name_problem, network_name_problem
from cnnviz.recipe import Recipe

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class NetworkSpec:
    """What the user built: layers in order, each with a name; it is checked when it is made.

    Attributes:
        name: The preset's name, or a name of the user's own.
        input_shape: (C, H, W) of one image.
        layers: (name, layer) in order of execution; the last gives the logits.

    Raises:
        NetworkError: If there is no layer, or a name is taken or no name.
        LayerError: If a layer cannot work on what comes before it: the layer, what is wrong, what would do.
    """

    name: str
    input_shape: Shape
    layers: tuple[tuple[str, Layer], ...]

    def __post_init__(self) -> None:
        problem = network_name_problem(self.name) or count_problem(len(self.layers)) or input_problem(self.input_shape)
        if problem:
            raise NetworkError(problem)
        self._check_layers()

    def _check_layers(self) -> None:
        """See that each has a name of its own, can work, and that all together are not too large."""
        names = [name for name, _ in self.layers]
        for number, name in enumerate(names, start=1):
            if problem := name_problem(name, names[: number - 1]):
                raise NetworkError(f"Layer {number}: {problem}")
        size, last = Size(), None
        for number, (name, part) in enumerate(self._in_order(), start=1):
            if problem := size.problem_with(part):
                raise LayerError(f"Layer {number} ({name}): {problem}")
            last = part[-1]
        if last and (problem := end_problem(last, None)):
            raise LayerError(f"Layer {len(names)} ({names[-1]}): {problem}")

    @classmethod
    def stack(cls, name: str, input_shape: Shape, layers: Iterable[Layer]) -> Self:
        """Layers in order, named by their kind and number: conv1, relu1, conv2.

        Raises:
            LayerError: If the stack cannot work.
        """
        seen: Counter[str] = Counter()
        named = []
        for member in layers:
            seen[member.prefix] += 1
            named.append((f"{member.prefix}{seen[member.prefix]}", member))
        return cls(name, input_shape, tuple(named))

    @property
    def outputs(self) -> int:
        """How many logits it gives."""
        return list(self.shapes().values())[-1][0]

    @property
    def dropped(self) -> float | None:
        """The share of values that its first dropout layer zeroes; None where it has none."""
        shares = (node.layer.dropped for node in self.nodes())
        return next((share for share in shares if share is not None), None)

    def dropping(self, share: float) -> "NetworkSpec":
        """The same with this share in every dropout layer.

        Raises:
            SettingError: If it has no such layer, or the share is none.
        """
        if self.dropped is None:
            raise SettingError("dropout", f"Dropout: {self.name} has no dropout layer; build one with it first.")
        return replace(self, layers=tuple((name, member.dropping(share)) for name, member in self.layers))

    def shapes(self) -> dict[str, Shape]:
        """The output shape of every layer by its name, in order."""
        return {name: part[-1].shape for name, part in self._in_order()}

    def nodes(self) -> tuple[Node, ...]:
        """The network as the graph of operations that it is, in order of execution; the last gives the logits.

        Most layers are one operation, named as the layer; one that is made of several unfolds into them.
        """
        return tuple(node for _, part in self._in_order() for node in part)

    def accounts(self) -> dict[str, Account]:
        """What every layer gives, costs and sees, by its name, in order."""
        sees, shape, accounts = sees_image(self.input_shape), self.input_shape, {}
        for name, member in self.layers:
            accounts[name], sees = account_of(member, shape, sees)
            shape = accounts[name].shape
        return accounts

    def account(self) -> Account:
        """What the whole network gives, costs and sees."""
        return total(self.accounts())

    def _in_order(self) -> Iterator[tuple[str, tuple[Node, ...]]]:
        """Every layer's name and its operations.

        Raises:
            LayerError: At the first layer that cannot work.
        """
        source, shape = "input", self.input_shape
        for number, (name, member) in enumerate(self.layers, start=1):
            try:
                part = member.nodes(name, source, shape)
            except LayerError as error:
                raise LayerError(f"Layer {number} ({name}): {error}") from None
            yield name, part
            source, shape = part[-1].name, part[-1].shape

    def node(self, name: str) -> Node:
        """One of its operations.

        Raises:
            LayerError: If there is none of this name.
        """
        nodes = {node.name: node for node in self.nodes()}
        if name not in nodes:
            raise LayerError(f"There is no layer {name!r} in {self.name}; it has {', '.join(nodes)}.")
        return nodes[name]

    def build(self, seed: int) -> "nn.Sequential":
        """A torch module with fresh weights drawn by the seed, (N, *input_shape) to logits (N, outputs).

        Its parts carry the layers' names. The caller's random state stays as it is.
        """
        from collections import OrderedDict

        import torch
        from torch import nn

        modules: OrderedDict[str, nn.Module] = OrderedDict()
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)  # torch.manual_seed would change a GPU's random state as well
            shape = self.input_shape
            for name, member in self.layers:
                modules[name] = member.build(shape)
                shape = member.output_shape(shape)
        return nn.Sequential(modules)

    def to_record(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "name": self.name,
            "input_shape": list(self.input_shape),
            "layers": [{"name": name, "kind": member.kind, **member.to_record()} for name, member in self.layers],
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The inverse of `to_record`.

        Raises:
            NetworkError: If the record is not one of a network.
            LayerError, SettingError: If a layer is unknown or cannot work.
        """
        try:
            entries = [(entry["name"], str(entry["kind"]), dict(entry)) for entry in record["layers"]]
            name, shape = record["name"], tuple(record["input_shape"])
        except (KeyError, TypeError, ValueError) as error:
            raise NetworkError(f"This describes no network ({type(error).__name__}: {error}).") from None
        if problem := count_problem(len(entries)):
            raise NetworkError(problem)
        layers = []
        for number, (own_name, kind, entry) in enumerate(entries, start=1):
            settings = {key: value for key, value in entry.items() if key not in ("name", "kind")}
            try:
                layers.append((own_name, layer(kind, settings)))
            except SettingError as error:
                raise SettingError(error.field, f"Layer {number} ({own_name}): {error}") from None
            except LayerError as error:
                raise LayerError(f"Layer {number} ({own_name}): {error}") from None
        return cls(name, shape, tuple(layers))


class Preset(ABC):
    """A known network, for any input and number of classes, with a recipe that learns while you watch.

    Attributes:
        smallest_input: Height and width that it needs; a smaller image is enlarged to it by a first layer `resize`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    smallest_input: ClassVar[int]
    recipe: ClassVar[Recipe]

    @abstractmethod
    def layers(self, classes: int) -> list[Layer]:
        """The layers after a possible resize, the last of which gives the logits for `classes` classes."""

    def spec(self, input_shape: Shape, classes: int) -> NetworkSpec:
        """The network for images of (C, H, W) and so many classes.

        Raises:
            LayerError: If it cannot work.
        """
        small = min(input_shape[1:]) < self.smallest_input
        first: list[Layer] = [Resize(size=max(self.smallest_input, *input_shape[1:]))] if small else []
        return NetworkSpec.stack(self.name, input_shape, [*first, *self.layers(classes)])
