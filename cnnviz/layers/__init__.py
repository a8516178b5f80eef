"""The layers, in the order users see them."""

from typing import Any

from cnnviz.errors import LayerError, choose_from
from cnnviz.layers.account import Account, Field, Figure
from cnnviz.layers.average_pooling import AveragePooling
from cnnviz.layers.base import Layer, Node, text_of
from cnnviz.layers.batch_norm import BatchNorm
from cnnviz.layers.cell import Cell, Shape, Unit
from cnnviz.layers.convolution import Convolution
from cnnviz.layers.dropout import Dropout
from cnnviz.layers.elu import ELU
from cnnviz.layers.flatten import Flatten
from cnnviz.layers.fully_connected import FullyConnected
from cnnviz.layers.gelu import GELU
from cnnviz.layers.global_average_pooling import GlobalAveragePooling
from cnnviz.layers.global_max_pooling import GlobalMaxPooling
from cnnviz.layers.inception_block import InceptionBlock
from cnnviz.layers.leaky_relu import LeakyReLU
from cnnviz.layers.max_pooling import MaxPooling
from cnnviz.layers.relu import ReLU
from cnnviz.layers.residual_block import ResidualBlock
from cnnviz.layers.resize import Resize
from cnnviz.layers.sigmoid import Sigmoid
from cnnviz.layers.tanh import Tanh

_MEMBERS: tuple[type[Layer], ...] = (
    Convolution,
    MaxPooling,
    AveragePooling,
    GlobalAveragePooling,
    GlobalMaxPooling,
    ReLU,
    LeakyReLU,
    ELU,
    GELU,
    Sigmoid,
    Tanh,
    BatchNorm,
    Dropout,
    Flatten,
    FullyConnected,
    ResidualBlock,
    InceptionBlock,
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
    "ELU",
    "GELU",
    "LAYERS",
    "Account",
    "AveragePooling",
    "BatchNorm",
    "Cell",
    "Convolution",
    "Dropout",
    "Field",
    "Figure",
    "Flatten",
    "FullyConnected",
    "GlobalAveragePooling",
    "GlobalMaxPooling",
    "InceptionBlock",
    "Layer",
    "LeakyReLU",
    "MaxPooling",
    "Node",
    "ReLU",
    "ResidualBlock",
    "Resize",
    "Shape",
    "Sigmoid",
    "Tanh",
    "Unit",
    "layer",
    "text_of",
]
