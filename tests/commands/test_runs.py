"""`cnnviz runs` beyond listing, which tests/test_cli.py has."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from cnnviz.cli import main
from cnnviz.runs import Run, example, list_runs
from cnnviz.runs.archive import write_archive


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(["runs", *arguments])
    return capsys.readouterr().out


def refused(*arguments: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(["runs", *arguments])
    assert isinstance(end.value.code, str)
    return end.value.code


def test_a_run_goes_along_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = {name: tmp_path / f"taken.{name}" for name in ("file", "csv", "weights")}
    asked = [word for name, path in paths.items() for word in (f"--{name}", str(path))]
    assert said(capsys, "example", *asked).splitlines() == [str(path) for path in paths.values()]
    assert zipfile.ZipFile(paths["file"]).testzip() is None
    assert paths["csv"].read_text().startswith("step,part,measure,layer,value\n0,validation,loss,,2.3")
    assert b'"step":"200"' in paths["weights"].read_bytes()[:400].replace(b": ", b":")


def test_an_earlier_step_and_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "w"
    found = json.loads(
        said(capsys, "example", "--weights", str(path), "--step", "8", "--tensorboard", str(tmp_path / "tb"), "--json")
    )
    assert found == {"weights": str(path), "tensorboard": str(tmp_path / "tb" / "example")}
    assert list((tmp_path / "tb" / "example").glob("events.out.tfevents.*"))


def test_what_one_wrote_another_brings_in(
    tmp_path: Path, runs_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "example", "--file", str(tmp_path / "run.zip"))
    line = said(capsys, "import", str(tmp_path / "run.zip"), str(tmp_path / "run.zip")).splitlines()
    assert len(line) == 2
    assert len(list_runs(runs_folder)) == 2
    run = Run(line[0].split(": ")[1])
    assert run.steps() == example().steps()
    assert run.owner is None


def test_weights_that_do_not_fit_their_network_are_refused(tmp_path: Path, runs_folder: Path) -> None:
    folder = tmp_path / "swapped"
    shutil.copytree(example().path, folder)
    record = json.loads((folder / "run.json").read_text())
    record["network"]["layers"][0]["out_channels"] = 5
    (folder / "run.json").write_text(json.dumps(record))
    write_archive(Run(folder), tmp_path / "swapped.zip")
    text = refused("import", str(tmp_path / "swapped.zip"))
    assert text == (
        "cnnviz: swapped.zip was not taken: The weights of step 0 do not fit the network of swapped: conv1.weight is "
        "16x1x3x3, and would have to be 5x1x3x3."
    )
    assert list(runs_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [
        ("augmentation", {"magic": 3}, "'magic' is no setting here"),
        ("preparation", {"size": -4}, "Size: -4 is below 0"),
        ("recipe", {"epochs": 0}, "Epochs: 0 is below 1"),
        ("events", {"batch_size": "many"}, "Batch size: 'many' is not a whole number"),
    ],
)
def test_one_that_nobody_could_train_is_refused(
    part: str, value: dict[str, object], expected: str, tmp_path: Path, runs_folder: Path
) -> None:
    folder = tmp_path / "odd"
    shutil.copytree(example().path, folder)
    if part == "events":
        Run(folder).add_event("changed", 5, settings=value)
    else:
        record = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps(record | {part: value}))
    write_archive(Run(folder), tmp_path / "odd.zip")
    assert refused("import", str(tmp_path / "odd.zip")).startswith(f"cnnviz: odd.zip was not taken: {expected}")
    assert list(runs_folder.iterdir()) == []


def test_room_is_made_when_asked_for(runs_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(example().path, runs_folder / "one")
    before = Run(runs_folder / "one").steps()
    trial = said(capsys, "tidy", "--budget", "3MB", "--dry-run")
    assert "one  " in trial
    assert "saved steps would go; its curves stay" in trial
    assert Run(runs_folder / "one").steps() == before
    done = json.loads(said(capsys, "tidy", "--budget", "3MB", "--json"))
    assert done["after"] <= 3_000_000 < done["before"]
    assert len(Run(runs_folder / "one").steps()) == len(before) - done["thinned"]["one"]
    assert "that is still too much" in said(capsys, "tidy", "--budget", "1")
    assert "without a limit" not in said(capsys, "tidy", "--budget", "1GB")


@pytest.mark.parametrize("kind", ["file", "csv", "weights"])
def test_a_file_that_could_not_be_written_whole_is_not_left(kind: str, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits of a process")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limit[1]))
    try:
        assert "File too large" in refused("example", f"--{kind}", str(tmp_path / "taken"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert not (tmp_path / "taken").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import"], "say `import` and a file"),
        (["a", "b"], "Name one run"),
        (["--csv", "a"], "Name one run"),
        (["import", "none.zip"], "none.zip is not there"),
        (["tidy", "--budget", "much"], "'much' is no size"),
        (["example", "--csv", "/dev/null/a"], "/dev/null/a cannot be written"),
        (["example", "--file", "/dev/null/a"], "cannot be written as one file"),
        (["example", "--weights", "/dev/null/a"], "/dev/null/a cannot be written"),
        (["example", "--weights", "a", "--step", "3"], "Step 3 of example is not saved"),
        (["nothing", "--csv", "a"], "There is no run 'nothing'"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = refused(*arguments)
    assert words in text
    assert "\n" not in text
    assert list(tmp_path.iterdir()) == [tmp_path / "runs"]
