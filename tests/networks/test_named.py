"""Networks by the words of a command line."""

import json
from pathlib import Path

import pytest

from cnnviz.cli import main
from cnnviz.errors import NetworkError
from cnnviz.networks import NETWORKS, NetworkSpec
from cnnviz.networks.named import network_named
from cnnviz.networks.saved import save_network, save_record, shelf
from cnnviz.runs import Run

DIGITS = NETWORKS["digits_small"].spec((1, 8, 8), 10)
MINE = NetworkSpec("Mine (1)", DIGITS.input_shape, DIGITS.layers[-2:])  # flattened, fully connected


def test_a_preset_a_saved_one_and_a_file_are_found(tmp_path: Path) -> None:
    save_network(shelf(tmp_path), MINE)
    assert network_named("lenet5", tmp_path) == "lenet5"
    assert network_named("Mine (1)", tmp_path) == MINE
    file = shelf(tmp_path) / "Mine (1).json"
    assert network_named(str(file.rename(tmp_path / "taken.json")), tmp_path) == MINE


def test_what_is_none_is_said_with_what_there_is(tmp_path: Path) -> None:
    save_record(shelf(tmp_path), {**MINE.to_record(), "name": "Half", "layers": []})
    for name in ("Nine", "../Half", ""):
        with pytest.raises(NetworkError, match=r"choose from .*lenet5.*, Half\."):
            network_named(name, tmp_path)
    with pytest.raises(NetworkError, match=r"'Half' cannot work yet\. The network has no layers"):
        network_named("Half", tmp_path)
    with pytest.raises(NetworkError, match=r"none.json cannot be read: No such file"):
        network_named(str(tmp_path / "none.json"), tmp_path)


def test_one_that_was_saved_is_trained_from_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_network(shelf(tmp_path), MINE)
    main(["train", "--network", "Mine (1)", "--epochs", "1", "--out", str(tmp_path), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert NetworkSpec.from_record(Run(tmp_path / said["run"]).record["network"]) == MINE
