"""What happened to a run: a line of JSON for each, appended to one file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnviz.runs.files import not_written

_KINDS: dict[str, type | tuple[type, ...]] = {
    "event": str,
    "step": int,
    "time": (int, float),
    "planned_steps": int,
    "settings": dict,
    "pace": (int, float),
    "reason": (str, type(None)),
}
_NEEDED = {"changed": ("step", "settings")}


def read_events(path: Path) -> list[dict[str, Any]]:
    """All events, oldest first; what a kill has cut short, or what nobody wrote who knows them, is left out."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if _is_sound(event):
            found.append(event)
    return found


def append_event(path: Path, event: Mapping[str, Any]) -> None:
    """Add one.

    Raises:
        StorageError: If there is no room for it, or the folder is gone or cannot be written to.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(event)}\n")  # the break before it ends a line that a kill may have cut
    except OSError as error:
        raise not_written(path, error) from None


def _is_sound(event: Any) -> bool:
    """Whether what a line says can be meant: a run may come from elsewhere."""
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        return False
    is_whole = all(name in event for name in _NEEDED.get(event["event"], ()))
    return is_whole and all(isinstance(event[name], kind) for name, kind in _KINDS.items() if name in event)
