import json
from pathlib import Path

import pytest

from cnnviz.cli import main

QUICK = ("--epochs", "1", "--batch-size", "512")


def test_a_sweep_tells_of_each_value_and_of_the_best(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["sweep", "learning-rate", "0.00001:0.1:2", "--log", *QUICK, "--out", str(tmp_path / "made")])
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said[:2]] == ["Learning rate 1e-05", "Learning rate 0.1"]
    assert said[2] == "Best: learning rate 0.1"
    assert len([path for path in (tmp_path / "made").iterdir() if not path.name.startswith(".")]) == 2


def test_the_last_line_is_json_where_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["sweep", "batch_size", "256,512", "--epochs", "1", "--json", "--out", str(tmp_path / "made")])
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [one["batch_size"] for one in found] == [256, 512]
    assert found[0]["steps"] > found[1]["steps"] > 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("nonsense", "1,2"), "'nonsense' is unknown"),
        (("learning_rate", "1"), "2 to 12 different values"),
        (("learning_rate", "1:2"), "is no range"),
        (("learning_rate", "2:1:3"), "goes up"),
        (("batch_size", "16,oops"), "not a whole number"),
        (("dropout", "0,0.5"), "digits_small has no dropout layer"),
        (("network", "lenet5,lenet6"), "'lenet6' is unknown"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_trains_nothing(tmp_path: Path, given: tuple[str, str], words: str) -> None:
    with pytest.raises(SystemExit, match=words):
        main(["sweep", *given, *QUICK, "--out", str(tmp_path / "made")])
    assert not [path for path in (tmp_path / "made").glob("*") if not path.name.startswith(".")]
