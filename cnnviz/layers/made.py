"""A module of torch as it is made: built from a name and arguments, and written from the same in exported source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Made:
    """What is called in `torch.nn`, and with what.

    Attributes:
        name: In `torch.nn`.
        arguments: In order.
        options: By name.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> "nn.Module":
        """The module."""
        from torch import nn

        module: nn.Module = getattr(nn, self.name)(*self.arguments, **self.options)
        return module

    def __str__(self) -> str:
        given = [*map(repr, self.arguments), *(f"{name}={value!r}" for name, value in self.options.items())]
        return f"nn.{self.name}({', '.join(given)})"
