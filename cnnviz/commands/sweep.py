"""`cnnviz sweep`: train a network once for each value of one setting."""

import argparse
import json
from typing import Any

from cnnviz.commands.train import NETWORK, add_settings, folder, given_settings, take_network, value
from cnnviz.errors import SettingError
from cnnviz.runs import Run, runs_folder
from cnnviz.runs.comparing import outcome
from cnnviz.settings import Value
from cnnviz.training.memory import keep_freed_memory


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare the command."""
    sweep = commands.add_parser("sweep", help="train a network once for each value of one setting")
    sweep.set_defaults(command=_sweep)
    sweep.add_argument("setting", help="what differs, such as learning_rate")
    sweep.add_argument("values", help="its values, as in 0.001,0.01,0.1; or a range with their number: 0.001:0.1:5")
    sweep.add_argument("--log", action="store_true", help="a range goes up by factors, not by steps")
    sweep.add_argument("--dataset", default="digits")
    sweep.add_argument("--network", default="digits_small", help=NETWORK)
    sweep.add_argument("--out", type=folder, help="the folder that holds runs")
    sweep.add_argument("--json", action="store_true", help="the last line of stdout is the result as JSON")
    add_settings(sweep)


def _sweep(given: argparse.Namespace) -> None:
    from cnnviz.api import sweep
    from cnnviz.training.changing import changeable, is_whole

    take_network(given)
    name = given.setting.replace("-", "_")
    values = _values(given.values, log=given.log, whole=is_whole(name))
    runs_folder(given.out)  # say that it cannot be made before torch is loaded
    keep_freed_memory()  # this process does nothing else
    runs = sweep(name, values, given.dataset, given.network, out=given.out, **given_settings(given))
    results = [_result(run, name, held) for run, held in zip(runs, dict.fromkeys(values), strict=True)]
    if given.json:
        print(json.dumps(results))
        return
    declared = changeable()[name]
    for result in results:
        accuracy = "not validated" if result["accuracy"] is None else f"validation {result['accuracy']:.1%}"
        said = f"{declared.label} {declared.name_of(result[name])}"
        print(f"{said}: {accuracy}, {result['run']}{' ' + result['reason'] if result['reason'] else ''}")
    best = max(results, key=lambda result: result["accuracy"] or 0)
    print(f"Best: {declared.word} {declared.name_of(best[name])}")


def _values(text: str, *, log: bool, whole: bool) -> list[Value]:
    """The values of `1,2,3`, or of a range `1:3:3`."""
    from cnnviz.training.siblings import spread

    if ":" not in text:
        return [value(part.strip()) for part in text.split(",") if part.strip()]
    try:
        low, high, count = text.split(":")
        return spread(float(low), float(high), int(count), "log" if log else "linear", whole=whole)
    except ValueError as error:
        if isinstance(error, SettingError):
            raise
        raise SettingError(
            "values", f"{text} is no range; write it as in 0.001:0.1:5, first, last and number."
        ) from None


def _result(run: Run, name: str, held: Value) -> dict[str, Any]:
    came = outcome(run)
    return {
        "run": run.id,
        name: held,
        "accuracy": None if came.final is None else round(came.final, 6),
        "best_accuracy": None if came.best is None else round(came.best, 6),
        "steps": came.steps,
        "reason": run.status().reason,
    }
