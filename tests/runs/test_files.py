import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import RunError
from cnnviz.runs.files import read_arrays, remove_unfinished, whole, write_arrays


def arrays() -> dict[str, np.ndarray]:
    return {
        "log/loss": np.array([0.5, np.nan, np.inf], np.float32),
        "weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
        "counts": np.array([[1, -2], [3, 4]], np.int32),
        "none": np.zeros((0, 3), np.float32),
    }


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.safetensors", arrays(), {"step": 7, "name": "ä", "loss": None})
    read, header = read_arrays(tmp_path / "a.safetensors")
    assert header == {"step": 7, "name": "ä", "loss": None}
    assert set(read) == set(arrays())
    for name, values in arrays().items():
        assert read[name].dtype == values.dtype
        np.testing.assert_array_equal(read[name], values)


def test_a_prefix_chooses_arrays_and_is_cut_off(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.safetensors", arrays(), {})
    read, _ = read_arrays(tmp_path / "a.safetensors", "log/")
    assert list(read) == ["loss"]


def test_the_file_is_what_the_format_says(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.safetensors", arrays(), {"step": 7})
    content = (tmp_path / "a.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    begin, end = header["counts"]["data_offsets"]
    raw = content[8 + length + begin : 8 + length + end]
    assert header["counts"]["dtype"] == "I32"
    assert struct.unpack("<4i", raw) == (1, -2, 3, 4)
    assert json.loads(header["__metadata__"]["header"]) == {"step": 7}


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with whole(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["a.txt"]


def test_a_kill_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_arrays(path, {"a": np.ones(3, np.float32)}, {"step": 1})
    code = (
        "import os, signal, sys; from pathlib import Path; from cnnviz.runs.files import remove_unfinished, whole\n"
        "with whole(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False, timeout=60)
    assert done.returncode == -9
    assert read_arrays(path)[1] == {"step": 1}
    assert (
        len([entry for entry in tmp_path.iterdir() if entry.is_file()]) == 2
    )  # what was half written has another name
    assert list(tmp_path.glob("*.safetensors")) == [path]
    (tmp_path / ".name.txt-1").touch()  # of the server, which may be writing it
    remove_unfinished(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir() if entry.is_file()) == [".name.txt-1", path.name]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"a\.safetensors is not there any more\."):
        read_arrays(tmp_path / "a.safetensors")


def test_a_file_cut_short_anywhere_is_damaged_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_arrays(path, arrays(), {"step": 7})
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(RunError, match=rf"^a\.safetensors of {tmp_path.name} is damaged: .+\.$"):
            read_arrays(path)


@pytest.mark.parametrize(
    "content",
    [b"\xff" * 100, b"no tensors", struct.pack("<Q", 2) + b"{}", struct.pack("<Q", 5) + b"{nope"],
    ids=["noise", "text", "no header", "no JSON"],
)
def test_a_garbled_file_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(RunError, match="is damaged"):
        read_arrays(tmp_path / "a.safetensors")
