"""What of a form hangs on the machine: the devices it can train on, and their precisions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cnnviz.settings import Setting


def possible(
    fields: Mapping[str, Setting], chosen: Mapping[str, Any], devices: Mapping[str, tuple[str, ...]] | None
) -> dict[str, Setting]:
    """The fields with what this machine has; one that leaves no choice is left out.

    Args:
        fields: Settings by name.
        chosen: Their values. What a copied recipe names and this machine lacks stays, to be refused in words.
        devices: The devices there are, each with its precisions; None where that is not known.
    """
    if devices is None:
        return dict(fields)
    has: dict[str, tuple[str, ...]] = {"device": tuple(devices)}
    if chosen["device"] in devices:
        has["precision"] = devices[chosen["device"]]
    found = {}
    for name, declared in fields.items():
        kept = [option for option in declared.options if option in has.get(name, (option,)) or option == chosen[name]]
        if name not in has or len(kept) > 1:
            found[name] = replace(declared, options=tuple(kept))
    return found
