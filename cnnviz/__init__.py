"""Watch a convolutional network learn, look inside every layer at any moment, and question its decisions.

`cnnviz.train` trains a network and returns its run; `cnnviz.open_run` opens one; `cnnviz.evaluate` asks how good it is.
Nothing heavy is imported before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnviz.api import evaluate, open_run, train
    from cnnviz.errors import CnnvizError
    from cnnviz.networks import NetworkSpec
    from cnnviz.recipe import Recipe
    from cnnviz.runs import Run, list_runs, runs_folder

_HOMES = {
    "train": "cnnviz.api",
    "open_run": "cnnviz.api",
    "evaluate": "cnnviz.api",
    "CnnvizError": "cnnviz.errors",
    "NetworkSpec": "cnnviz.networks",
    "Recipe": "cnnviz.recipe",
    "Run": "cnnviz.runs",
    "list_runs": "cnnviz.runs",
    "runs_folder": "cnnviz.runs",
}

__all__ = [
    "CnnvizError",
    "NetworkSpec",
    "Recipe",
    "Run",
    "evaluate",
    "list_runs",
    "open_run",
    "runs_folder",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'cnnviz' has no attribute {name!r}")
