import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnnviz.api import evaluate
from cnnviz.cli import main
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.training.start import new_run

KEYS = [
    "run",
    "steps",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
    "seconds",
    "images_per_second",
    "reason",
]
Done = subprocess.CompletedProcess[str]


def cnnviz(*arguments: str, **environment: str) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "cnnviz", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | environment,
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli") / "made"


@pytest.fixture(scope="module")
def trained(out: Path) -> Done:
    arguments = ("--dataset", "digits", "--network", "digits_small", "--epochs", "3", "--seed", "1")
    return cnnviz("train", *arguments, "--batch-size", "500", "--out", str(out), "--json")


@pytest.fixture(scope="module")
def result(trained: Done) -> dict[str, Any]:
    assert trained.returncode == 0, trained.stderr
    found: dict[str, Any] = json.loads(trained.stdout.splitlines()[-1])
    return found


def assert_refused(done: Done, *words: str) -> None:
    """One line on stderr, nothing on stdout, no zero."""
    assert done.returncode not in (0, None)
    assert done.returncode > 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("cnnviz: ")
    assert [word for word in words if word not in line] == []


class TestTrain:
    def test_the_result_is_all_of_stdout(self, trained: Done, result: dict[str, Any]) -> None:
        assert list(result) == KEYS
        assert len(trained.stdout.splitlines()) == 1

    def test_no_warning_is_in_the_way(self, trained: Done) -> None:
        assert trained.stderr == ""  # no bar either, where nobody looks

    def test_the_run_is_where_it_was_wanted_and_as_it_was_wanted(self, result: dict[str, Any], out: Path) -> None:
        assert [path.name for path in out.iterdir()] == [result["run"]]
        record = Run(out / result["run"]).record
        assert record["recipe"].items() >= {"epochs": 3, "seed": 1, "batch_size": 500, "optimizer": "adam"}.items()
        assert (record["dataset"], record["network"]["name"]) == ("digits", "digits_small")
        assert Run(out / result["run"]).status().state == "finished"

    def test_its_figures_are_those_of_the_run(self, result: dict[str, Any], out: Path) -> None:
        run = Run(out / result["run"])
        assert result["steps"] == 9 == run.steps()[-1]
        for part in ("train", "validation", "test"):
            assert result[f"{part}_accuracy"] == pytest.approx(evaluate(run, part).accuracy, abs=1e-6)
        images = 3 * 1258  # 70 % of 1,797, three times
        assert result["images_per_second"] == pytest.approx(images / result["seconds"], rel=0.01)
        times = {event["event"]: event["time"] for event in run.events()}
        assert result["seconds"] == pytest.approx(times["finished"] - times["started"], abs=0.5)

    def test_without_json_it_is_said_in_words(self, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
        main(["train", "--epochs", "1", "--classes", "3, 8", "--learning-rate", "1e-3", "--out", str(out)])
        said = capsys.readouterr()
        first, path = said.out.splitlines()
        assert Run(path).class_names == ("3", "8")
        assert Run(path).record["recipe"]["learning_rate"] == 0.001
        assert first.startswith(f"{Run(path).id}: {Run(path).planned_steps} steps in ")
        assert said.err == ""

    def test_all_that_can_be_chosen_reaches_the_run_and_why_it_ended_is_said(
        self, out: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = "--optimizer sgd --learning-rate 1e-6 --batch-size 256 --loss hinge --early-stopping 1 --clip-norm 1"
        main(["train", *given.split(), "--shift", "1", "--fraction", "0.5", "--balance", "true", "--out", str(out)])
        _, reason, path = capsys.readouterr().out.splitlines()
        record = Run(path).record
        assert (record["recipe"]["loss"], record["recipe"]["clip_norm"]) == ("hinge", 1.0)
        assert (record["augmentation"]["shift"], record["preparation"]["fraction"]) == (1, 0.5)
        assert record["preparation"]["balance"] is True
        assert reason == Run(path).status().reason
        assert reason.startswith("Early stopping after epoch ")


class TestRuns:
    def test_by_id_and_by_path(self, result: dict[str, Any], out: Path) -> None:
        by_id = cnnviz("runs", result["run"], "--runs", str(out), "--json")
        by_path = cnnviz("runs", str(out / result["run"]), "--json")
        assert by_id.returncode == 0, by_id.stderr
        (row,) = json.loads(by_id.stdout)
        assert json.loads(by_path.stdout) == [row]
        validation = result["validation_accuracy"]
        expected = {"run": result["run"], "name": result["run"], "dataset": "digits", "network": "digits_small"}
        expected |= {"state": "finished", "reason": None, "step": 9, "planned_steps": 9, "snapshots": 10}
        expected |= {"path": str(out / result["run"])}
        assert row.items() >= expected.items()
        assert row["validation_accuracy"] == pytest.approx(validation, abs=1e-6)

    def test_the_folder_may_be_in_the_environment(self, result: dict[str, Any], out: Path) -> None:
        done = cnnviz("runs", "--json", CNNVIZ_RUNS=str(out))
        assert result["run"] in [row["run"] for row in json.loads(done.stdout)]

    def test_a_damaged_one_is_listed_and_hides_no_other(
        self, result: dict[str, Any], tmp_path: Path, out: Path
    ) -> None:
        for name in ("good", "torn", "garbled", "strange"):
            (tmp_path / name).mkdir()
            for file in (out / result["run"]).iterdir():
                (tmp_path / name / file.name).write_bytes(file.read_bytes())
        (tmp_path / "torn" / "run.json").write_text('{"format": 1, "crea')
        (tmp_path / "strange" / "run.json").write_text('{"format": 99}')
        (tmp_path / "garbled" / "step-00000009.safetensors").write_bytes(b"garbled")
        (tmp_path / "good" / "name.txt").write_bytes(b"\xff\xfe")
        done = cnnviz("runs", "--runs", str(tmp_path), "--json")
        rows = {row["run"]: row for row in json.loads(done.stdout)}
        del rows["runs"]  # the folder of the tests' own, which is no run
        assert rows["good"]["state"] == "finished"
        assert {name: rows[name]["state"] for name in rows if name != "good"} == dict.fromkeys(
            ("torn", "garbled", "strange"), "damaged"
        )
        assert "format 99" in rows["strange"]["reason"]
        words = cnnviz("runs", "--runs", str(tmp_path))
        assert len(words.stdout.splitlines()) == 5
        assert "strange  damaged: strange has format 99" in words.stdout

    def test_one_that_waits_for_its_turn_has_not_begun(self, capsys: pytest.CaptureFixture[str]) -> None:
        run = new_run("digits", "digits_small", Recipe())
        main(["runs", run.id])
        assert capsys.readouterr().out.split()[:3] == [run.id, "digits", "not"]

    def test_none_are_said_to_be_none(self, runs_folder: Path) -> None:
        done = cnnviz("runs")
        assert (done.returncode, done.stdout) == (0, "")
        assert f"There are no runs in {runs_folder} yet" in done.stderr
        assert json.loads(cnnviz("runs", "--json").stdout) == []

    def test_the_example_is_a_run(self) -> None:
        (row,) = json.loads(cnnviz("runs", "example", "--json").stdout)
        assert (row["run"], row["state"]) == ("example", "finished")


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["train", "--dataset", "nothing"], ["'nothing'", "digits"]),
            (["train", "--network", "nothing"], ["'nothing'", "digits_small, keras_example, lenet5"]),
            (["train", "--classes", "3"], ["two classes or more"]),
            (["train", "--classes", "3,x"], ["no class 'x'"]),
            (["train", "--epochs", "0"], ["Epochs: 0 is below 1; use 1 to 200."]),
            (["train", "--epochs", "many"], ["Epochs: 'many' is not a whole number"]),
            (["train", "--learning-rate", "nan"], ["Learning rate: nan is not a number"]),
            (["train", "--optimizer", "magic"], ["sgd, momentum, nesterov"]),
            (["train", "--seed", "-1"], ["Seed: -1 is below 0"]),
            (["train", "--momentum", "0.8"], ["Momentum: 0.8 has no use with the optimizer adam"]),
            (["train", "--rotate", "200"], ["Rotate: 200 is above 180"]),
            (["train", "--balance", "perhaps"], ["Balance: 'perhaps' is neither true nor false"]),
            (["train", "--out", "/dev/null"], ["/dev/null cannot be made"]),
            (["train", "--out", "/dev/null/below"], ["cannot be made"]),
            (["train", "--flavour", "red"], ["--flavour", "--help"]),
            (["runs", "nothing"], ["There is no run 'nothing'"]),
            (["runs", "/nowhere/at/all"], ["There is no run"]),
            (["runs", "--runs", "/dev/null"], ["/dev/null cannot be made"]),
            (["serve", "--port", "0"], ["Port 0 does not exist"]),
            (["serve", "--port", "65536"], ["Port 65536 does not exist; use 1024 to 65535."]),
            (["--port", "-1"], ["Port -1 does not exist"]),
            (["serve", "--port", "eight"], ["--port", "'eight'"]),
            (["serve", "--runs", "/dev/null"], ["/dev/null cannot be made"]),
            (["dance"], ["'dance'", "serve"]),
            (["train", "--epochs"], ["--epochs"]),
        ],
        ids=" ".join,
    )
    def test_is_one_line_on_stderr(self, runs_folder: Path, arguments: list[str], words: list[str]) -> None:
        assert_refused(cnnviz(*arguments), *words)
        assert list(runs_folder.iterdir()) == []

    def test_a_damaged_run_is_one_line_too(self, runs_folder: Path) -> None:
        (runs_folder / "torn").mkdir()
        (runs_folder / "torn" / "run.json").write_text("{")
        assert_refused(cnnviz("runs", "torn"), "run.json of torn cannot be read")

    @pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that is there and takes no files")
    def test_a_folder_that_takes_no_files_is_one_line_too(self) -> None:
        assert_refused(cnnviz("train", "--out", "/proc"), "No run can be written into /proc")


class TestHelp:
    def test_every_setting_of_a_recipe_is_a_flag_with_its_bounds(self) -> None:
        from cnnviz.augmentation import Augmentation
        from cnnviz.datasets import Preparation
        from cnnviz.recipe import Recipe

        text = " ".join(cnnviz("train", "--help", COLUMNS="200").stdout.split())
        for name, setting in (Recipe.declared() | Preparation.declared() | Augmentation.declared()).items():
            assert f"--{name.replace('_', '-')} " in text
            assert setting.help in text
        assert "1 to 200; by default the network's own." in text
        assert "One of sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw; by default the network's own." in text


@pytest.mark.skipif(sys.platform == "win32", reason="there it is another process that takes the environment")
def test_numpy_has_one_thread_in_the_server_unless_it_is_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Thirty people's thumbnails took 33 seconds with two, and one with one."""
    told: dict[str, str] = {}
    monkeypatch.setattr("os.execve", lambda _path, _command, environment: told.update(environment))
    monkeypatch.setattr("os.chdir", lambda _: None)
    for given, threads in ((None, "1"), ("3", "3")):
        monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
        if given:
            monkeypatch.setenv("OPENBLAS_NUM_THREADS", given)
        main(["serve", "--runs", str(tmp_path)])
        assert told["OPENBLAS_NUM_THREADS"] == threads
