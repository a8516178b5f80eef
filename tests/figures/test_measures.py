import numpy as np

from cnnviz.figures.measures import layers_message, worst_message
from cnnviz.inspection.statistics import Statistics
from cnnviz.runs import Histogram, Mistake, Snapshot, example
from tests.figures.reader import read

RUN = example()


def test_layers_stand_in_the_order_of_the_network_with_their_counts() -> None:
    weights = RUN.snapshot(8).weights
    gradients = {name: Histogram.of(np.array([2.0, -1.0, np.nan], np.float32)) for name in ("fc1", "conv1")}
    nodes = ("relu1", "flatten1", "conv1", "conv2", "relu2", "pool1", "fc1")
    statistics = {name: Statistics(0.5, np.nan, 0.25, 1, 16) for name in nodes}
    header, arrays = read(layers_message(RUN, Snapshot(8, weights, {}, 0, gradients=gradients), statistics))
    assert (header["kind"], header["run"], header["step"]) == ("layers", "example", 8)
    assert [entry["name"] for entry in header["weights"]] == ["conv1", "conv2", "fc1"]
    assert [entry["name"] for entry in header["gradients"]] == ["conv1", "fc1"]
    assert [entry["name"] for entry in header["statistics"]] == ["conv1", "relu1", "conv2", "relu2", "pool1", "fc1"]
    for entry in header["weights"]:
        own = weights[f"{entry['name']}.weight"]
        assert (entry["count"], entry["scale"], entry["odd"]) == (own.size, np.abs(own).max(), 0)
        assert arrays[f"weights/{entry['name']}"].sum() == own.size
    assert header["gradients"][0] == {"name": "conv1", "count": 3, "scale": 2, "odd": 1}
    assert arrays["gradients/fc1"].sum() == 2
    assert header["statistics"][0] == {
        "name": "conv1", "mean": 0.5, "deviation": None, "zeros": 0.25, "dead": 1, "units": 16
    }  # fmt: skip


def test_the_worst_mistakes_are_images_to_choose_from() -> None:
    pixels = np.arange(2 * 64, dtype=np.uint8).reshape(2, 1, 8, 8)
    header, arrays = read(worst_message(RUN, 8, (Mistake(7, 1, 0, 0.75), Mistake(2, 9, 3, 0.5)), pixels))
    assert (header["kind"], header["step"], header["part"], header["total"]) == ("worst", 8, "validation", 2)
    assert header["classes"] == list(RUN.class_names)
    np.testing.assert_array_equal(arrays["pixels"], pixels)
    assert [arrays[name].tolist() for name in ("index", "label", "prediction", "probability")] == [
        [7, 2], [1, 9], [0, 3], [0.75, 0.5]
    ]  # fmt: skip
