"""What a schedule must provide: the learning rate over time, as a share of the recipe's."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar


class Schedule(ABC):
    """How the learning rate changes over a training.

    Attributes:
        name: As in a record.
        title: For people.
        about: One sentence on what it does, and where it comes from.
        settings: The fields of a recipe that belong to it.
        watches_validation: Whether it asks for the validation loss at the end of every epoch.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    settings: ClassVar[tuple[str, ...]] = ()
    watches_validation: ClassVar[bool] = False

    @abstractmethod
    def share(self, step: float, steps: int, settings: Mapping[str, float], losses: Sequence[float] = ()) -> float:
        """The part of the learning rate, mostly 0 to 1, that a step is taken with.

        Args:
            step: Counted from 0; between two whole numbers where the batch size was changed on the way.
            steps: How many there are in the whole training.
            settings: A value for each of `settings`.
            losses: The validation losses at the ends of the epochs so far, oldest first.
        """
