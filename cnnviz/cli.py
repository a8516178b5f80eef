"""The command line: `cnnviz`, `cnnviz train`, `cnnviz runs`, `cnnviz explain`, `cnnviz inspect`."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from cnnviz.errors import CnnvizError, LayerError, SettingError, choose_from
from cnnviz.recipe import Recipe
from cnnviz.runs import Damaged, Run, find_run, list_runs, runs_folder
from cnnviz.settings import Setting, Value

_LOOPBACK = "127.0.0.1"


class _OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line on stderr."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"cnnviz: {message}; `{self.prog} --help` lists what there is\n")


def main(arguments: list[str] | None = None) -> None:
    """Run one command; an error is one line on stderr and a non-zero exit."""
    given = _parser().parse_args(arguments)
    try:
        given.command(given)
    except CnnvizError as error:
        sys.exit(f"cnnviz: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(prog="cnnviz", description="Watch a convolutional network learn, in the browser.")
    commands = parser.add_subparsers(parser_class=_OneLineParser, metavar="serve | train | runs | explain | inspect")
    serve = commands.add_parser("serve", help="open the app (what `cnnviz` alone does)")
    for one in (parser, serve):  # `cnnviz` alone is `cnnviz serve`
        one.set_defaults(command=_serve)
        one.add_argument("--host", default=_LOOPBACK, help="address to listen on; 0.0.0.0 opens it to your network")
        one.add_argument("--port", type=int, help="port; by default 8501 or the next free one")
        one.add_argument("--runs", help="the folder that holds runs")
        one.add_argument("--no-browser", action="store_true", help="do not open the browser")
    train = commands.add_parser("train", help="train a network without the app")
    train.set_defaults(command=_train)
    train.add_argument("--dataset", default="digits")
    train.add_argument("--network", default="digits_small")
    train.add_argument("--classes", help="the classes that make the task, as in 3,8; all by default")
    train.add_argument("--out", type=_folder, help="the folder that holds runs")
    train.add_argument("--json", action="store_true", help="the last line of stdout is the result as JSON")
    for name, setting in Recipe.declared().items():
        train.add_argument(f"--{name.replace('_', '-')}", help=_help(setting), type=_value, default=argparse.SUPPRESS)
    runs = commands.add_parser("runs", help="list runs, or show one")
    runs.set_defaults(command=_runs)
    runs.add_argument("run", nargs="?", help="a run's id or path; all by default")
    runs.add_argument("--runs", help="the folder that holds runs")
    runs.add_argument("--json", action="store_true")
    explain = commands.add_parser("explain", help="write a map of what speaks for an answer")
    inspect = commands.add_parser("inspect", help="write what every layer makes of an image")
    for one, command in ((explain, _explain), (inspect, _inspect)):
        _add_look(one, command)
    _add_method(explain)
    return parser


def _add_look(parser: argparse.ArgumentParser, command: Callable[[argparse.Namespace], None]) -> None:
    """What `explain` and `inspect` share: which network, which image, where to."""
    parser.set_defaults(command=command)
    parser.add_argument("run", help="a run's id or path, or `example`")
    parser.add_argument("--image", required=True, help="a picture file, or an image of the run's data: validation-3")
    parser.add_argument("--step", type=int, help="a saved step; by default the last")
    parser.add_argument("--layer", help="for a map made from a layer, or to write one layer only")
    parser.add_argument("--out", type=_folder, required=True, help="the folder to write into")
    parser.add_argument("--runs", help="the folder that holds runs")


def _add_method(parser: argparse.ArgumentParser) -> None:
    from cnnviz.attribution import METHODS

    own = [f"{name}: {', '.join(method.declared())}" for name, method in METHODS.items() if method.declared()]
    parser.add_argument("--method", default="saliency", help=f"one of {', '.join(METHODS)}; by default saliency")
    parser.add_argument("--target", type=int, help="the class to explain, counted from 0; by default the predicted one")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"a setting of the method, as often as needed ({'; '.join(own)})",
    )


def _help(setting: Setting) -> str:
    if setting.options:
        return f"{setting.help} One of {', '.join(map(str, setting.options))}; by default the network's own."
    return f"{setting.help} {setting.low:g} to {setting.high:g}; by default the network's own."


def _folder(text: str) -> str:
    if not text.strip():  # which would be the current one
        raise argparse.ArgumentTypeError("it is empty; name a folder")
    return text


def _value(text: str) -> int | float | str:
    """A number where it reads as one; whether it fits is for the setting to say, in its own words."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


# serve


def _serve(given: argparse.Namespace) -> None:
    if given.port is not None and not 0 < given.port < 65_536:
        raise CnnvizError(f"Port {given.port} does not exist; use 1024 to 65535.")
    folder = runs_folder(given.runs)
    environment = os.environ | {"CNNVIZ_RUNS": str(folder)}
    environment["CNNVIZ_OPEN_BROWSER"] = "" if given.no_browser else "1"
    command = [sys.executable, "-m", "streamlit", "run", str(_app()), "--server.headless", "true"]
    command += ["--server.address", given.host]
    command += ["--server.port", str(given.port)] if given.port else []
    os.chdir(_app().parent)  # where .streamlit/config.toml is looked for
    if sys.platform == "win32":
        sys.exit(subprocess.call(command, env=environment))
    os.execve(command[0], command, environment)  # noqa: S606 - the server takes this process's place, and its signals


def _app() -> Path:
    """The launcher: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).parent
    installed = package / "_app" / "app.py"
    return installed if installed.exists() else package.parent / "app.py"


# train


def _train(given: argparse.Namespace) -> None:
    from cnnviz.api import changed_recipe

    changes = {name: getattr(given, name) for name in Recipe.declared() if hasattr(given, name)}
    recipe = changed_recipe(given.network, None, changes)
    classes = [name.strip() for name in given.classes.split(",")] if given.classes else None
    runs_folder(given.out)  # say that it cannot be made before torch is loaded
    run, seconds = _train_with_bar(given, recipe, classes)
    result = _result(run, seconds)
    if given.json:
        print(json.dumps(result))
    else:
        shares = ", ".join(f"{part} {result[f'{part}_accuracy']:.1%}" for part in ("train", "validation", "test"))
        print(f"{run.id}: {result['steps']} steps in {seconds:.1f} s, accuracy {shares}")
        print(run.path)


def _train_with_bar(given: argparse.Namespace, recipe: Recipe, classes: list[str] | None) -> tuple[Run, float]:
    from tqdm import tqdm

    from cnnviz.api import train
    from cnnviz.training.control import Report

    with tqdm(unit=" step", disable=None, file=sys.stderr, leave=False) as bar:  # None: only on a terminal
        started: list[float] = []

        def heard(report: Report) -> None:
            started.append(time.monotonic())
            bar.n = report.step
            if report.log.train_loss.size:
                bar.set_postfix(loss=f"{report.log.train_loss[-1]:.3f}", refresh=False)
            bar.refresh()

        bar.total = _planned(given.dataset, recipe, classes)
        run = train(given.dataset, given.network, classes=classes, recipe=recipe, out=given.out, heard=heard)
    return run, started[-1] - started[0]


def _planned(name: str, recipe: Recipe, classes: list[str] | None) -> int:
    from cnnviz.datasets import dataset

    return recipe.steps_per_epoch(len(dataset(name).split(recipe.seed, classes).train)) * recipe.epochs


def _result(run: Run, seconds: float) -> dict[str, Any]:
    from cnnviz.api import evaluate

    figures = {part: evaluate(run, part) for part in ("train", "validation", "test")}
    recipe = run.record["recipe"]
    images = min(figures["train"].count, recipe["batch_size"] * run.record["steps_per_epoch"]) * recipe["epochs"]
    return {
        "run": run.id,
        "steps": run.steps()[-1],
        **{f"{part}_accuracy": round(figure.accuracy, 6) for part, figure in figures.items()},
        "seconds": round(seconds, 3),
        "images_per_second": round(images / seconds, 1),
    }


# runs


def _runs(given: argparse.Namespace) -> None:
    folder = runs_folder(given.runs)
    found = [find_run(given.run, folder)] if given.run else list_runs(folder)
    rows = [_row(entry) for entry in found]
    if given.json:
        print(json.dumps(rows))
        return
    for row in rows:
        if row["state"] == "damaged":
            print(f"{row['run']}  damaged: {row['reason']}")
        else:
            accuracy = "" if row["validation_accuracy"] is None else f"validation {row['validation_accuracy']:.1%}"
            print(f"{row['run']}  {row['dataset']}  {row['state']}  step {row['step']}  {accuracy}")
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


# explain and inspect


def _explain(given: argparse.Namespace) -> None:
    from cnnviz.attribution import method_of

    settings = dict(_setting(text) for text in given.set)
    method_of(given.method, settings)  # says what is wrong before torch is loaded
    run = find_run(given.run, runs_folder(given.runs))

    from cnnviz.api import look
    from cnnviz.attribution import explain
    from cnnviz.figures.saved import save_attribution

    seen = look(run, given.image, given.step)
    found = explain(seen.network, seen.image, given.method, given.target, layer=given.layer, **settings)
    name = run.class_names[found.target]
    paths = save_attribution(Path(given.out), found, seen.image, {**seen.about(), "class": name})
    print(f"{given.method} of {given.image} for {name} at step {seen.step}: {paths[0]}")


def _inspect(given: argparse.Namespace) -> None:
    run = find_run(given.run, runs_folder(given.runs))

    from cnnviz.api import look
    from cnnviz.figures.saved import save_maps

    seen = look(run, given.image, given.step)
    layers = {name: values for name, values in seen.activations.items() if name != "input"}
    if given.layer is not None and given.layer not in layers:
        raise LayerError(choose_from(given.layer, "Layer", list(layers)))
    wanted = {given.layer: layers[given.layer]} if given.layer else layers
    paths = save_maps(Path(given.out), seen.image, wanted, seen.about())
    print(f"{len(wanted)} layer{'s' * (len(wanted) > 1)} of {given.image} at step {seen.step}: {paths[-1].parent}")


def _setting(text: str) -> tuple[str, Value]:
    """NAME=VALUE, with the value in its own kind."""
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingError(name, f"--set {text} has no value; write it as in steps=100.")
    words: dict[str, Value] = {"true": True, "false": False}
    return name.strip().replace("-", "_"), words[value.lower()] if value.lower() in words else _value(value)


if __name__ == "__main__":
    main()
