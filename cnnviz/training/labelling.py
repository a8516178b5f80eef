"""What differs between runs by the labels and titles that the forms show: "optimizer SGD in place of Adam"."""

from collections.abc import Mapping
from typing import Any

from cnnviz.datasets import dataset
from cnnviz.errors import CnnvizError
from cnnviz.layers import LAYERS
from cnnviz.networks import NETWORKS
from cnnviz.runs.wording import Wording
from cnnviz.settings import Setting
from cnnviz.tasks import TASKS
from cnnviz.training.changing import NETWORK, changeable

_DATA = "data"  # what the form calls the data set


class Labels(Wording):
    """Settings by what they declare of themselves, data and networks by their titles."""

    def title(self, name: str) -> str:
        """The label of a setting inside a sentence."""
        declared = _declared(name)
        return _DATA if name == "dataset" else declared.word if declared else super().title(name)

    def value(self, name: str, value: Any) -> str:
        """A value as the form shows it: an option, a network or a data set by its title."""
        declared = _declared(name)
        if name == "dataset":
            return _title_of_data(str(value))
        if name == "task" and value in TASKS:
            return TASKS[value].title
        if name == NETWORK and isinstance(value, Mapping) and value.get("name") in NETWORKS:
            value = {**value, "name": NETWORKS[value["name"]].title}
        elif declared and value in declared.options:
            return declared.name_of(value)
        return super().value(name, value)

    def of_layer(self, layer: Mapping[str, Any], setting: str) -> str:
        """A setting of a layer by its label there, and its value; the kind by its title."""
        kind = LAYERS.get(layer["kind"])
        declared = kind.declared().get(setting) if kind else None
        if kind and setting == "kind":
            return kind.title
        if declared and layer[setting] in declared.options:
            return f"{declared.word} {declared.name_of(layer[setting])}"
        return f"{declared.word if declared else self.title(setting)} {self.value(setting, layer[setting])}"


def _declared(name: str) -> Setting | None:
    return changeable().get(name.rpartition(".")[2])


def _title_of_data(name: str) -> str:
    try:
        return dataset(name).title
    except CnnvizError:  # deleted meanwhile, or never here
        return name


LABELS = Labels()
