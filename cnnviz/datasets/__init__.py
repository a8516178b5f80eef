"""The data sets, in the order users see them."""

from cnnviz.datasets.base import ByteImages, Dataset, Images, Split, find_image, image_index
from cnnviz.datasets.digits import Digits
from cnnviz.datasets.faces import Faces
from cnnviz.datasets.mnist import Mnist
from cnnviz.errors import DatasetError, choose_from

DATASETS: dict[str, Dataset] = {member.name: member for member in (Digits(), Faces(), Mnist())}


def dataset(name: str) -> Dataset:
    """The data set of this name.

    Raises:
        DatasetError: If there is none.
    """
    if name not in DATASETS:
        raise DatasetError(choose_from(name, "Data set", list(DATASETS)))
    return DATASETS[name]


__all__ = ["DATASETS", "ByteImages", "Dataset", "Images", "Split", "dataset", "find_image", "image_index"]
