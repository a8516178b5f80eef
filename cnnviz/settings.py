"""Settings, declared once: the core's check, the form, the command line and the help come from one field."""

import dataclasses
import math
import numbers
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, cast

from cnnviz.errors import SettingError

Value = int | float | str | bool


@dataclass(frozen=True)
class Setting:
    """What is known about one field.

    Attributes:
        label: The name a person reads.
        help: One sentence on what it does.
        low: Smallest value, or None where there is none.
        high: Largest value, or None where there is none.
        options: The values that are allowed, where they are few.
        scale: How a form steps through the values.
        names: What people call the options, where the values themselves are no words for them.
        only: The choices it belongs to: by the name of another field, those of its values that it goes with.
        is_advanced: Whether a form shows it only when asked for more.
        is_whole: Whether its values are whole numbers.
    """

    label: str
    help: str
    low: float | None = None
    high: float | None = None
    options: tuple[Value, ...] = ()
    scale: Literal["linear", "log"] = "linear"
    names: Mapping[Value, str] = dataclasses.field(default_factory=dict)
    only: Mapping[str, tuple[Value, ...]] = dataclasses.field(default_factory=dict)
    is_advanced: bool = False
    is_whole: bool = False

    @property
    def word(self) -> str:
        """The label inside a sentence: "learning rate", but "L1"."""
        return self.label[0].lower() + self.label[1:] if self.label[1:2].islower() else self.label

    def belongs_to(self, chosen: Mapping[str, Any]) -> bool:
        """Whether it has a use with these values of the other fields."""
        return all(chosen[field] in values for field, values in self.only.items())

    def name_of(self, option: Value) -> str:
        """An option for people."""
        return self.names.get(option, str(option))


def setting(default: Value, label: str, help: str, **bounds: Any) -> Any:  # noqa: A002 - the word users read
    """Declare a dataclass field with its bounds; `bounds` are the further attributes of `Setting`."""
    is_whole = isinstance(default, int) and not isinstance(default, bool)
    return dataclasses.field(default=default, metadata={"setting": Setting(label, help, is_whole=is_whole, **bounds)})


@dataclass(frozen=True)
class Settings:
    """A group of settings. It cannot exist with a value out of range.

    Raises:
        SettingError: On construction, naming the field, what was received and what would do; also where a field is set
            that does not belong to what was chosen.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            declared = field.metadata.get("setting")
            if declared is not None:
                value = _checked(field.name, declared, cast(Value, field.default), getattr(self, field.name))
                object.__setattr__(self, field.name, value)
        for name in self._out_of_place():
            declared, fields = self.declared()[name], type(self).declared()
            choices = [(fields[other], declared.only[other], getattr(self, other)) for other in declared.only]
            what, fitting, chosen = next(choice for choice in choices if choice[2] not in choice[1])
            raise SettingError(
                name,
                f"{declared.label}: {getattr(self, name)} has no use with the {what.label.lower()} {chosen}; "
                f"leave it at {self._default(name)}, or choose {' or '.join(map(str, fitting))}.",
            )

    @classmethod
    def declared(cls) -> dict[str, Setting]:
        """Every setting by its field's name, in the order a form shows them."""
        return {f.name: f.metadata["setting"] for f in dataclasses.fields(cls) if "setting" in f.metadata}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The inverse of `to_record`; a missing field takes its default.

        Raises:
            SettingError: Where a field is unknown or its value out of range.
        """
        known = {f.name for f in dataclasses.fields(cls)}
        for name in record:
            if name not in known:
                raise SettingError(name, f"{name!r} is no setting here; there is {', '.join(sorted(known)) or 'none'}.")
        return cls(**record)

    def changed(self, **changes: Any) -> Self:
        """These settings with some changed; what no longer belongs to a choice goes back to its default.

        Raises:
            SettingError: Where a field is unknown, its value out of range, or out of place although it was asked for.
        """
        record = {**self.to_record(), **changes}
        for name, declared in self.declared().items():
            if name not in changes and not declared.belongs_to(record):
                record[name] = self._default(name)
        return type(self).from_record(record)

    def belongs(self, name: str) -> bool:
        """Whether a field has a use with what was chosen."""
        return self.declared()[name].belongs_to(vars(self))

    @classmethod
    def _default(cls, name: str) -> Any:
        return cls.__dataclass_fields__[name].default

    def _out_of_place(self) -> Iterator[str]:
        for name, declared in self.declared().items():
            if getattr(self, name) != self._default(name) and not declared.belongs_to(vars(self)):
                yield name

    def to_record(self) -> dict[str, Value]:
        """Plain values by field name, for JSON."""
        return dataclasses.asdict(self)


def _checked(field: str, declared: Setting, default: Value, value: object) -> Value:
    """The value in the type of its default, or a SettingError."""
    if declared.options:
        if value not in declared.options:
            allowed = ", ".join(str(option) for option in declared.options)
            raise SettingError(field, f"{declared.label}: {value!r} is not possible; choose from {allowed}.")
        return value
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise SettingError(field, f"{declared.label}: {value!r} is neither true nor false.")
        return value
    return _number(field, declared, value)


def _number(field: str, declared: Setting, value: object) -> int | float:
    use, whole = f"use {_range(declared)}.", declared.is_whole
    kind = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not _is_finite(value):
        raise SettingError(field, f"{declared.label}: {value!r} is not {kind}; {use}")
    number: Any = value  # NumPy's numbers are real ones too, which no type says
    if whole and number != int(number):
        raise SettingError(field, f"{declared.label}: {number} is not a whole number; {use}")
    number = int(number) if whole else number
    if declared.low is not None and number < declared.low:
        raise SettingError(field, f"{declared.label}: {_text(number)} is below {_text(declared.low)}; {use}")
    if declared.high is not None and number > declared.high:
        raise SettingError(field, f"{declared.label}: {_text(number)} is above {_text(declared.high)}; {use}")
    return int(number) if whole else float(number)


def _is_finite(number: numbers.Real) -> bool:
    return isinstance(number, numbers.Integral) or math.isfinite(number)  # which fails at a number of 400 digits


def _range(declared: Setting) -> str:
    if declared.low is None:
        return "any number" if declared.high is None else f"{_text(declared.high)} or less"
    low = _text(declared.low)
    return f"{low} or more" if declared.high is None else f"{low} to {_text(declared.high)}"


def _text(number: float) -> str:
    """A number for people, with digits enough that it never reads like the bound it is beyond."""
    return str(number) if isinstance(number, int) else f"{number:.15g}"
