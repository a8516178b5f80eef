"""`cnnviz data` and `cnnviz train --dataset` on a set of one's own, as they are typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnviz.cli import main
from cnnviz.datasets import DATASETS, every_dataset
from tests.datasets.pictures import pictures, write_folder, zipped

GOOD = pictures({"cat": 10, "dog": 8}, size=(12, 12), colour=False)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    main(["data", *map(str, arguments)])
    return capsys.readouterr().out


def refused(*arguments: object) -> str:
    with pytest.raises(SystemExit) as caught:
        main(["data", *map(str, arguments)])
    return str(caught.value)


def test_all_sets_are_listed_with_what_fetches_them(capsys):
    listed = said(capsys)
    assert [line.split()[0] for line in listed.splitlines()] == list(DATASETS)
    assert "not there" not in listed.splitlines()[0]
    assert "not there; cnnviz data download cifar10 fetches it" in listed
    rows = {row["dataset"]: row for row in json.loads(said(capsys, "--json"))}
    assert rows["digits"]["is_there"]
    assert (rows["svhn"]["is_there"], rows["svhn"]["shape"], len(rows["svhn"]["classes"])) == (False, [3, 32, 32], 10)


def test_a_folder_is_imported_listed_trained_and_deleted(capsys, tmp_path):
    folder = write_folder(tmp_path / "my pets", {**GOOD, "cat/notes.txt": b"x", "dog/notes.txt": b"x"})
    result = json.loads(said(capsys, "import", folder, "--json"))
    assert (result["title"], result["counts"], result["shape"]) == ("my pets", {"cat": 10, "dog": 8}, [1, 12, 12])
    assert set(result["left_out"]) == {"cat/notes.txt", "dog/notes.txt"}
    assert "my pets" in said(capsys)
    main(["train", "--dataset", result["dataset"], "--epochs", "1", "--json"])
    trained = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert trained["steps"] >= 1
    said(capsys, "delete", result["dataset"])
    assert list(every_dataset()) == list(DATASETS)
    assert "There is no data set" in refused("delete", result["dataset"])


def test_an_archive_is_imported_under_a_name_of_a_size(capsys, tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped({**GOOD, "0.png": b"x", "1.png": b"y"}))
    main(["data", "import", str(tmp_path / "a.zip"), "--name", "Pets", "--size", "16", "--colour", "colour"])
    printed = capsys.readouterr()
    assert printed.out.startswith("18 pictures of 2 classes are the data set own_")
    assert "left out: 1.png: it lies in no folder named by a class" in printed.err
    (source,) = (one for name, one in every_dataset().items() if name not in DATASETS)
    assert (source.title, source.shape) == ("Pets", (3, 16, 16))


def test_what_is_wrong_is_one_line(tmp_path):
    assert refused("import", tmp_path / "none").startswith("cnnviz: There is no folder or ZIP archive")
    assert refused("import", tmp_path, "--size", "1000") == "cnnviz: Size: 1000 is above 128; use 0 to 128."
    assert refused("download", "digits").startswith("cnnviz: Digits is there already; fetched can be mnist, ")
    assert refused("download", "cifar").startswith("cnnviz: Data set 'cifar' is unknown; choose from mnist, ")
    assert refused("delete", "../digits").startswith("cnnviz: '../digits' names no data set of one's own")


def test_listing_loads_nothing_heavy():
    code = "import sys; from cnnviz.cli import main; main(['data']); print('torch' in sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == "False\n"
