"""What can go wrong in a way that a user can mend."""


class CnnvizError(Exception):
    """A mistake a user can mend: what is wrong, what was received, what would do, in one or two sentences."""


class SettingError(CnnvizError):
    """A setting is unknown or out of its range.

    Attributes:
        field: The setting's name, so that a form can show the message beside it.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field

    def __reduce__(self) -> tuple[type["SettingError"], tuple[str, str]]:
        """It travels between processes, and an exception is made again from its message alone."""
        return type(self), (self.field, str(self))


class LayerError(CnnvizError):
    """A layer cannot work on the input it is given."""


class ImageError(CnnvizError):
    """A picture cannot be read, does not fit, or is gone."""


class TargetError(CnnvizError):
    """There is no such class to explain."""


class DatasetError(CnnvizError):
    """A data set, class or image is unknown or cannot be read."""


class NetworkError(CnnvizError):
    """A network is unknown or cannot be built."""


class RunError(CnnvizError):
    """A run is unknown, damaged, locked, or of a newer format."""


class StorageError(RunError):
    """A file of a run cannot be written: there is no room, or its folder is gone or closed."""


class TrainingError(CnnvizError):
    """Training cannot go on."""


def choose_from(given: object, what: str, known: list[str]) -> str:
    """One sentence for a name that is none of the known ones."""
    return f"{what} {str(given)!r} is unknown; choose from {', '.join(known)}."


def counted(count: int, what: str) -> str:
    """`1 map`, `16 maps`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
