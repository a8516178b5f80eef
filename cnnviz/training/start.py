"""From a person's choices to a new run: everything is checked before anything is written."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cnnviz.datasets import Dataset, dataset
from cnnviz.errors import NetworkError
from cnnviz.layers import text_of
from cnnviz.networks import NetworkSpec, network
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, create_run, runs_folder


def new_run(
    dataset_name: str,
    network_name: str | NetworkSpec,
    recipe: Recipe | None = None,
    *,
    classes: Sequence[str] | None = None,
    folder: str | Path | None = None,
    owner: str | None = None,
) -> Run:
    """Make a run's folder, ready to be trained.

    Args:
        dataset_name: A data set's name.
        network_name: A preset's name, or a network of one's own.
        recipe: How to train; the preset's own where None.
        classes: The classes that make the task, two at least; all where None.
        folder: The folder that holds runs; see `runs_folder`.
        owner: The hash of the key that may control it.

    Raises:
        CnnvizError: If a name is unknown, a setting out of range, or the network cannot work on these images.
    """
    source = dataset(dataset_name)
    if recipe is None:
        recipe = network(network_name).recipe if isinstance(network_name, str) else Recipe()
    names = [source.classes[index] for index in source.chosen(classes)]
    sizes, count = source.sizes(names), len(names)
    spec = network(network_name).spec(source.shape, count) if isinstance(network_name, str) else network_name
    _check_fit(spec, source, count)
    per_epoch = recipe.steps_per_epoch(sizes["train"])
    record = {
        "task": "classify",
        "dataset": source.name,
        "classes": names,
        "network": spec.to_record(),
        "recipe": recipe.to_record(),
        "planned_steps": per_epoch * recipe.epochs,
        "steps_per_epoch": per_epoch,
        "validation_images": sizes["validation"],
        "probe": "validation-0",
        "owner": owner,
        "versions": {name: _version(name) for name in ("cnnviz", "torch", "numpy")},
    }
    run = create_run(runs_folder(folder), record)
    run.add_event("created", 0)
    return run


def _check_fit(spec: NetworkSpec, source: Dataset, classes: int) -> None:
    """Refuse a network of one's own that takes other images or tells apart another number of classes."""
    if spec.input_shape != source.shape:
        raise NetworkError(
            f"The network {spec.name!r} takes images of {text_of(spec.input_shape)}, and those of {source.title} are "
            f"{text_of(source.shape)}; make it with that input shape."
        )
    if spec.outputs != classes and (spec.outputs, classes) != (1, 2):
        raise NetworkError(
            f"The network {spec.name!r} gives {spec.outputs} outputs for {classes} classes; "
            f"end with a fully connected layer of {classes}{' or 1' if classes == 2 else ''}."
        )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
