"""The data sets, in the order users see them."""

from typing import Any

from cnnviz.datasets.base import ByteImages, Dataset, Images, Split, find_image, image_index
from cnnviz.datasets.cifar10 import Cifar10
from cnnviz.datasets.cifar100 import Cifar100
from cnnviz.datasets.digits import Digits
from cnnviz.datasets.emnist_letters import EmnistLetters
from cnnviz.datasets.faces import Faces
from cnnviz.datasets.fashion_mnist import FashionMnist
from cnnviz.datasets.kmnist import Kmnist
from cnnviz.datasets.mnist import Mnist
from cnnviz.datasets.own import OwnSet, is_own, own_sets
from cnnviz.datasets.preparation import Preparation
from cnnviz.datasets.svhn import Svhn
from cnnviz.errors import DatasetError, choose_from

DATASETS: dict[str, Dataset] = {
    member.name: member
    for member in (
        Digits(),
        Faces(),
        Mnist(),
        FashionMnist(),
        Kmnist(),
        EmnistLetters(),
        Cifar10(),
        Cifar100(),
        Svhn(),
    )
}


def dataset(name: str) -> Dataset:
    """The data set of this name: one of those listed here, or one of the user's own, whose files are looked for.

    Raises:
        DatasetError: If there is none.
    """
    if is_own(name):
        return OwnSet(name)
    if name not in DATASETS:
        raise DatasetError(choose_from(name, "Data set", list(DATASETS)))
    return DATASETS[name]


def every_dataset() -> dict[str, Dataset]:
    """All data sets by their names: those listed here, then the user's own, newest first."""
    return {**DATASETS, **own_sets()}


def datasets_for(owner: str | None, *names: str) -> dict[str, Dataset]:
    """What is listed for a person: all but the sets that others made in their browsers.

    Args:
        owner: The hash of the person's key.
        *names: Sets that the person knows the names of; one that is gone is passed over.
    """
    return {
        name: one
        for name, one in every_dataset().items()
        if not isinstance(one, OwnSet) or one.owner in {None, owner} or name in names
    }


def title_of(name: str) -> str:
    """A data set's title, or its name where it is gone."""
    try:
        return dataset(name).title
    except DatasetError:
        return name


def split_of(record: dict[str, Any]) -> Split:
    """A run's images in their parts, by what its record says: data set, classes, preparation, seed of the recipe.

    Raises:
        CnnvizError: As `Dataset.split`, or where there is no such data set or preparation.
    """
    preparation = Preparation.from_record(record.get("preparation") or {})
    return dataset(record["dataset"]).split(record["recipe"]["seed"], record["classes"], preparation)


__all__ = [
    "DATASETS",
    "ByteImages",
    "Dataset",
    "Images",
    "Preparation",
    "Split",
    "dataset",
    "datasets_for",
    "every_dataset",
    "find_image",
    "image_index",
    "split_of",
    "title_of",
]
