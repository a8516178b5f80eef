"""The command line: `cnnviz`, `cnnviz train`, `sweep`, `runs`, `data`, `explain`, `inspect`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from cnnviz.commands import data, runs, sweep, train
from cnnviz.errors import CnnvizError, LayerError, SettingError, choose_from
from cnnviz.runs import find_run, runs_folder
from cnnviz.settings import Value

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
    known = "serve | train | sweep | runs | data | explain | inspect"
    commands = parser.add_subparsers(parser_class=_OneLineParser, metavar=known)
    serve = commands.add_parser("serve", help="open the app (what `cnnviz` alone does)")
    for one in (parser, serve):  # `cnnviz` alone is `cnnviz serve`
        one.set_defaults(command=_serve)
        one.add_argument("--host", default=_LOOPBACK, help="address to listen on; 0.0.0.0 opens it to your network")
        one.add_argument("--port", type=int, help="port; by default 8501 or the next free one")
        one.add_argument("--runs", help="the folder that holds runs")
        one.add_argument("--no-browser", action="store_true", help="do not open the browser")
    train.add(commands)
    sweep.add(commands)
    runs.add(commands)
    data.add(commands)
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
    parser.add_argument("--out", type=train.folder, required=True, help="the folder to write into")
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


# serve


def _serve(given: argparse.Namespace) -> None:
    if given.port is not None and not 0 < given.port < 65_536:
        raise CnnvizError(f"Port {given.port} does not exist; use 1024 to 65535.")
    folder = runs_folder(given.runs)
    one = {"OPENBLAS_NUM_THREADS": "1"}  # NumPy's own threads, many users' at once on few cores, wait for each other
    environment = one | os.environ | {"CNNVIZ_RUNS": str(folder)}
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
    return name.strip().replace("-", "_"), train.value(value)


if __name__ == "__main__":
    main()
