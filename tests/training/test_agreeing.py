import numpy as np
import pytest
import torch

from cnnviz.api import load_network
from cnnviz.datasets import split_of
from cnnviz.errors import RunError
from cnnviz.runs import Run
from cnnviz.training.agreeing import Agree
from cnnviz.training.siblings import twin_of
from tests.training.tiny import tiny_run, trained


def said_by(run: Run, step: int) -> np.ndarray:
    """What PyTorch's network says to each validation image, one by one."""
    network, images = load_network(run, step), split_of(run.record).validation
    with torch.no_grad():
        return np.array([int(network(torch.from_numpy(one)[None]).argmax()) for one in images.images])


def test_the_table_counts_who_is_right_where_the_other_is_wrong() -> None:
    run = tiny_run()
    twin = twin_of(run, {"learning_rate": 0.1}).make()
    for each in (run, twin):
        trained(each)
    total, found = Agree((run.path, twin.path), (10, 4), right=0, wrong=1, count=5).answer()
    images = split_of(run.record).validation
    one, other = said_by(run, 10), said_by(twin, 4)
    table = [[0, 0], [0, 0]]
    lost = []
    for at, label in enumerate(images.labels):
        table[0][0] += one[at] == label
        table[1][1] += other[at] == label
        if one[at] == label and other[at] != label:
            table[0][1] += 1
            lost.append(at)
        table[1][0] += other[at] == label and one[at] != label
    assert total == len(images)
    assert found["table"].tolist() == table
    assert found["alike"].tolist() == [[total, int((one == other).sum())], [int((one == other).sum()), total]]
    assert len(lost) > 5
    assert found["index"].tolist() == lost[:5]
    assert found["label"].tolist() == images.labels[lost[:5]].tolist()
    assert found["prediction"].tolist() == other[lost[:5]].tolist()
    np.testing.assert_array_equal(found["pixels"], np.round(images.images[lost[:5]] * 255).astype(np.uint8))


def test_runs_of_other_images_are_not_compared() -> None:
    runs = [tiny_run(epochs=1), tiny_run(epochs=1, seed=1)]
    with pytest.raises(RunError, match="not validated on the same images"):
        Agree((runs[0].path, runs[1].path), (0, 0)).answer()
