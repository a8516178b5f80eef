"""What differs between runs, for people: settings and their values in words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cnnviz.errors import counted

Differences = dict[str, tuple[Any, Any]]


class Wording:
    """How settings are put, by what a record says alone; who knows the settings themselves says it by their labels."""

    def title(self, name: str) -> str:
        """The name of a setting inside a sentence: "recipe.learning_rate" is "learning rate"."""
        return name.rpartition(".")[2].replace("_", " ")

    def value(self, name: str, value: Any) -> str:
        """A value of a record as people read it."""
        if name == "network" and isinstance(value, Mapping):
            layers = value.get("layers", ())
            shares = dict.fromkeys(f"{one['share']:g}" for one in layers if one.get("kind") == "dropout")
            drops = f", dropout {' and '.join(shares)}" if shares else ""
            return f"{value.get('name')} ({counted(len(layers), 'layer')}{drops})"
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    def values(self, name: str, values: Sequence[Any]) -> list[str]:
        """Several values of a setting; networks that would read the same are told apart by their layers."""
        said = [self.value(name, value) for value in values]
        networks = [value for value in values if name == "network" and isinstance(value, Mapping)]
        if len(networks) < len(values) or len(set(said)) == len({json.dumps(one, sort_keys=True) for one in networks}):
            return said
        own: list[list[str]] = [[] for _ in values]
        for row in zip(*(one.get("layers", ()) for one in networks), strict=False):  # layers at the same place
            settings = dict.fromkeys(setting for layer in row for setting in layer if setting != "name")
            differ = [one for one in settings if any(layer.get(one) != row[0].get(one) for layer in row)]
            for number, layer in enumerate(row if differ else ()):
                held = [self.of_layer(layer, setting) for setting in differ if setting in layer]
                own[number].append(f"{layer.get('name')} {', '.join(held)}")
        return [f"{text}: {'; '.join(layers)}" if layers else text for text, layers in zip(said, own, strict=True)]

    def of_layer(self, layer: Mapping[str, Any], setting: str) -> str:
        """A setting of a layer's record, and its value."""
        return f"{self.title(setting)} {self.value(setting, layer[setting])}"

    def told(self, differs: Differences) -> str:
        """What differs: "learning rate 0.02 in place of 0.01; epochs 3 in place of 10"."""
        said = {name: self.values(name, both) for name, both in differs.items()}
        return "; ".join(f"{self.title(name)} {new} in place of {old}" for name, (old, new) in said.items())


PLAIN = Wording()
