import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

import cnnviz
from cnnviz.api import Figures, evaluate, look, open_run, train
from cnnviz.datasets import dataset
from cnnviz.errors import CnnvizError, DatasetError, ImageError, NetworkError, RunError, SettingError, TrainingError
from cnnviz.layers import Flatten, FullyConnected
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, write_archive
from cnnviz.tasks.classify import Classify
from cnnviz.training.control import Report
from cnnviz.training.start import changed_recipe

LINEAR = NetworkSpec.stack("linear", (1, 8, 8), [Flatten(), FullyConnected(out_features=10)])
QUICK = Recipe(epochs=1, batch_size=256)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`digits_small`, two epochs of ten steps."""
    return train(out=tmp_path_factory.mktemp("api"), epochs=2, batch_size=128, seed=3)


class TestTrain:
    def test_it_returns_a_finished_run(self, trained: Run) -> None:
        assert isinstance(trained, cnnviz.Run)
        assert (trained.status().state, trained.status().step) == ("finished", 20)
        assert trained.record["network"]["name"] == "digits_small"
        recipe = NETWORKS["digits_small"].recipe.to_record() | {"epochs": 2, "batch_size": 128, "seed": 3}
        assert trained.record["recipe"] == recipe
        assert trained.owner is None

    def test_the_same_comes_out_every_time(self, trained: Run) -> None:
        again = train(epochs=2, batch_size=128, seed=3)
        for name, values in trained.snapshot(20).weights.items():
            np.testing.assert_array_equal(values, again.snapshot(20).weights[name], err_msg=name)

    def test_the_folder_is_the_one_named_else_that_of_the_environment(self, tmp_path: Path, runs_folder: Path) -> None:
        assert train(network=LINEAR, recipe=QUICK, out=tmp_path / "named").path.parent == tmp_path / "named"
        assert train(network=LINEAR, recipe=QUICK).path.parent == runs_folder

    def test_torch_is_left_as_it_was(self) -> None:
        torch.manual_seed(5)
        expected = torch.rand(3)
        torch.manual_seed(5)
        threads = torch.get_num_threads()
        train(network=LINEAR, recipe=QUICK)
        assert torch.equal(torch.rand(3), expected)
        assert torch.get_num_threads() == threads
        assert torch.is_grad_enabled()

    def test_a_network_of_ones_own_and_some_classes(self) -> None:
        spec = NetworkSpec.stack("mine", (1, 8, 8), [Flatten(), FullyConnected(out_features=2)])
        run = train(network=spec, classes=["8", "3"], recipe=QUICK)
        assert run.class_names == ("3", "8")
        assert run.id.startswith("mine-")
        assert evaluate(run).confusion.shape == (2, 2)

    def test_who_listens_hears_every_step_once(self) -> None:
        heard: list[Report] = []
        train(network=LINEAR, recipe=QUICK, heard=heard.append)
        assert [row for report in heard for row in report.log.train_step.tolist()] == [1, 2, 3, 4, 5]
        assert heard[-1].state == "finished"

    def test_a_loss_that_is_no_number_is_an_error_that_names_step_and_run(
        self, monkeypatch: pytest.MonkeyPatch, runs_folder: Path
    ) -> None:
        real: Callable[..., torch.Tensor] = Classify.loss
        calls = iter([1.0] * 3 + [float("nan")] * 9)
        monkeypatch.setattr(Classify, "loss", lambda self, *given: real(self, *given) * next(calls))
        with pytest.raises(TrainingError) as failed:
            train(network=LINEAR, recipe=Recipe(epochs=4, batch_size=512))
        (folder,) = runs_folder.iterdir()
        assert str(failed.value).endswith(f"The run is {folder.name}.")
        assert "the loss is not a number any more" in str(failed.value)
        assert Run(folder).status().state == "failed"


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "kind", "words"),
        [
            ({"dataset": "nothing"}, DatasetError, "Data set 'nothing' is unknown; choose from digits"),
            ({"network": "nothing"}, NetworkError, "Network 'nothing' is unknown; choose from digits_small"),
            ({"classes": ["3"]}, DatasetError, "two classes or more"),
            ({"classes": ["3", "x"]}, DatasetError, "no class 'x'"),
            ({"epochs": 0}, SettingError, "Epochs: 0 is below 1; use 1 to 200"),
            ({"batch_size": 2.5}, SettingError, "Batch size: 2.5 is not a whole number"),
            ({"optimizer": "magic"}, SettingError, "choose from sgd, momentum, nesterov"),
            ({"epoch": 3}, SettingError, "'epoch' is no setting here"),
        ],
    )
    def test_a_mistake_is_said_and_nothing_is_written(
        self, runs_folder: Path, given: dict[str, object], kind: type[CnnvizError], words: str
    ) -> None:
        with pytest.raises(kind, match=words):
            train(**given)  # type: ignore[arg-type]
        assert list(runs_folder.iterdir()) == []

    def test_a_network_that_does_not_fit_the_images(self) -> None:
        spec = NetworkSpec.stack("wide", (3, 8, 8), [Flatten(), FullyConnected(out_features=10)])
        with pytest.raises(NetworkError, match=r"'wide' takes images of 3x8x8, and those of Digits are 1x8x8"):
            train(network=spec, recipe=QUICK)

    @pytest.mark.parametrize(
        ("outputs", "classes", "remedy"), [(4, None, "10"), (12, None, "10"), (1, "012", "3"), (3, "01", "2 or 1")]
    )
    def test_a_network_with_another_number_of_outputs_than_classes(
        self, outputs: int, classes: str | None, remedy: str
    ) -> None:
        spec = NetworkSpec.stack("other", (1, 8, 8), [Flatten(), FullyConnected(out_features=outputs)])
        with pytest.raises(NetworkError, match=rf"gives {outputs} outputs? for .*fully connected layer of {remedy}\.$"):
            train(network=spec, classes=classes, recipe=QUICK)

    def test_one_output_is_enough_for_two_classes(self) -> None:
        spec = NetworkSpec.stack("one", (1, 8, 8), [Flatten(), FullyConnected(out_features=1)])
        run = train(network=spec, classes=("0", "1"), recipe=Recipe(epochs=20))
        assert evaluate(run).accuracy > 0.95


class TestRecipe:
    def test_the_presets_own_with_changes(self) -> None:
        changed = changed_recipe("lenet5", None, {"epochs": 3})
        assert changed == Recipe(**{**NETWORKS["lenet5"].recipe.to_record(), "epochs": 3})

    def test_the_one_given_with_changes(self) -> None:
        assert changed_recipe("lenet5", QUICK, {"seed": 9}) == Recipe(epochs=1, batch_size=256, seed=9)

    def test_the_plain_one_for_a_network_of_ones_own(self) -> None:
        assert changed_recipe(LINEAR, None, {}) == Recipe()


class TestEvaluate:
    @pytest.mark.parametrize("part", ["train", "validation", "test"])
    @pytest.mark.parametrize("step", [None, 0, 8])
    def test_figures_are_those_of_a_forward_by_hand(self, trained: Run, part: str, step: int | None) -> None:
        weights = {
            name: torch.tensor(values)
            for name, values in trained.snapshot(20 if step is None else step).weights.items()
        }
        images = dataset("digits").split(3).part(part)
        values = torch.tensor(images.images)
        values = functional.conv2d(values, weights["conv1.weight"], weights["conv1.bias"], padding=1).clamp(min=0)
        values = functional.conv2d(values, weights["conv2.weight"], weights["conv2.bias"], padding=1).clamp(min=0)
        values = functional.max_pool2d(values, 2).flatten(1)
        logits = (values @ weights["fc1.weight"].T + weights["fc1.bias"]).double().numpy()
        counts, loss = np.zeros((10, 10), int), 0.0
        for row, label in zip(logits, images.labels, strict=True):
            counts[label, row.argmax()] += 1
            loss += (np.log(np.exp(row).sum()) - row[label]) / len(images)
        figures = evaluate(trained, part, step)
        np.testing.assert_array_equal(figures.confusion, counts)
        assert figures.loss == pytest.approx(loss, rel=1e-4)
        assert figures.count == len(images)
        assert figures.accuracy == pytest.approx(np.trace(counts) / len(images))

    def test_nobody_trains_on_the_test_part(self, trained: Run) -> None:
        counts = [evaluate(trained, part).count for part in ("train", "validation", "test")]
        assert sum(counts) == 1797
        assert counts[2] == pytest.approx(0.2 * 1797, abs=5)

    def test_a_part_or_step_that_is_not_there_is_said(self, trained: Run) -> None:
        with pytest.raises(DatasetError, match="There is no part 'exam'"):
            evaluate(trained, "exam")
        with pytest.raises(RunError, match=r"Step 21 of .* is not saved"):
            evaluate(trained, step=21)

    def test_of_nothing_there_is_no_accuracy_to_be_proud_of(self) -> None:
        assert Figures(0, np.zeros((2, 2), np.int32)).accuracy == 0


class TestOpen:
    def test_by_id_by_path_and_the_example(self, trained: Run) -> None:
        assert open_run(trained.id, trained.path.parent).path == trained.path
        assert open_run(trained.path).path == trained.path
        assert cnnviz.open_run("example").is_example

    def test_one_that_is_not_there_is_said(self) -> None:
        with pytest.raises(RunError, match="There is no run 'nothing'"):
            open_run("nothing")

    def test_one_that_comes_as_a_file(self, trained: Run, tmp_path: Path) -> None:
        file = tmp_path / "one.zip"
        write_archive(trained, file)
        run = cnnviz.import_run(str(file), out=tmp_path / "there")
        assert (run.id, run.path.parent) == (trained.id, tmp_path / "there")
        np.testing.assert_array_equal(run.log().train_loss, trained.log().train_loss)
        with pytest.raises(RunError, match=r"none\.zip is not there"):
            cnnviz.import_run("none.zip")

    def test_one_whose_weights_fit_no_network_is_not_taken(self, trained: Run, tmp_path: Path) -> None:
        folder, file = tmp_path / "odd", tmp_path / "odd.zip"
        shutil.copytree(trained.path, folder)
        record = trained.record | {"network": LINEAR.to_record()}
        (folder / "run.json").write_text(json.dumps(record), "utf-8")
        write_archive(Run(folder), file)
        with pytest.raises(RunError, match="do not fit the network"):
            cnnviz.import_run(file, out=tmp_path / "there")
        assert list((tmp_path / "there").iterdir()) == []

    def test_what_the_package_promises_is_there(self) -> None:
        for name in cnnviz.__all__:
            assert getattr(cnnviz, name) is not None
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            _ = cnnviz.nothing


class TestLooking:
    def test_a_network_is_that_of_a_saved_step_and_the_last_where_none_is_named(self, trained: Run) -> None:
        for step, saved in ((8, 8), (None, 20)):
            network = cnnviz.load_network(trained, step)
            assert not network.training
            for name, values in trained.snapshot(saved).weights.items():
                np.testing.assert_array_equal(network.state_dict()[name].numpy(), values)
        with pytest.raises(RunError, match=r"Step 99 of .* is not saved"):
            cnnviz.load_network(trained, 99)

    def test_an_image_is_one_of_the_runs_data(self, trained: Run) -> None:
        split = dataset("digits").split(3)
        np.testing.assert_array_equal(cnnviz.load_image(trained, "validation-5"), split.validation.images[5])
        with pytest.raises(DatasetError, match="no image validation-999"):
            cnnviz.load_image(trained, "validation-999")

    def test_an_image_is_a_file_or_a_picture_of_pillows_fitted_as_on_the_pages(
        self, trained: Run, tmp_path: Path
    ) -> None:
        digit = dataset("digits").split(3).validation.images[5][0]
        picture = Image.fromarray(np.round(np.kron(digit, np.ones((3, 3))) * 255).astype(np.uint8))
        picture.save(tmp_path / "digit.png")
        for given in (tmp_path / "digit.png", str(tmp_path / "digit.png"), picture, picture.convert("CMYK")):
            values = cnnviz.load_image(trained, given)
            assert values.dtype == np.float32
            np.testing.assert_allclose(values, digit[None], atol=1 / 255)

    @pytest.mark.parametrize("given", [3, None, "", Path(), "nothing.png", Image.new("HSV", (2, 2))])
    def test_what_is_no_image_is_named(self, trained: Run, given: object) -> None:
        with pytest.raises(
            ImageError, match=r"names no image|nothing\.png cannot be read|is no file|cannot write mode"
        ):
            cnnviz.load_image(trained, given)  # type: ignore[arg-type]

    def test_what_a_run_saw_is_traced_and_explained(self, trained: Run) -> None:
        network, image = cnnviz.load_network(trained), cnnviz.load_image(trained, "validation-0")
        seen, found = cnnviz.trace(network, image), cnnviz.explain(network, image, "occlusion", window=3)
        probe = trained.snapshot(20).activations
        assert {"input", *seen.activations} == set(probe)
        for name, values in seen.activations.items():
            np.testing.assert_allclose(values, probe[name], atol=1e-5, err_msg=name)
        assert found.target == seen.probabilities.argmax()
        assert isinstance(seen, cnnviz.Trace)
        assert isinstance(found, cnnviz.Attribution)

    def test_a_look_tells_what_it_is_of(self, trained: Run) -> None:
        seen = look(trained, "validation-0", 4)
        assert seen.about().items() >= {"run": trained.id, "step": 4, "image": "validation-0"}.items()
        assert seen.about()["prediction"] == int(np.argmax(seen.about()["probabilities"]))
        assert seen.about()["logits"] == list(seen.activations.values())[-1].tolist()


class TestSiblings:
    def test_a_twin_begins_with_the_same_weights_and_names_what_differs(self, trained: Run, tmp_path: Path) -> None:
        twin = cnnviz.twin(trained, out=tmp_path, learning_rate=0.001)
        assert twin.path.parent == tmp_path
        assert twin.status().state == "finished"
        for name, values in trained.snapshot(0).weights.items():
            np.testing.assert_array_equal(values, twin.snapshot(0).weights[name], err_msg=name)
        assert twin.record["parent"]["run"] == trained.id
        assert "learning rate 0.001 in place of" in twin.record["parent"]["what"]

    def test_a_sweep_gives_a_run_for_each_value_one_that_diverges_too(self, tmp_path: Path) -> None:
        quick = {"epochs": 1, "batch_size": 512, "optimizer": "sgd", "schedule": "constant"}
        runs = cnnviz.sweep(
            "learning_rate", [0.1, 10], network=LINEAR, out=tmp_path, loss="mean_squared_error", **quick
        )
        assert [run.record["recipe"]["learning_rate"] for run in runs] == [0.1, 10]
        assert runs[0].status().state == "finished"
        assert len({run.record["group"] for run in runs}) == 1
