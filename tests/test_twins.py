"""Every code twin, run as it is copied, gives what the page shows."""

import shlex
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

import cnnviz
from cnnviz.attribution import METHODS, explain
from cnnviz.augmentation import Augmentation
from cnnviz.cli import main
from cnnviz.datasets import Preparation, dataset
from cnnviz.errors import LayerError, SettingError
from cnnviz.inspection import load_network, record
from cnnviz.inspection.units import open_unit
from cnnviz.layers import LAYERS, Layer
from cnnviz.networks import NetworkSpec
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, example
from cnnviz.training.control import CallControl
from cnnviz.training.session import Session
from cnnviz.training.start import new_run
from cnnviz.twins import attribution_code, cell_code, data_code, filters_code, picture_code, unit_code
from tests.layers.drawn import some_input
from tests.layers.hooked import OneLayer, alone, hooked, state_of


def trained(network: str, folder: Path) -> Run:
    """A run of two classes and a few steps."""
    run = new_run("digits", network, Recipe(epochs=1, batch_size=128), classes=["3", "8"], folder=folder)
    Session(run, CallControl(lambda report: None)).train()
    return run


@pytest.fixture(scope="module")
def residual(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A network that is a graph."""
    return trained("small_resnet", tmp_path_factory.mktemp("residual"))


@pytest.fixture(scope="module")
def one_output(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A network with a single logit."""
    return trained("keras_example", tmp_path_factory.mktemp("one"))


def run_twin(text: str) -> dict[str, Any]:
    """The names that the lines leave behind."""
    names: dict[str, Any] = {}
    exec(compile(text, "twin", "exec"), names)
    return names


def image_of(run: Run, part: str = "validation", index: int = 3) -> np.ndarray:
    split = dataset(run.record["dataset"]).split(run.record["recipe"]["seed"], run.class_names)
    return split.part(part).images[index]


def step_of(run: Run) -> int:
    return run.steps()[-1]


@pytest.fixture(params=["example", "residual", "one_output"])
def run(request: pytest.FixtureRequest) -> Run:
    return example() if request.param == "example" else request.getfixturevalue(request.param)


def test_the_picture_has_every_map_under_its_name(run: Run) -> None:
    names = run_twin(picture_code(run, step_of(run), "validation-3"))
    seen = record(load_network(run, run.snapshot(step_of(run))), image_of(run))
    for name, values in seen.items():
        if name != "input":
            np.testing.assert_allclose(
                names[name.replace(".", "_")][0].detach().numpy(), values, rtol=1e-4, atol=1e-5, err_msg=name
            )
    if "p" not in names:
        assert float(names["probabilities"].sum()) == pytest.approx(1, abs=1e-5)
    else:
        assert 0 <= float(names["p"]) <= 1


@pytest.mark.parametrize(
    ("node", "place"), [("conv1", (5, 4, 4)), ("relu1", (0, 0, 0)), ("pool1", (1, 1, 2)), ("fc1", (7,))]
)
def test_a_unit_is_one_number(node: str, place: tuple[int, ...]) -> None:
    value = run_twin(unit_code(example(), 64, "validation-3", node, place))["value"]
    seen = record(load_network(example(), example().snapshot(64)), image_of(example()))
    assert value == pytest.approx(float(seen[node][place]), rel=1e-5, abs=1e-6)


def test_without_a_place_it_is_the_whole_map() -> None:
    values = run_twin(unit_code(example(), 64, "validation-3", "conv2", (5,)))["values"]
    seen = record(load_network(example(), example().snapshot(64)), image_of(example()))
    np.testing.assert_allclose(values.detach().numpy(), seen["conv2"][5], rtol=1e-5, atol=1e-6)


def test_a_unit_inside_a_block_is_too(residual: Run) -> None:
    step = step_of(residual)
    value = run_twin(unit_code(residual, step, "validation-3", "block1.add", (2, 1, 1)))["value"]
    seen = record(load_network(residual, residual.snapshot(step)), image_of(residual))
    assert value == pytest.approx(float(seen["block1.add"][2, 1, 1]), rel=1e-5, abs=1e-6)


def check_cells(spec: Any, weights: Any, seen: Any, names: dict[str, Any]) -> None:
    """The short lines of every node, at a corner and in the middle: their value is the cell's, and what they say."""
    for node in spec.nodes():
        for unit in {0, node.shape[0] - 1}:
            opened = open_unit(spec, weights, seen, node.name, unit)
            rows, columns = opened.output.shape
            for row, column in {(0, 0), (rows - 1, columns // 2)}:
                place = (unit, row, column) if len(node.shape) == 3 else (unit,)
                cell = opened.cell(row, column)
                text = cell_code(spec, node.name).format(place=", ".join(map(str, place)), value=cell.value)
                *lines, last = text.splitlines()
                assert len(lines) <= 2
                exec("\n".join(lines), names)
                assert float(eval(last, names)) == pytest.approx(cell.value, rel=1e-4, abs=1e-5), (text, node.name)
                assert float(last.partition("# ")[2]) == cell.value


def test_the_lines_under_a_cell_give_its_number(run: Run) -> None:
    step = step_of(run)
    spec = NetworkSpec.from_record(run.record["network"])
    names = run_twin(picture_code(run, step, "validation-3"))
    snapshot = run.snapshot(step)
    seen = record(load_network(run, snapshot), image_of(run))
    check_cells(spec, snapshot.weights, seen, names)


@pytest.mark.parametrize("member", LAYERS.values(), ids=list(LAYERS))
def test_the_lines_under_a_cell_are_right_for_every_kind_of_layer(member: type[Layer]) -> None:
    network, nodes = alone(member(), shape := some_input(member))
    image = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    seen = hooked(network, nodes, image)
    names: dict[str, Any] = {"torch": torch, "F": functional, "network": network}
    names |= {name.replace(".", "_"): torch.tensor(values)[None] for name, values in seen.items()}
    names["image"] = names.pop("input")
    check_cells(OneLayer(nodes), state_of(network), seen, names)


def test_the_lines_of_filters_are_all_kernels(run: Run) -> None:
    weights = run_twin(filters_code(run, step_of(run)))["weights"]
    kept = {name: values for name, values in run.snapshot(step_of(run)).weights.items() if values.ndim > 1}
    assert weights.keys() == kept.keys()
    for name, values in kept.items():
        np.testing.assert_array_equal(weights[name].detach().numpy(), values)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", [None, 1])
@pytest.mark.parametrize("method", METHODS)
def test_an_explanation_is_that_of_the_page(run: Run, method: str, target: int | None) -> None:
    values = run_twin(attribution_code(run, step_of(run), "validation-3", method, target))["values"]
    network = load_network(run, run.snapshot(step_of(run)))
    found = explain(network, image_of(run), method, target)
    scale = np.abs(found.values).max()
    np.testing.assert_allclose(values.detach().numpy(), found.values, rtol=1e-4, atol=1e-5 * scale)


def test_settings_are_in_the_lines() -> None:
    text = attribution_code(example(), 64, "validation-3", "integrated_gradients", 2, {"steps": 7})
    assert '"n_steps": 7' in text
    assert "target = 2" in text


def test_they_are_few_and_speak_of_the_run(run: Run, tmp_path: Path) -> None:
    for method in METHODS:
        lines = attribution_code(run, step_of(run), "validation-3", method, None).splitlines()
        assert len([line for line in lines if line]) <= 16
    assert repr(str(run.path) if not run.is_example else "example") in picture_code(run, 0, "validation-3")


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(LayerError, match="There is no layer 'conv9'"):
        unit_code(example(), 64, "validation-3", "conv9", (0, 0, 0))
    with pytest.raises(SettingError, match="Method 'magic' is unknown"):
        attribution_code(example(), 64, "validation-3", "magic", None)
    assert cnnviz.load_network(example(), 64) is not None


def test_no_path_of_this_computer_is_told_where_the_run_lies_at_home(
    residual: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"open_run({str(residual.path)!r})" in picture_code(residual, step_of(residual), "validation-3")
    monkeypatch.setenv("CNNVIZ_RUNS", str(residual.path.parent))
    text = picture_code(residual, step_of(residual), "validation-3")
    assert f"open_run({residual.id!r})" in text
    assert str(residual.path.parent) not in text
    run_twin(text)


def test_a_data_set_is_split_prepared_varied_and_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.api.train", partial(cnnviz.train, epochs=1, out=tmp_path))  # quickly, and here
    preparation = Preparation(fraction=0.2, balance=True, colour="colour")
    augmentation = Augmentation(flip=0.5, shift=2)
    text = data_code("digits", preparation, augmentation)
    names = run_twin(text)
    shown = dataset("digits").split(0, preparation=preparation).train
    np.testing.assert_array_equal(names["images"], shown.images)
    np.testing.assert_array_equal(names["labels"], shown.labels)
    assert names["varied"].shape == (5, 9, 3, 8, 8)
    np.testing.assert_array_equal(names["varied"][:, 0], shown.images[:5])
    shell = text.splitlines()[-1].removeprefix("# cnnviz ")
    main([*shlex.split(shell), "--epochs", "1", "--out", str(tmp_path / "shell")])
    (path,) = (tmp_path / "shell").iterdir()
    for made in (names["run"].record, Run(path).record):
        assert made["dataset"] == "digits"
        assert (made["preparation"], made["augmentation"]) == (preparation.to_record(), augmentation.to_record())


def test_a_set_that_is_fetched_is_fetched_first() -> None:
    *_, fetch, train = data_code("mnist", Preparation(), Augmentation()).splitlines()
    assert (fetch, train) == ("# cnnviz data download mnist", "# cnnviz train --dataset mnist")
