"""A run made from another: the same from its start, or from a saved step on, with what differs said."""

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnviz.errors import RunError
from cnnviz.runs.folder import new_id, placed_whole
from cnnviz.runs.logs import take_along
from cnnviz.runs.run import FORMAT, Run
from cnnviz.runs.wording import PLAIN, Differences, Wording

_SILENT = ("created", "format", "owner", "group", "parent", "versions")  # say nothing of how it is trained
FOLLOW = ("planned_steps", "steps_per_epoch", "training_images", "validation_images")  # from what else differs
_PARTS = ("recipe", "augmentation", "preparation")  # of a record: settings by name
_FIXED = ("task", "dataset", "classes", "network", "recipe.seed")  # what the weights of a step stand on


def copy_run(
    run: Run,
    folder: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    step: int | None = None,
    onward: Mapping[str, Any] | None = None,
    wording: Wording = PLAIN,
) -> Run:
    """Make a run from another one, ready to be trained; the other stays as it is.

    From the start it is a twin: the same seed, data, network and recipe but for `changes`. From a saved step it has
    the log and the snapshots up to there, and goes on with that step's weights, with the optimizer's state too where
    that was kept. "parent" of its record says which run it was made from and, in a sentence, what differs.

    Args:
        run: The run to copy.
        folder: The folder that holds runs.
        changes: New values of the record: "network", or with a dot what lies in a part of it, "recipe.learning_rate".
            They are written as they are; whoever calls has checked them, and gives what follows from them
            ("planned_steps") too. "owner" (else it has none) and "group" are given here.
        step: A saved step to go on from; from the start where None.
        onward: Settings that hold from that step on, by name, as a change while it trains writes them.
        wording: How the sentence puts settings.

    Raises:
        RunError: If the step is not saved, a change does not go with its weights, or the copy cannot be written.
    """
    record = _changed(run.record, {"owner": None, **(changes or {})})
    differs, onward = differences(run.record, record), dict(onward or {})
    if step is None and onward:
        raise RunError("Settings that hold from a step on need a saved step to begin at; name one.")
    if step is not None:
        _check_step(run, step, differs, wording)
    run_id = new_id(folder, str(record["network"]["name"]))
    with placed_whole(folder, run_id) as temporary:
        what = _start(run, step) + _differing(differs, onward, wording)
        if step is not None and not _copy_files(run, step, temporary, with_optimizer="recipe.optimizer" not in differs):
            what += f" The optimizer begins anew: its state at step {step:,} is not there."
        now = round(time.time(), 3)
        parent = {"run": run.id, "step": step, "what": what}
        full = {**record, "format": FORMAT, "created": now, "parent": parent}
        (temporary / "run.json").write_text(json.dumps(full, indent=1), "utf-8")
        lines = [json.dumps(event) for event in _events(run, step, onward, now)]
        (temporary / "events.jsonl").write_text("\n".join([*lines, ""]), "utf-8")
    return Run(folder / run_id)


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Differences:
    """What of how they are trained differs between two records, by name as in `copy_run`: (one's value, the other's).

    What a record does not say is None. What only follows from the rest is left out where something else differs.
    """
    first, second = flat(one), flat(other)
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    causes = [name for name in names if name not in FOLLOW]
    return {name: (first.get(name), second.get(name)) for name in causes or names}


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """How a run is trained, by name: the parts of its record opened, what says nothing of it left out."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if name in _PARTS and isinstance(value, Mapping):
            found |= {f"{name}.{setting}": held for setting, held in value.items()}
        elif name not in _SILENT:
            found[name] = value
    return found


def _changed(record: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    found = json.loads(json.dumps(dict(record)))  # a copy of plain values, all through
    for name, value in changes.items():
        part, dot, setting = name.partition(".")
        if dot:
            found.setdefault(part, {})[setting] = value
        else:
            found[name] = value
    if "group" not in changes:
        found.pop("group", None)
    return dict(found)


def _check_step(run: Run, step: int, differs: Differences, wording: Wording) -> None:
    run.snapshot(step)
    fixed = [wording.title(name) for name in differs if name in _FIXED or name.startswith("preparation.")]
    if fixed:
        raise RunError(
            f"The weights of step {step:,} stand on the {' and the '.join(fixed)}; to change that, copy from the start."
        )


def _copy_files(run: Run, step: int, folder: Path, *, with_optimizer: bool) -> bool:
    """Copy what a copy from a step begins with; whether the optimizer's state is among it."""
    source, optimizer = run.step_path(step), run.optimizer_path(step)
    shutil.copyfile(source, folder / source.name)
    before = [path for kind in ("step", "log") for path in run.path.glob(f"{kind}-????????.safetensors")]
    before = [path for path in before if int(path.stem.partition("-")[2]) < step]
    for path in [*before, optimizer] if with_optimizer else before:
        take_along(path, lambda there: shutil.copyfile(there, folder / there.name))
    return (folder / optimizer.name).exists()


def _events(run: Run, step: int | None, onward: dict[str, Any], now: float) -> list[dict[str, Any]]:
    """What had changed while the other trained up to the step, and what changes there."""
    begun = {"event": "created", "step": 0, "time": now}
    if step is None:
        return [begun]
    before = [event for event in run.events() if event["event"] == "changed" and event["step"] < step]
    here = [event for event in run.events() if event["event"] == "changed" and event["step"] == step]
    for event in here:  # holds from the next update on, unless that is what differs
        held = {name: value for name, value in event["settings"].items() if name not in onward}
        before += [{**event, "settings": held}] if held else []
    last = [{"event": "changed", "step": step, "time": now, "settings": onward}] if onward else []
    return [begun, *before, *last]


def _start(run: Run, step: int | None) -> str:
    return f"As {run.label}, with " if step is None else f"From step {step:,} of {run.label}, with "


def _differing(differs: Differences, onward: dict[str, Any], wording: Wording) -> str:
    held = [f"{wording.title(name)} {wording.value(name, value)} from there on" for name, value in onward.items()]
    return ("; ".join([*([wording.told(differs)] if differs else []), *held]) or "nothing changed") + "."
