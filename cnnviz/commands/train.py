"""`cnnviz train`: train a network without the app."""

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Preparation
from cnnviz.errors import counted
from cnnviz.networks import NETWORKS
from cnnviz.networks.named import network_named
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, runs_folder
from cnnviz.settings import Setting, Settings, Value
from cnnviz.training.memory import keep_freed_memory

if TYPE_CHECKING:
    from cnnviz.training.control import Report

_GROUPS: dict[str, tuple[type[Settings], str]] = {
    "how it is trained": (Recipe, "the network's own"),
    "what is done to the images once": (Preparation, "nothing"),
    "how they are varied each time": (Augmentation, "not at all"),
}
NETWORK = "a preset, a network saved on Build by its name, or its file NAME.json; by default digits_small"
_WORDS: dict[str, Value] = {"true": True, "false": False}


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Declare the command."""
    train = commands.add_parser("train", help="train a network without the app")
    train.set_defaults(command=_train)
    train.add_argument("--dataset", default="digits")
    train.add_argument("--network", default="digits_small", help=NETWORK)
    train.add_argument("--classes", help="the classes that make the task, as in 3,8; all by default")
    train.add_argument("--out", type=folder, help="the folder that holds runs")
    train.add_argument("--json", action="store_true", help="the last line of stdout is the result as JSON")
    add_settings(train)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Declare an option for every setting of a training."""
    for title, (settings, default) in _GROUPS.items():
        group = parser.add_argument_group(title)
        for name, declared in settings.declared().items():
            words = _help(declared, default)
            group.add_argument(f"--{name.replace('_', '-')}", help=words, type=value, default=argparse.SUPPRESS)


def given_settings(given: argparse.Namespace) -> dict[str, Any]:
    """The settings of a training that were given, by name."""
    return {name: held for settings, _ in _GROUPS.values() for name, held in _given(given, settings).items()}


def take_network(given: argparse.Namespace) -> None:
    """Find the network that was named, where it is no preset's name.

    Raises:
        CnnvizError: If there is none, or it cannot work.
    """
    if given.network not in NETWORKS:
        given.network = network_named(given.network, runs_folder(given.out))


def folder(text: str) -> str:
    """A folder's name, for an argument.

    Raises:
        ArgumentTypeError: If it is empty.
    """
    if not text.strip():  # which would be the current one
        raise argparse.ArgumentTypeError("it is empty; name a folder")
    return text


def value(text: str) -> Value:
    """A number, true or false where it reads as one; whether it fits is for the setting to say, in its own words."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return _WORDS.get(text.lower(), text)


def _help(declared: Setting, default: str) -> str:
    only = "".join(f" Only with {field} {' or '.join(map(str, fit))}." for field, fit in declared.only.items())
    if declared.options:
        return f"{declared.help}{only} One of {', '.join(map(str, declared.options))}; by default {default}."
    if declared.low is None or declared.high is None:
        return f"{declared.help}{only} true or false; by default {default}."
    return f"{declared.help}{only} {declared.low:g} to {declared.high:g}; by default {default}."


def _given(given: argparse.Namespace, settings: type[Settings]) -> dict[str, Any]:
    return {name: getattr(given, name) for name in settings.declared() if hasattr(given, name)}


def _train(given: argparse.Namespace) -> None:
    from cnnviz.training.start import changed_recipe

    take_network(given)
    recipe = changed_recipe(given.network, None, _given(given, Recipe))
    chosen = {
        "classes": [name.strip() for name in given.classes.split(",")] if given.classes else None,
        "preparation": Preparation(**_given(given, Preparation)),
        "augmentation": Augmentation(**_given(given, Augmentation)),
    }
    runs_folder(given.out)  # say that it cannot be made before torch is loaded
    keep_freed_memory()  # this process does nothing else
    run, seconds = _train_with_bar(given, recipe, chosen)
    result = _result(run, seconds)
    if given.json:
        print(json.dumps(result))
        return
    shares = ", ".join(f"{part} {result[f'{part}_accuracy']:.1%}" for part in ("train", "validation", "test"))
    print(f"{run.id}: {counted(result['steps'], 'step')} in {seconds:.1f} s, accuracy {shares}")
    if result["reason"]:
        print(result["reason"])
    print(run.path)


def _train_with_bar(given: argparse.Namespace, recipe: Recipe, chosen: dict[str, Any]) -> tuple[Run, float]:
    from tqdm import tqdm

    from cnnviz.api import train

    with tqdm(unit=" step", disable=None, file=sys.stderr, leave=False) as bar:  # None: only on a terminal
        started: list[float] = []

        def heard(report: "Report") -> None:
            started.append(time.monotonic())
            bar.n, bar.total = report.step, report.planned_steps
            if report.log.train_loss.size:
                bar.set_postfix(loss=f"{report.log.train_loss[-1]:.3f}", refresh=False)
            bar.refresh()

        run = train(given.dataset, given.network, recipe=recipe, out=given.out, heard=heard, **chosen)
    return run, started[-1] - started[0]


def _result(run: Run, seconds: float) -> dict[str, Any]:
    from cnnviz.api import evaluate

    figures = {part: evaluate(run, part) for part in ("train", "validation", "test")}
    recipe, per_epoch, steps = run.record["recipe"], run.record["steps_per_epoch"], run.steps()[-1]
    images = min(figures["train"].count, recipe["batch_size"] * per_epoch) * steps / per_epoch
    return {
        "run": run.id,
        "steps": steps,
        **{f"{part}_accuracy": round(figure.accuracy, 6) for part, figure in figures.items()},
        "seconds": round(seconds, 3),
        "images_per_second": round(images / seconds, 1),
        "reason": run.status().reason,
    }
