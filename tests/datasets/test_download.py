"""Fetching a set: how far it is, its end, and that its files are whole or not there."""

import gzip
import hashlib
import http.server
import os
import sys
import threading
import time
from email.message import Message
from functools import partial
from pathlib import Path
from urllib.error import HTTPError, URLError

import psutil
import pytest

from cnnviz.datasets import DATASETS, dataset, download
from cnnviz.datasets.download import Download, downloadable
from cnnviz.datasets.fetch import in_words
from cnnviz.errors import DatasetError
from tests.datasets.idx import idx, write_idx

FILES = DATASETS["kmnist"].files


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What runs in the place of torchvision; it gets the name and the folder to fill."""
    path = tmp_path / "script.py"
    monkeypatch.setattr(
        download, "_command", lambda name, root: [sys.executable, str(path), name, str(root), "download"]
    )
    return path


FILLS = f"""
import sys
from pathlib import Path
for name in {FILES!r}:
    path = Path(sys.argv[2]) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"new")
"""


def test_what_was_fetched_is_put_where_it_is_looked_for(script, folder):
    script.write_text(FILLS)
    *_, last = Download("kmnist").steps()
    assert (last.share, last.value) == (1.0, "kmnist")
    assert [(folder / name).read_bytes() for name in FILES] == [b"new"] * 4
    assert dataset("kmnist").is_there()
    assert not list(folder.glob(".*"))


def test_it_says_how_far_it_is(script, folder, monkeypatch):
    monkeypatch.setattr(type(DATASETS["kmnist"]), "megabytes", 1)
    half = "(Path(sys.argv[2]) / 'half').write_bytes(bytes(500_000))"
    script.write_text(f"import sys, time\nfrom pathlib import Path\n{half}\ntime.sleep(60)")
    steps = Download("kmnist").steps()
    share = next(share for share in (step.share for step in steps) if share > 0)
    assert 0.4 < share < 0.5
    steps.close()


def test_one_that_is_not_wanted_any_more_ends_and_leaves_nothing(script, folder):
    script.write_text("import time; time.sleep(60)")
    before = psutil.Process().children()
    steps = Download("kmnist").steps()
    next(steps)
    (child,) = set(psutil.Process().children()) - set(before)
    steps.close()
    assert not child.is_running()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            "print('<urlopen error no network>'); raise SystemExit(1)",
            "could not be fetched: <urlopen error no network>.",
        ),
        ("import os; os.kill(os.getpid(), 9)", "the process that fetches it has ended."),
        ("pass", "cannot be put into"),
    ],
)
def test_where_it_fails_a_sentence_says_why_and_what_was_there_stays(script, folder, program, said):
    write_idx(folder / "KMNIST" / "raw", {"train": 20, "t10k": 20})
    before = [(folder / name).read_bytes() for name in FILES]
    script.write_text(program)
    with pytest.raises(DatasetError) as caught:
        list(Download("kmnist").steps())
    assert said in str(caught.value)
    assert str(folder) in str(caught.value)
    assert [(folder / name).read_bytes() for name in FILES] == before
    assert not list(folder.glob(".*"))


def test_what_the_network_said_is_told_in_words():
    lost, reset = (
        URLError(OSError(number, words)) for number, words in ((-2, "Name not known"), (104, "Reset by peer"))
    )
    assert in_words(lost) == "Name not known"
    assert in_words(RuntimeError(f"Error downloading a:\nTried b, got:\n{reset}")) == (
        "Error downloading a: Tried b, got: Reset by peer"
    )
    assert in_words(URLError("no host given")) == "no host given"
    assert in_words(HTTPError("http://a/", 404, "Not Found", Message(), None)) == "HTTP Error 404: Not Found"
    assert in_words(ValueError()) == "ValueError"


def test_what_cannot_be_fetched_is_answered_with_what_can():
    with pytest.raises(DatasetError, match=r"Digits is there already; fetched can be mnist, "):
        downloadable("digits")
    with pytest.raises(DatasetError, match=r"Data set 'cifar' is unknown; choose from mnist, "):
        list(Download("cifar").steps())


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNNVIZ_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(DatasetError, match="cannot be written to"):
        list(Download("kmnist").steps())


def test_what_a_kill_left_is_removed_after_a_day(script, folder):
    script.write_text(FILLS)
    for name, hours in ((".fetching-old", 30), (".fetching-new", 1)):
        (folder / name).mkdir()
        at = time.time() - hours * 3600
        os.utime(folder / name, (at, at))
    list(Download("kmnist").steps())
    assert [path.name for path in folder.glob(".*")] == [".fetching-new"]


@pytest.mark.slow
def test_torchvision_fetches_it(tmp_path, script, folder):
    """From a server of our own, in a process of its own, as it is but for the address and the checksums."""
    served = tmp_path / "served"
    served.mkdir()
    written = write_idx(tmp_path / "made", {"train": 40, "t10k": 20})
    resources = []
    for part, arrays in written.items():
        for kind, values in zip(("images-idx3", "labels-idx1"), arrays, strict=True):
            name, content = f"{part}-{kind}-ubyte.gz", gzip.compress(idx(values))
            (served / name).write_bytes(content)
            resources.append((name, hashlib.md5(content).hexdigest()))
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        script.write_text(
            "import torchvision.datasets\n"
            f"torchvision.datasets.KMNIST.mirrors = ['http://127.0.0.1:{server.server_port}/']\n"
            f"torchvision.datasets.KMNIST.resources = {resources!r}\n"
            "from cnnviz.datasets.fetch import main\n"
            "main()\n"
        )
        list(Download("kmnist").steps())
        server.shutdown()
    train, test = dataset("kmnist").read()
    assert (train.images[:, 0] == written["train"][0]).all()
    assert test.labels.tolist() == written["t10k"][1].tolist()
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == sorted(
        Path(name).name for name in FILES
    )
