"""Watch a convolutional network learn, look inside every layer at any moment, and question its decisions.

`cnnviz.train` trains a network and returns its run; `cnnviz.open_run` opens one, and `cnnviz.import_run` makes
one of a file; `cnnviz.evaluate` asks how good it is.
`cnnviz.trace` shows what every layer of a network makes of an image, `cnnviz.explain` what speaks for its answer:
of a run (`cnnviz.load_network`, `cnnviz.load_image`), or of any torch module.
Nothing heavy is imported before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnviz.api import evaluate, import_run, load_image, load_network, open_run, sweep, train, twin
    from cnnviz.attribution import Attribution, explain
    from cnnviz.augmentation import Augmentation
    from cnnviz.datasets.importing import import_data
    from cnnviz.datasets.preparation import Preparation
    from cnnviz.errors import CnnvizError
    from cnnviz.inspection import Trace, trace
    from cnnviz.networks import NetworkSpec
    from cnnviz.recipe import Recipe
    from cnnviz.runs import Run, list_runs, runs_folder

_HOMES = {
    "train": "cnnviz.api",
    "twin": "cnnviz.api",
    "sweep": "cnnviz.api",
    "open_run": "cnnviz.api",
    "import_run": "cnnviz.api",
    "evaluate": "cnnviz.api",
    "load_network": "cnnviz.api",
    "load_image": "cnnviz.api",
    "trace": "cnnviz.inspection",
    "Trace": "cnnviz.inspection",
    "explain": "cnnviz.attribution",
    "Attribution": "cnnviz.attribution",
    "Augmentation": "cnnviz.augmentation",
    "import_data": "cnnviz.datasets.importing",
    "Preparation": "cnnviz.datasets.preparation",
    "CnnvizError": "cnnviz.errors",
    "NetworkSpec": "cnnviz.networks",
    "Recipe": "cnnviz.recipe",
    "Run": "cnnviz.runs",
    "list_runs": "cnnviz.runs",
    "runs_folder": "cnnviz.runs",
}

__all__ = [
    "Attribution",
    "Augmentation",
    "CnnvizError",
    "NetworkSpec",
    "Preparation",
    "Recipe",
    "Run",
    "Trace",
    "evaluate",
    "explain",
    "import_data",
    "import_run",
    "list_runs",
    "load_image",
    "load_network",
    "open_run",
    "runs_folder",
    "sweep",
    "trace",
    "train",
    "twin",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'cnnviz' has no attribute {name!r}")
