"""The networks, in the order users see them; and networks of one's own: drafts, saved ones, links, source."""

from cnnviz.errors import NetworkError, choose_from
from cnnviz.networks.alexnet_small import AlexNetSmall
from cnnviz.networks.base import NetworkSpec, Preset
from cnnviz.networks.digits_small import DigitsSmall
from cnnviz.networks.draft import Draft, Drafted, draft
from cnnviz.networks.inception_small import InceptionSmall
from cnnviz.networks.keras_example import KerasExample
from cnnviz.networks.lenet5 import LeNet5
from cnnviz.networks.resnet8 import ResNet8
from cnnviz.networks.resnet20 import ResNet20
from cnnviz.networks.small_resnet import SmallResNet
from cnnviz.networks.tinyvgg import TinyVGG
from cnnviz.networks.vgg11_norm_small import VGG11NormSmall
from cnnviz.networks.vgg11_small import VGG11Small

_MEMBERS: tuple[Preset, ...] = (
    DigitsSmall(),
    KerasExample(),
    LeNet5(),
    TinyVGG(),
    SmallResNet(),
    AlexNetSmall(),
    VGG11Small(),
    VGG11NormSmall(),
    ResNet8(),
    ResNet20(),
    InceptionSmall(),
)
NETWORKS: dict[str, Preset] = {member.name: member for member in _MEMBERS}


def network(name: str) -> Preset:
    """The preset of this name.

    Raises:
        NetworkError: If there is none.
    """
    if name not in NETWORKS:
        raise NetworkError(choose_from(name, "Network", list(NETWORKS)))
    return NETWORKS[name]


__all__ = ["NETWORKS", "Draft", "Drafted", "NetworkSpec", "Preset", "draft", "network"]
