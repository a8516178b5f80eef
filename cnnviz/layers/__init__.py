"""The layers, in the order users see them."""

from typing import Any

from cnnviz.errors import LayerError, choose_from
from cnnviz.layers.average_pooling import AveragePooling
from cnnviz.layers.base import Layer, Shape, text_of
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.convolution import Convolution
from cnnviz.layers.dropout import Dropout
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.fully_connected import FullyConnected
from cnnviz.layers.max_pooling import MaxPooling
from cnnviz.layers.relu import ReLU
from cnnviz.layers.resize import Resize
from cnnviz.layers.sigmoid import Sigmoid

_MEMBERS: tuple[type[Layer], ...] = (
    Convolution,
    MaxPooling,
    AveragePooling,
    ReLU,
    Sigmoid,
    BatchNorm,
    Dropout,
    Flatten,
    FullyConnected,
    Resize,
)
LAYERS: dict[str, type[Layer]] = {member.kind: member for member in _MEMBERS}


def layer(kind: str, settings: dict[str, Any]) -> Layer:
    """The layer of this kind with these settings.

    Raises:
        LayerError: If there is no such kind.
        SettingError: If a setting is unknown or out of range.
    """
    if kind not in LAYERS:
        raise LayerError(choose_from(kind, "Layer", list(LAYERS)))
    return LAYERS[kind].from_record(settings)


__all__ = [
    "LAYERS",
    "AveragePooling",
    "BatchNorm",
    "Convolution",
    "Dropout",
    "Flatten",
    "FullyConnected",
    "Layer",
    "MaxPooling",
    "ReLU",
    "Resize",
    "Shape",
    "Sigmoid",
    "layer",
    "text_of",
]
