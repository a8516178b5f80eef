import asyncio
import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load
from starlette.testclient import TestClient
from torch.nn import functional

from cnnviz.datasets import dataset
from cnnviz.runs import EXAMPLE_FOLDER, Run, example, find_run
from cnnviz.training.siblings import twin_of
from cnnviz.ui import downloads
from cnnviz.ui.hub import Hub
from cnnviz.ui.owner import token_for


def fetched(client: TestClient, what: str, run: str = "example", **query: Any) -> Any:
    return client.get(f"/numbers/{run}/{what}", params={"token": token_for(run), **query})


def arrays_of(response: Any) -> dict[str, np.ndarray[Any, Any]]:
    with np.load(io.BytesIO(response.content)) as archive:
        return dict(archive)


def table_of(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.text)))


def forward(weights: dict[str, Any], image: Any) -> dict[str, Any]:
    """digits_small by torch's functions alone."""
    tensors = {name: torch.tensor(values) for name, values in weights.items()}
    last = next(name for name in tensors if name.endswith(".weight") and not name.startswith("conv"))[: -len(".weight")]
    seen = {"input": torch.tensor(image)[None]}
    seen["conv1"] = functional.conv2d(seen["input"], tensors["conv1.weight"], tensors["conv1.bias"], padding=1)
    seen["relu1"] = seen["conv1"].clamp(min=0)
    seen["conv2"] = functional.conv2d(seen["relu1"], tensors["conv2.weight"], tensors["conv2.bias"], padding=1)
    seen["relu2"] = seen["conv2"].clamp(min=0)
    pooled = functional.max_pool2d(seen["relu2"], 2)
    seen[last] = pooled.flatten(1) @ tensors[f"{last}.weight"].T + tensors[f"{last}.bias"]
    return {name: values[0].numpy() for name, values in seen.items()}


@pytest.mark.parametrize("image", [None, "train-7"])
def test_maps_are_those_of_a_forward_pass_by_hand(client: TestClient, image: str | None) -> None:
    maps = arrays_of(fetched(client, "maps.npz", step=64, **({"image": image} if image else {})))
    part, _, index = (image or "validation-0").rpartition("-")
    picture = dataset("digits").split(0).part(part).images[int(index)]
    expected = forward(example().snapshot(64).weights, picture)
    assert set(expected) <= set(maps)
    for name, values in expected.items():
        assert maps[name].dtype == np.float32
        np.testing.assert_allclose(maps[name], values, rtol=1e-4, atol=1e-5, err_msg=name)
    assert np.abs(maps["conv2"]).max() > 0.1


def test_filters_are_those_of_the_file(client: TestClient) -> None:
    from safetensors.numpy import load_file

    filters = arrays_of(fetched(client, "filters.npz", step=8))
    file = load_file(next(EXAMPLE_FOLDER.glob("*")) / "step-00000008.safetensors")
    weights = {name[len("weight/") :]: values for name, values in file.items() if name.startswith("weight/")}
    assert len(weights) == 6
    assert set(filters) == set(weights)
    for name, values in weights.items():
        np.testing.assert_array_equal(filters[name], values)


def test_an_opened_unit_is_made_of_what_pytorch_takes_and_gives(client: TestClient) -> None:
    unit = arrays_of(fetched(client, "unit.npz", step=64, image="train-7", node="conv2", unit=5, row=3, column=0))
    picture = dataset("digits").split(0).part("train").images[7]
    weights = example().snapshot(64).weights
    seen = forward(weights, picture)
    kernels, given = torch.tensor(weights["conv2.weight"][5]), torch.tensor(seen["relu1"])
    each = functional.conv2d(given[None], kernels[:, None], padding=1, groups=16)[0]
    assert all(values.dtype == np.float32 for name, values in unit.items() if name in ("inputs", "results", "output"))
    np.testing.assert_array_equal(unit["kernels"], weights["conv2.weight"][5])
    assert unit["bias"] == weights["conv2.bias"][5]
    np.testing.assert_allclose(unit["inputs"], seen["relu1"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(unit["results"], each.numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(unit["output"], seen["conv2"][5], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(unit["after"], seen["relu2"][5], rtol=1e-4, atol=1e-5)
    window = functional.pad(given, (1, 1, 1, 1))[:, 3:6, 0:3]
    np.testing.assert_allclose(unit["window"], window, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(unit["products"], window * kernels, rtol=1e-4, atol=1e-5)
    assert unit["products"].sum() + unit["bias"] == pytest.approx(unit["output"][3, 0], abs=1e-5)
    about = json.loads(str(unit["about"]))
    assert (about["node"], about["unit"], about["cell"], about["after"]) == ("conv2", 5, [3, 0], "relu2")
    assert (about["run"], about["step"], about["image"]) == ("example", 64, "train-7")


@pytest.mark.parametrize(("node", "kernels"), [("relu1", (1, 1, 1)), ("pool1", None), ("fc1", (512, 1, 1))])
def test_units_of_other_layers_are_there_too(client: TestClient, node: str, kernels: tuple[int, ...] | None) -> None:
    unit = arrays_of(fetched(client, "unit.npz", step=64, node=node, unit=3))
    seen = forward(example().snapshot(64).weights, dataset("digits").split(0).part("validation").images[0])
    seen["pool1"] = functional.max_pool2d(torch.tensor(seen["relu2"]), 2).numpy()
    assert (unit["kernels"].shape if kernels else unit.get("kernels")) == kernels
    np.testing.assert_allclose(unit["output"].squeeze(), seen[node][3], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(unit["results"].sum(0) + unit["bias"], unit["output"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"node": "conv9", "unit": 0}, "There is no layer 'conv9'"),
        ({"node": "conv2", "unit": 32}, "conv2 has no unit 32; choose from 0 to 31."),
        ({"node": "conv2", "unit": 0, "row": 8, "column": 0}, "There is no row 8; choose from 0 to 7."),
        ({"node": "conv2"}, ""),
        ({"node": "conv2", "unit": "x"}, ""),
    ],
)
def test_a_unit_that_is_not_there_is_said(client: TestClient, asked: dict[str, Any], said: str) -> None:
    response = fetched(client, "unit.npz", step=64, **asked)
    assert response.status_code == 422
    assert said in response.text


def test_curves_match_the_log(client: TestClient) -> None:
    response = fetched(client, "curves.csv")
    assert 'filename="example-newest-curves.csv"' in response.headers["content-disposition"]
    head, *rows = table_of(response)
    assert head == ["step", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
    log = example().log()
    trained = [row for row in rows if row[1]]
    assert [int(row[0]) for row in rows] == list(range(201))
    np.testing.assert_array_equal(np.array([row[1] for row in trained], np.float32), log.train_loss)
    np.testing.assert_array_equal(np.array([row[2] for row in trained], np.float32), log.train_accuracy)
    validated = [row for row in rows if row[3]]
    assert [int(row[0]) for row in validated] == log.validation_step.tolist()
    np.testing.assert_array_equal(np.array([row[3] for row in validated], np.float32), log.validation_loss)
    np.testing.assert_array_equal(np.array([row[4] for row in validated], np.float32), log.validation_accuracy)


def test_the_learning_rate_of_every_step_planned_ones_too(client: TestClient, hub: Hub) -> None:
    run = twin_of(example(), {"schedule": "constant", "epochs": 2}).make()
    run.add_event("changed", 3, settings={"learning_rate": 0.5})
    response = fetched(client, "rate.csv", run.id)
    assert f'filename="{run.id}-newest-rate.csv"' in response.headers["content-disposition"]
    head, *rows = table_of(response)
    assert head == ["step", "learning rate"]
    assert [int(step) for step, _ in rows] == list(range(1, run.planned_steps + 1))
    np.testing.assert_allclose([float(rate) for _, rate in rows], [0.02] * 3 + [0.5] * (len(rows) - 3), rtol=1e-6)


def test_the_confusion_matrix_matches_the_snapshot(client: TestClient) -> None:
    response = fetched(client, "confusion.csv", step=8)
    assert 'filename="example-8-confusion.csv"' in response.headers["content-disposition"]
    head, *rows = table_of(response)
    assert head[1:] == [row[0] for row in rows] == list("0123456789")
    counts = np.array([row[1:] for row in rows], int)
    np.testing.assert_array_equal(counts, example().snapshot(8).confusion)
    assert counts.sum() == 179


@pytest.mark.parametrize("what", ["maps.npz", "filters.npz", "confusion.csv"])
def test_a_step_that_is_not_saved_is_said(client: TestClient, what: str) -> None:
    response = fetched(client, what, step=3)
    assert response.status_code == 422
    assert response.text == "Step 3 of example is not saved; saved are 76 steps from 0 to 200."


def test_an_image_of_the_test_part_is_refused(client: TestClient) -> None:
    response = fetched(client, "maps.npz", step=8, image="test-0")
    assert response.status_code == 422
    assert "of the test part, which only evaluating looks at" in response.text


@pytest.mark.parametrize("what", ["weights.npz", "run.json", "..%2Frun.json"])
def test_other_numbers_are_not_there(client: TestClient, what: str) -> None:
    assert fetched(client, what).status_code == 404


def test_a_runs_file_opens_again_as_a_run(client: TestClient, copied: Callable[..., Run], tmp_path: Path) -> None:
    run = copied("mine", steps=5)
    run.rename("Mine")
    (run.path / "live.safetensors").write_bytes(b"half")
    response = client.get("/file/mine", params={"token": token_for("mine")})
    assert 'filename="mine.zip"' in response.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        assert {name.partition("/")[0] for name in archive.namelist()} == {"mine"}
        assert not {"mine/live.safetensors", "mine/lock"} & set(archive.namelist())
        archive.extractall(tmp_path / "elsewhere")
    again = find_run(tmp_path / "elsewhere" / "mine", tmp_path)
    assert (again.label, again.steps(), again.record) == ("Mine", run.steps(), run.record)
    np.testing.assert_array_equal(again.log().train_loss, run.log().train_loss)
    np.testing.assert_array_equal(again.snapshot(4).weights["conv1.weight"], run.snapshot(4).weights["conv1.weight"])


def test_the_example_can_be_taken_home_too(client: TestClient) -> None:
    response = client.get("/file/example", params={"token": token_for("example")})
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert "example/run.json" in archive.namelist()


def test_a_file_that_goes_while_a_run_is_packed_is_left_out(
    client: TestClient, copied: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = copied("mine", steps=4)
    run.optimizer_path(4).write_bytes(b"old")
    there = Path.is_file

    def there_no_longer(path: Path) -> bool:
        was = there(path)
        if path.name.startswith("optimizer-"):
            path.unlink()
        return was

    monkeypatch.setattr(Path, "is_file", there_no_longer)
    response = client.get("/file/mine", params={"token": token_for("mine")})
    assert response.status_code == 200
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert {"mine/run.json", "mine/step-00000004.safetensors"} <= set(archive.namelist())


def test_no_zip_is_left_on_the_server(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zips").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "zips"))
    assert client.get("/file/example", params={"token": token_for("example")}).content
    assert list((tmp_path / "zips").iterdir()) == []


def test_a_run_that_cannot_be_packed_is_said_and_leaves_nothing(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_run: Run, path: Path) -> None:
        path.write_bytes(b"some of it")
        raise OSError(28, "No space left on device")

    (tmp_path / "zips").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "zips"))
    monkeypatch.setattr("cnnviz.ui.downloads.write_archive", fail)
    answer = client.get("/file/example", params={"token": token_for("example")})
    assert (answer.status_code, answer.text) == (507, "The run cannot be packed: No space left on device.")
    assert list((tmp_path / "zips").iterdir()) == []


@pytest.mark.parametrize("what", ["filters.npz", "maps.npz", "unit.npz", "layers.npz", "curves.csv"])
def test_numbers_are_packed_in_a_thread(client: TestClient, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Millions of weights take seconds: nobody else may wait for them."""
    maker = "_csv" if what.endswith("csv") else "_npz"
    made, where = getattr(downloads, maker), []

    def watched(values: Any) -> bytes:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        where.append(what)
        return bytes(made(values))

    monkeypatch.setattr(downloads, maker, watched)
    assert fetched(client, what, node="conv1", unit="0").status_code == 200
    assert where == [what]


def test_a_run_that_is_not_there_is_said(client: TestClient) -> None:
    for path in ("file/none", "numbers/none/curves.csv"):
        response = client.get(f"/{path}", params={"token": token_for("none")})
        assert response.status_code == 422
        assert "There is no run 'none'" in response.text


def test_what_was_measured_comes_as_a_tidy_table(client: TestClient) -> None:
    table = table_of(fetched(client, "metrics.csv"))
    assert table[0] == ["step", "part", "measure", "layer", "value"]
    losses = [float(row[4]) for row in table if row[1:3] == ["train", "loss"]]
    np.testing.assert_array_equal(np.array(losses, np.float32), example().log().train_loss)


def test_weights_come_as_safetensors(client: TestClient) -> None:
    for step, asked in ((8, {"step": 8}), (200, {})):
        found = load(fetched(client, "weights.safetensors", **asked).content)
        expected = example().snapshot(step).weights
        assert set(found) == set(expected)
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values)
    assert "Step 3 of example is not saved" in fetched(client, "weights.safetensors", step=3).text


def test_events_come_as_one_file_made_beside_the_server(client: TestClient) -> None:
    with zipfile.ZipFile(io.BytesIO(fetched(client, "tensorboard.zip").content)) as archive:
        (name,) = [name for name in archive.namelist() if not name.endswith("/")]
        assert name.startswith("example/events.out.tfevents.")
        assert archive.getinfo(name).file_size > 10_000
