"""`cnnviz runs`: list runs, show one, take one along, bring one in, make room."""

import argparse
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.errors import CnnvizError
from cnnviz.runs import Damaged, Run, find_run, list_runs, runs_folder, write_archive
from cnnviz.runs.budget import disk_budget, parse_size, size_text, tidy_now
from cnnviz.runs.tables import write_csv, write_weights

if TYPE_CHECKING:
    from collections.abc import Callable

_FILES = ("file", "csv", "weights", "tensorboard")
_USE = "a run's id or path to show it; `import FILE` to bring one in; `tidy` to make room; nothing lists all"


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare the command."""
    runs = commands.add_parser("runs", help="list runs, show one, take one along, bring one in, make room")
    runs.set_defaults(command=_runs)
    runs.add_argument("what", nargs="*", metavar="RUN | import FILE | tidy", help=_USE)
    runs.add_argument("--runs", help="the folder that holds runs")
    runs.add_argument("--json", action="store_true")
    runs.add_argument("--file", type=Path, help="write the run as one file, a zip, which `import` takes")
    runs.add_argument("--csv", type=Path, help="write what it measured as a table: step, part, measure, layer, value")
    runs.add_argument("--weights", type=Path, help="write the weights of a step as safetensors")
    runs.add_argument("--step", type=int, help="a saved step, for --weights; by default the last")
    runs.add_argument("--tensorboard", type=Path, metavar="DIR", help="write TensorBoard events into DIR/RUN")
    runs.add_argument("--budget", help="for tidy: how much all runs may take, as in 5GB; else $CNNVIZ_DISK_BUDGET")
    runs.add_argument("--dry-run", action="store_true", help="for tidy: only say what would go")


def _runs(given: argparse.Namespace) -> None:
    folder, (verb, *rest) = runs_folder(given.runs), given.what or [""]
    wanted = [name for name in _FILES if getattr(given, name) is not None]
    if verb == "tidy" and not rest:
        _tidy(given, folder)
    elif verb == "import" and rest:
        _import(given, folder, [Path(name) for name in rest])
    elif rest or (wanted and not verb) or verb == "import":
        raise CnnvizError("Name one run, or say `import` and a file, or `tidy`; `cnnviz runs` lists what is there.")
    elif wanted:
        _take_along(given, find_run(verb, folder), wanted)
    else:
        _show([find_run(verb, folder)] if verb else list_runs(folder), folder, as_json=given.json)


def _show(found: "list[Run] | list[Run | Damaged]", folder: Path, *, as_json: bool) -> None:
    rows = [_row(entry) for entry in found]
    if as_json:
        print(json.dumps(rows))
        return
    for row in rows:
        if row["state"] == "damaged":
            print(f"{row['run']}  damaged: {row['reason']}")
        else:
            accuracy = "" if row["validation_accuracy"] is None else f"validation {row['validation_accuracy']:.1%}"
            is_begun = row["snapshots"] or row["state"] != "interrupted"
            state = row["state"] if is_begun else "not begun"  # it may wait for its turn in an open server
            print(f"{row['run']}  {row['dataset']}  {state}  step {row['step']}  {accuracy}")
    if not rows:
        print(f"There are no runs in {folder} yet; `cnnviz train` or the app makes one.", file=sys.stderr)


def _row(entry: Run | Damaged) -> dict[str, Any]:
    if isinstance(entry, Damaged):
        return {"run": entry.id, "state": "damaged", "reason": entry.reason}
    status = entry.status()
    accuracy = entry.last_validation_accuracy()
    return {
        "run": entry.id,
        "name": entry.label,
        "note": entry.note,
        "dataset": entry.record["dataset"],
        "network": entry.record["network"]["name"],
        "state": status.state,
        "reason": status.reason,
        "step": status.step,
        "planned_steps": entry.planned_steps,
        "snapshots": len(entry.steps()),
        "validation_accuracy": accuracy,
        "created": entry.record["created"],
        "path": str(entry.path),
    }


def _take_along(given: argparse.Namespace, run: Run, wanted: list[str]) -> None:
    """Write the files that were asked for, and say where they are."""
    writers: dict[str, Callable[[Path], Path]] = {
        "file": lambda path: _written(path, lambda: write_archive(run, path)),
        "csv": lambda path: _written(path, lambda: _write_csv(run, path)),
        "weights": lambda path: _written(path, lambda: write_weights(run, _step(run, given.step), path)),
        "tensorboard": lambda path: _events(run, path),
    }
    written = {name: str(writers[name](getattr(given, name))) for name in wanted}
    print(json.dumps(written) if given.json else "\n".join(written.values()))


def _written(path: Path, write: "Callable[[], None]") -> Path:
    """Write a file; where that fails, none is left that was not there."""
    is_new = not path.exists()
    try:
        write()
    except (OSError, CnnvizError) as error:
        with suppress(OSError):
            if is_new:
                path.unlink()
        text = f"{path} cannot be written: {error.strerror}." if isinstance(error, OSError) else str(error)
        raise CnnvizError(text) from None
    return path


def _write_csv(run: Run, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(run, file)


def _events(run: Run, folder: Path) -> Path:
    from cnnviz.figures.tensorboard import write_events

    write_events(run, folder / run.id)
    return folder / run.id


def _step(run: Run, step: int | None) -> int:
    saved = run.steps()
    return step if step is not None else saved[-1] if saved else 0


def _import(given: argparse.Namespace, folder: Path, files: list[Path]) -> None:
    from cnnviz.api import import_run

    for file in files:
        run = import_run(file, out=folder)
        print(json.dumps(_row(run)) if given.json else f"{run.id}: {run.path}")


def _tidy(given: argparse.Namespace, folder: Path) -> None:
    budget = parse_size(given.budget) if given.budget else disk_budget(folder)
    done = tidy_now(folder, budget, is_trial=given.dry_run)
    if given.json:
        print(json.dumps({**vars(done), "emptied": list(done.emptied)}))
        return
    allowed = "without a limit" if budget is None else f"of {size_text(budget)}"
    for run_id, count in done.thinned.items():
        print(f"{run_id}  {count} saved steps {'would go' if given.dry_run else 'are gone'}; its curves stay")
    for run_id in done.emptied:
        print(f"{run_id}  deleted before; {'would go' if given.dry_run else 'is gone'} for good")
    end = "" if done.is_enough else "; that is still too much: delete runs, or raise the budget"
    now = "would be" if given.dry_run else "are"
    print(f"The runs were {size_text(done.before)} {allowed}, and {now} {size_text(done.after)}{end}.")
