"""From a person's choices to a new run: everything is checked before anything is written."""

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypedDict, Unpack

from cnnviz.augmentation import Augmentation
from cnnviz.datasets import Preparation, dataset
from cnnviz.errors import NetworkError, SettingError, counted
from cnnviz.layers import Shape, text_of
from cnnviz.networks import NetworkSpec, network
from cnnviz.plan import Plan
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, create_run, runs_folder


class Chosen(TypedDict, total=False):
    """What can be said of a new run beside its data set, network and recipe.

    Attributes:
        classes: The classes that make the task, two at least; all where None.
        preparation: What is done to the images once; nothing where None.
        augmentation: How training images are varied each time they are seen; not at all where None.
        folder: The folder that holds runs; see `runs_folder`.
        owner: The hash of the key that may control it.
        parent: Of which run it was made: "run", "step", and "what" differs in one sentence.
        group: What twins, or the runs of a sweep, share.
    """

    classes: Sequence[str] | None
    preparation: Preparation | None
    augmentation: Augmentation | None
    folder: str | Path | None
    owner: str | None
    parent: Mapping[str, Any] | None
    group: str | None


def new_run(
    dataset_name: str, network_name: str | NetworkSpec, recipe: Recipe | None = None, **chosen: Unpack[Chosen]
) -> Run:
    """Make a run's folder, ready to be trained.

    Args:
        dataset_name: A data set's name.
        network_name: A preset's name, or a network of one's own.
        recipe: How to train; the preset's own where None.
        **chosen: See `Chosen`.

    Raises:
        CnnvizError: If a name is unknown, a setting out of range, the network cannot work on these images, or the
            recipe not with their number.
    """
    source = dataset(dataset_name)
    preparation = chosen.get("preparation") or Preparation()
    augmentation = chosen.get("augmentation") or Augmentation()
    if recipe is None:
        recipe = network(network_name).recipe if isinstance(network_name, str) else Recipe()
    names = [source.classes[index] for index in source.chosen(chosen.get("classes"))]
    sizes, shape = source.sizes(names, preparation), preparation.shape(source.shape)
    spec = network(network_name).spec(shape, len(names)) if isinstance(network_name, str) else network_name
    _check_fit(spec, shape, source.title, len(names))
    steps = Plan(recipe, sizes["train"]).steps
    _check_recipe(recipe, steps, sizes["validation"])
    record = {
        "task": "classify",
        "dataset": source.name,
        "classes": names,
        "preparation": preparation.to_record(),
        "augmentation": augmentation.to_record(),
        "network": spec.to_record(),
        "recipe": recipe.to_record(),
        "planned_steps": steps,
        "steps_per_epoch": recipe.steps_per_epoch(sizes["train"]),
        "training_images": sizes["train"],
        "validation_images": sizes["validation"],
        "probe": "validation-0",
        "owner": chosen.get("owner"),
        "versions": {name: _version(name) for name in ("cnnviz", "torch", "numpy")},
    }
    record |= {name: chosen[name] for name in ("parent", "group") if chosen.get(name)}
    run = create_run(runs_folder(chosen.get("folder")), record)
    run.add_event("created", 0)
    return run


def changed_recipe(name: str | NetworkSpec, recipe: Recipe | None, changes: Mapping[str, Any]) -> Recipe:
    """The recipe given, else the preset's own, with some fields changed; see `Settings.changed`.

    Raises:
        CnnvizError: If the preset is unknown, or a field unknown, out of range or out of place.
    """
    if recipe is None:
        recipe = network(name).recipe if isinstance(name, str) else Recipe()
    return recipe.changed(**changes)


def _check_recipe(recipe: Recipe, steps: int, validation: int) -> None:
    """Refuse what these images do not allow."""
    if recipe.warm_up >= steps:
        raise SettingError(
            "warm_up",
            f"Warm-up: the training has {counted(steps, 'step')}, no more than the {recipe.warm_up}; use fewer.",
        )
    if recipe.watches_validation and not validation:
        field = "early_stopping" if recipe.early_stopping else "schedule"
        label = Recipe.declared()[field].label
        raise SettingError(field, f"{label}: there are no validation images to decide by; leave it off, or add images.")


def _check_fit(spec: NetworkSpec, shape: Shape, title: str, classes: int) -> None:
    """Refuse a network of one's own that takes other images or tells apart another number of classes."""
    if spec.input_shape != shape:
        raise NetworkError(
            f"The network {spec.name!r} takes images of {text_of(spec.input_shape)}, and those of {title} are "
            f"{text_of(shape)}; make it with that input shape."
        )
    if spec.outputs != classes and (spec.outputs, classes) != (1, 2):
        raise NetworkError(
            f"The network {spec.name!r} gives {counted(spec.outputs, 'output')} for {classes} classes; "
            f"end with a fully connected layer of {classes}{' or 1' if classes == 2 else ''}."
        )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
