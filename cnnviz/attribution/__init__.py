"""Why a network says what it says: the methods, in the order users see them.

The only place that knows Captum. Every method works on a prepared copy (`cnnviz.inspection.prepare`), never on a
network that is somebody else's.
"""

from typing import TYPE_CHECKING, Any

from cnnviz.attribution.base import Method
from cnnviz.attribution.explaining import Attribution, Maps, grow
from cnnviz.attribution.grad_cam import GradCAM
from cnnviz.attribution.guided_backprop import GuidedBackprop
from cnnviz.attribution.input_x_gradient import InputXGradient
from cnnviz.attribution.integrated_gradients import IntegratedGradients
from cnnviz.attribution.occlusion import Occlusion
from cnnviz.attribution.saliency import Saliency
from cnnviz.attribution.smooth_grad import SmoothGrad
from cnnviz.errors import SettingError, choose_from
from cnnviz.inspection import Prepared

if TYPE_CHECKING:
    from torch import nn

_MEMBERS: tuple[type[Method], ...] = (
    Saliency,
    InputXGradient,
    IntegratedGradients,
    GradCAM,
    GuidedBackprop,
    Occlusion,
    SmoothGrad,
)
METHODS: dict[str, type[Method]] = {member.name: member for member in _MEMBERS}


def method_of(name: str, settings: dict[str, Any]) -> Method:
    """The method of this name with these settings.

    Raises:
        SettingError: If there is no such method, or a setting is unknown or out of range.
    """
    if not isinstance(name, str) or name not in METHODS:
        raise SettingError("method", choose_from(name, "Method", list(METHODS)))
    return METHODS[name].from_record(settings)


def explain(
    module: "nn.Module | Prepared",
    image: Any,
    method: str = "saliency",
    target: int | None = None,
    *,
    baseline: Any = None,
    layer: str | None = None,
    **settings: Any,
) -> Attribution:
    """Why a network says what it says of an image: a map of what speaks for a class, and against it.

    Args:
        module: Any module, which is copied, explained in eval mode, and left as it was found; or a prepared copy.
        image: As for `cnnviz.trace`.
        method: A method's name.
        target: The class, or None for the predicted one. Logits are explained; of one output z class 0 is -z, 1 is z.
        baseline: What the image is compared with, by the methods that do: a number, or an image; zeros where None.
        layer: The layer that a CAM is made from; None for the last whose maps are larger than 1x1.
        **settings: The method's own.

    Raises:
        SettingError: If the method, a setting or the layer is unknown, or out of range; it names the field.
        TargetError: If there is no such class.
        ImageError: If the image is none, or the network cannot take it.
        NetworkError: If the module cannot be copied, gives no logits, or does not allow this method: the reason.
    """
    *_, last = grow(module, image, method_of(method, settings), target, baseline, layer)
    return last


def explain_steps(
    module: "nn.Module | Prepared",
    image: Any,
    method: str = "saliency",
    target: int | None = None,
    *,
    baseline: Any = None,
    layer: str | None = None,
    **settings: Any,
) -> Maps:
    """As `explain`, but the map as it is made: of what takes long, a step every eighth of a second or so.

    What is asked is checked at once. The last has the share 1 and is the result; closed before, the work ends there and
    nothing stays behind. It belongs to the thread that called this.

    Raises:
        CnnvizError: As `explain`.
    """
    return grow(module, image, method_of(method, settings), target, baseline, layer)


__all__ = ["METHODS", "Attribution", "Method", "explain", "explain_steps", "method_of"]
