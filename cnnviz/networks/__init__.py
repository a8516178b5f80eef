"""The networks, in the order users see them."""

from cnnviz.errors import NetworkError, choose_from
from cnnviz.networks.base import NetworkSpec, Preset
from cnnviz.networks.digits_small import DigitsSmall
from cnnviz.networks.keras_example import KerasExample
from cnnviz.networks.lenet5 import LeNet5
from cnnviz.networks.small_resnet import SmallResNet
from cnnviz.networks.tinyvgg import TinyVGG

NETWORKS: dict[str, Preset] = {
    member.name: member for member in (DigitsSmall(), KerasExample(), LeNet5(), TinyVGG(), SmallResNet())
}


def network(name: str) -> Preset:
    """The preset of this name.

    Raises:
        NetworkError: If there is none.
    """
    if name not in NETWORKS:
        raise NetworkError(choose_from(name, "Network", list(NETWORKS)))
    return NETWORKS[name]


__all__ = ["NETWORKS", "NetworkSpec", "Preset", "network"]
