"""`cnnviz explain` and `cnnviz inspect`."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnviz.api import load_image, load_network, open_run
from cnnviz.attribution import explain
from cnnviz.cli import main
from cnnviz.inspection import trace
from tests.test_cli import cnnviz


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture file of another size, in colour: the digit that a run knows as validation-3, white on blue."""
    digit = load_image(open_run("example"), "validation-3")[0]
    pixels = np.round(np.kron(digit, np.ones((5, 5))) * 255).astype(np.uint8)
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    Image.fromarray(np.stack([pixels, pixels, np.maximum(pixels, 30)], axis=2)).save(path)
    return path


class TestExplain:
    def test_it_writes_pictures_numbers_and_what_they_are_of(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ["--method", "integrated_gradients", "--set", "steps=12", "--target", "4", "--step", "64"]
        main(["explain", "example", "--image", "validation-3", *arguments, "--out", str(tmp_path / "new" / "maps")])
        files = {path.name: path for path in (tmp_path / "new" / "maps").iterdir()}
        endings = (".png", "-blended.png", ".npz", ".json")
        assert set(files) == {f"integrated_gradients{ending}" for ending in endings}
        run = open_run("example")
        network, image = load_network(run, 64), load_image(run, "validation-3")
        expected = explain(network, image, "integrated_gradients", 4, steps=12)
        with np.load(files["integrated_gradients.npz"]) as numbers:
            np.testing.assert_array_equal(numbers["values"], expected.values)
            np.testing.assert_array_equal(numbers["image"], image)
            np.testing.assert_array_equal(numbers["baseline"], np.zeros((1, 8, 8)))
        record = json.loads(files["integrated_gradients.json"].read_text("utf-8"))
        assert record.items() >= {"run": "example", "step": 64, "image": "validation-3", "target": 4}.items()
        assert record.items() >= {"class": "4", "settings": {"steps": 12}, "baseline": "0", "layer": None}.items()
        assert record["gap"] == pytest.approx(expected.gap)
        seen = trace(network, image)
        np.testing.assert_allclose(record["logits"], seen.logits, atol=1e-5)
        assert record["prediction"] == seen.probabilities.argmax()
        for name in ("integrated_gradients.png", "integrated_gradients-blended.png"):
            assert Image.open(files[name]).size == (256, 256)
        assert capsys.readouterr().out.startswith("integrated_gradients of validation-3 for 4 at step 64: ")

    def test_a_file_is_fitted_and_the_rule_is_said(self, tmp_path: Path, photo: Path) -> None:
        main(
            [
                "explain",
                "example",
                "--image",
                str(photo),
                "--method",
                "grad_cam",
                "--layer",
                "conv2",
                "--out",
                str(tmp_path),
            ]
        )
        record = json.loads((tmp_path / "grad_cam.json").read_text("utf-8"))
        assert (record["layer"], record["shape"], record["baseline"]) == ("conv2", [1, 8, 8], None)
        assert record["rule"] == "40x40, made grey, shrunk to 8x8 by averaging"
        with np.load(tmp_path / "grad_cam.npz") as numbers:
            shown, known = numbers["image"], load_image(open_run("example"), "validation-3")
        np.testing.assert_allclose(shown, known, atol=0.02)

    def test_from_the_shell(self, tmp_path: Path) -> None:
        done = cnnviz("explain", "example", "--image", "validation-0", "--out", str(tmp_path))
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "saliency.png").exists()

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--method", "magic"], "Method 'magic' is unknown; choose from saliency"),
            (["--target", "10"], "Target 10 is out of range: the network has 10 classes; choose from 0 to 9."),
            (["--set", "steps=3"], "'steps' is no setting here"),
            (["--set", "steps"], "--set steps has no value"),
            (["--method", "occlusion", "--set", "window=9"], "Window: 9 is larger than the image; use 8 or less."),
            (["--method", "grad_cam", "--set", "relu=maybe"], "'maybe' is neither true nor false"),
            (["--method", "grad_cam", "--layer", "conv9"], "'conv9' is unknown; choose from conv1, relu1"),
            (["--step", "3"], "Step 3 of example is not saved"),
            (["--image", "validation-999"], "There is no image validation-999"),
            (["--image", "test-0"], "test-0 is of the test part"),
            (["--image", "nowhere.png"], "nowhere.png cannot be read: No such file"),
            (["--image", ""], "'' names no image; give a file, or an image of the run's data such as validation-3."),
            (["--out", "/dev/null/maps"], "/dev/null/maps cannot be made"),
        ],
        ids=" ".join,
    )
    def test_a_mistake_is_one_line(self, tmp_path: Path, arguments: list[str], words: str) -> None:
        given = ["explain", "example", "--image", "validation-0", "--out", str(tmp_path / "out"), *arguments]
        with pytest.raises(SystemExit) as refused:
            main(given)
        assert str(refused.value).startswith("cnnviz: ")
        assert words in str(refused.value)
        assert not (tmp_path / "out").exists()

    def test_an_empty_folder_is_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The current one would be written into."""
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        with pytest.raises(SystemExit):
            main(["explain", "example", "--image", "validation-0", "--out", ""])
        assert capsys.readouterr().err.startswith("cnnviz: argument --out: it is empty; name a folder")
        assert not list((tmp_path / "here").iterdir())


class TestInspect:
    def test_it_writes_every_layer(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        main(["inspect", "example", "--image", "validation-3", "--out", str(tmp_path / "out")])
        run = open_run("example")
        network, image = load_network(run), load_image(run, "validation-3")
        layers = [name for name, _ in network.named_children()]
        pictures = {f"{name}.png" for name in ("input", *layers)}
        assert {path.name for path in (tmp_path / "out").iterdir()} == {*pictures, "maps.npz", "maps.json"}
        expected = trace(network, image).activations
        with np.load(tmp_path / "out" / "maps.npz") as numbers:
            assert list(numbers) == ["input", *layers]
            for name in layers:
                np.testing.assert_allclose(numbers[name], expected[name], atol=1e-6)
        record = json.loads((tmp_path / "out" / "maps.json").read_text("utf-8"))
        assert [(one["name"], one["shape"]) for one in record["layers"]] == [
            (name, list(expected[name].shape)) for name in layers
        ]
        assert (record["step"], record["prediction"]) == (run.steps()[-1], 5)
        assert (
            capsys.readouterr().out
            == f"{len(layers)} layers of validation-3 at step {run.steps()[-1]}: {tmp_path / 'out'}\n"
        )

    def test_one_layer_at_a_step_of_a_file(self, tmp_path: Path, photo: Path) -> None:
        main(
            [
                "inspect",
                "example",
                "--image",
                str(photo),
                "--layer",
                "pool1",
                "--step",
                "0",
                "--out",
                str(tmp_path / "out"),
            ]
        )
        assert {path.name for path in (tmp_path / "out").iterdir()} == {
            "input.png",
            "pool1.png",
            "maps.npz",
            "maps.json",
        }

    def test_an_unknown_layer_is_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(SystemExit, match=r"^cnnviz: Layer 'x' is unknown; choose from conv1, relu1"):
            main(["inspect", "example", "--image", "validation-0", "--layer", "x", "--out", str(tmp_path / "out")])
        assert not (tmp_path / "out").exists()
