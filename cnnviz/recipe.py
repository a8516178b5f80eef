"""How a network is trained: the choices that are not the network's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from cnnviz.errors import SettingError
from cnnviz.losses import LOSSES
from cnnviz.optimizers import OPTIMIZERS
from cnnviz.schedules import SCHEDULES, warmed_up
from cnnviz.settings import Settings, Value, setting


class _Member(Protocol):
    """What the families of a recipe have in common."""

    title: ClassVar[str]
    about: ClassVar[str]
    settings: ClassVar[tuple[str, ...]]


def _choice(default: str, label: str, help: str, family: Mapping[str, Any], **more: Any) -> Any:  # noqa: A002
    """A field that names a member of a family."""
    words = " ".join(f"{member.title}: {member.about}" for member in family.values())
    names = {name: member.title for name, member in family.items()}
    return setting(default, label, f"{help} {words}", options=tuple(family), names=names, **more)


def _of(field: str, family: Mapping[str, _Member], name: str) -> dict[str, tuple[Value, ...]]:
    """The members of a family that a field belongs to."""
    return {field: tuple(member for member, facts in family.items() if name in facts.settings)}


@dataclass(frozen=True)
class Recipe(Settings):
    """Optimizer, learning rate and its schedule, batch size, epochs, loss and all else of a training.

    Raises:
        SettingError: Where a value is out of range, or two contradict each other.
    """

    optimizer: str = _choice("adam", "Optimizer", "How a gradient becomes an update of the weights.", OPTIMIZERS)
    learning_rate: float = setting(
        0.01,
        "Learning rate",
        "The size of an update; with a schedule its highest value.",
        low=1e-6,
        high=10,
        scale="log",
    )
    schedule: str = _choice("one_cycle", "Schedule", "The learning rate over time.", SCHEDULES)
    batch_size: int = setting(64, "Batch size", "Images in one step.", low=2, high=512)
    epochs: int = setting(10, "Epochs", "Passes over all training images.", low=1, high=200)
    seed: int = setting(0, "Seed", "Fixes the split, the first weights and the order of images.", low=0, high=2**31 - 1)
    loss: str = _choice("cross_entropy", "Loss", "What is made small.", LOSSES, is_advanced=True)
    label_smoothing: float = setting(
        0.0,
        "Label smoothing",
        "The share of a label that is spread over all classes, so that no answer is ever quite sure.",
        low=0,
        high=0.9,
        only=_of("loss", LOSSES, "label_smoothing"),
        is_advanced=True,
    )
    momentum: float = setting(
        0.9,
        "Momentum",
        "How much of the last update goes into the next.",
        low=0,
        high=0.999,
        only=_of("optimizer", OPTIMIZERS, "momentum"),
        is_advanced=True,
    )
    alpha: float = setting(
        0.99,
        "Alpha",
        "How slowly the running mean of squared gradients forgets.",
        low=0,
        high=0.9999,
        only=_of("optimizer", OPTIMIZERS, "alpha"),
        is_advanced=True,
    )
    beta1: float = setting(
        0.9,
        "Beta 1",
        "How slowly the running mean of gradients forgets.",
        low=0,
        high=0.9999,
        only=_of("optimizer", OPTIMIZERS, "beta1"),
        is_advanced=True,
    )
    beta2: float = setting(
        0.999,
        "Beta 2",
        "How slowly the running mean of squared gradients forgets.",
        low=0,
        high=0.99999,
        only=_of("optimizer", OPTIMIZERS, "beta2"),
        is_advanced=True,
    )
    weight_decay: float = setting(
        0.0,
        "Weight decay",
        "Pulls every parameter towards 0 in each step, in proportion to its size; 0 is off.",
        low=0,
        high=1,
        is_advanced=True,
    )
    l1: float = setting(
        0.0,
        "L1",
        "This times the sum of all parameters' magnitudes is made small too, which brings many to 0; 0 is off. "
        "The loss that is shown leaves it out.",
        low=0,
        high=1,
        is_advanced=True,
    )
    clip_norm: float = setting(
        0.0,
        "Gradient clipping",
        "A gradient over all parameters that is longer than this is shortened to it (Pascanu et al., 2013); 0 is off.",
        low=0,
        high=1000,
        is_advanced=True,
    )
    warm_up: int = setting(
        0,
        "Warm-up",
        "Steps in which the learning rate comes up from almost nothing, in a straight line; 0 is off.",
        low=0,
        high=100_000,
        is_advanced=True,
    )
    step_every: int = setting(
        100,
        "Steps between falls",
        "Steps from one fall of the learning rate to the next.",
        low=1,
        high=1_000_000,
        only=_of("schedule", SCHEDULES, "step_every"),
        is_advanced=True,
    )
    factor: float = setting(
        0.5,
        "Factor",
        "What the learning rate is multiplied by when it falls.",
        low=0.01,
        high=0.99,
        only=_of("schedule", SCHEDULES, "factor"),
        is_advanced=True,
    )
    patience: int = setting(
        3,
        "Patience",
        "Epochs in a row without a better validation loss after which the learning rate falls.",
        low=1,
        high=100,
        only=_of("schedule", SCHEDULES, "patience"),
        is_advanced=True,
    )
    early_stopping: int = setting(
        0,
        "Early stopping",
        "Epochs in a row without a better validation loss after which the training ends; 0 is off.",
        low=0,
        high=100,
        is_advanced=True,
    )
    precision: str = setting(
        "float32",
        "Precision",
        "The numbers it is worked out in; bfloat16 is quicker where the processor has it, and has two to three digits.",
        options=("float32", "bfloat16"),
        is_advanced=True,
    )
    device: str = setting(
        "cpu",
        "Device",
        "What works it out: the processor, or a graphics card by NVIDIA (cuda) or Apple (mps).",
        options=("cpu", "cuda", "mps"),
        names={"cpu": "CPU", "cuda": "CUDA", "mps": "MPS"},
        is_advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.optimizer == "nesterov" and not self.momentum:
            raise SettingError("momentum", "Momentum: Nesterov's way needs one above 0; use 0.9, or the optimizer sgd.")

    def steps_per_epoch(self, images: int) -> int:
        """Optimizer steps in one pass; a last batch of a single image is left out, as batch norm needs two."""
        return max(1, images // self.batch_size + (images % self.batch_size > 1))

    def learning_rate_at(self, step: float, steps: int, losses: Sequence[float] = ()) -> float:
        """The learning rate of a step, counted from 0, of a training of `steps` steps.

        `losses` are the validation losses at the ends of the epochs so far.
        """
        schedule = SCHEDULES[self.schedule]
        share = schedule.share(step, steps, self.own(schedule), losses)
        return self.learning_rate * share * warmed_up(step, self.warm_up)

    def own(self, member: _Member) -> dict[str, float]:
        """The values of the settings that belong to a member of a family."""
        return {name: getattr(self, name) for name in member.settings}

    @property
    def watches_validation(self) -> bool:
        """Whether something is decided by the validation loss at the end of an epoch."""
        return bool(self.early_stopping) or SCHEDULES[self.schedule].watches_validation


def snapshot_steps(steps: int) -> list[int]:
    """The steps a training of `steps` steps is saved at: 0, 1, 2, 4 ... 64, then evenly, then the last.

    These are 60 to 117; a training too short to give 60 that way is saved at every step.
    """
    if steps < 116:
        return list(range(steps + 1))
    spacing = (steps - 64) // 52
    return sorted({0, 1, 2, 4, 8, 16, 32, 64, *range(64 + spacing, steps + 1, spacing), steps})
