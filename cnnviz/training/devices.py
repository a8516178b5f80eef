"""What a training can be worked out on: which devices there are, and which precisions they have."""

import platform
from typing import TYPE_CHECKING

from cnnviz.errors import TrainingError
from cnnviz.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from torch import nn

TITLES = {"cpu": "processor", "cuda": "NVIDIA graphics card", "mps": "Apple graphics card"}


def available() -> dict[str, tuple[str, ...]]:
    """The devices of this machine, each with its precisions, by the names of a recipe. The CPU is always there."""
    import torch

    found = {"cpu": _precisions(_cpu_has_bfloat16())}
    if torch.cuda.is_available():
        found["cuda"] = _precisions(torch.cuda.is_bf16_supported(including_emulation=False))
    if torch.backends.mps.is_available():
        found["mps"] = _precisions(torch.backends.mps.is_macos_or_newer(14, 0))
    return found


def checked_device(recipe: Recipe) -> "torch.device":
    """The device of a recipe, which this machine has, in a precision it can.

    Raises:
        TrainingError: If it is not there, or lacks the precision.
    """
    import torch

    found = available()
    if recipe.device not in found:
        raise TrainingError(
            f"This machine has no {TITLES[recipe.device]} that PyTorch can use ({recipe.device}); "
            f"choose {' or '.join(found)}."
        )
    if recipe.precision not in found[recipe.device]:
        raise TrainingError(
            f"The {TITLES[recipe.device]} of this machine does not work in {recipe.precision}; "
            f"choose {' or '.join(found[recipe.device])}."
        )
    return torch.device(recipe.device)


def take_one_way(device: "torch.device") -> None:
    """Let NVIDIA's library, where it knows several ways to work something out, take one that repeats its bits.

    A training that goes on after a break has then the numbers that it would have had.
    """
    import torch

    if device.type == "cuda":
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False


def device_of(network: "nn.Module") -> "torch.device":
    """Where a network is; one without parameters is on the CPU."""
    import torch

    first = next(network.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def seed_device(device: str, seed: int) -> None:
    """Set the random state that modules draw from on a device, and no other."""
    import torch

    if device == "cpu":
        torch.default_generator.manual_seed(seed)  # 0.6 ms less than torch.manual_seed
    elif device == "cuda":
        torch.cuda.manual_seed(seed)
    else:
        torch.mps.manual_seed(seed)


def _precisions(bfloat16: bool) -> tuple[str, ...]:
    return ("float32", "bfloat16") if bfloat16 else ("float32",)


def _cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies in it, where others would take longer than in float32."""
    import torch

    if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported():
        return True
    is_arm = platform.machine().lower() in ("arm64", "aarch64")
    return is_arm and torch._C._has_mkldnn and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
