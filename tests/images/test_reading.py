"""Pictures through the reader's process: bounded, nothing left, one sentence where it cannot be."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from cnnviz.errors import ImageError
from cnnviz.images import decoding, read_image, reading
from tests.images.files import colours, hundred_megapixels, many_scans, saved

MEGABYTE = 1024**2


def said(source: bytes | Path) -> str:
    """The sentence a file is refused with."""
    with pytest.raises(ImageError) as refused:
        read_image(source)
    assert str(refused.value).count(". ") == 0
    return str(refused.value)


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader of the test's own."""
    path = tmp_path / "reader.py"
    monkeypatch.setattr(decoding, "__file__", str(path))
    return path


def test_bytes_and_a_file_give_the_same_picture(tmp_path: Path) -> None:
    content = saved(Image.fromarray(colours()), "PNG")
    path = tmp_path / "a picture.png"
    path.write_bytes(content)
    for picture in (read_image(content), read_image(path)):
        np.testing.assert_array_equal(picture.pixels, colours())
        assert picture.pixels.dtype == np.uint8
        assert (picture.size, picture.notes) == ((17, 13), ())


def test_grey_has_two_axes_and_alpha_four_channels() -> None:
    assert read_image(saved(Image.new("L", (3, 2), 7), "PNG")).pixels.tolist() == [[7, 7, 7], [7, 7, 7]]
    seen = read_image(saved(Image.new("RGBA", (3, 2), (1, 2, 3, 4)), "PNG")).pixels
    assert (seen.shape, seen[0, 0].tolist()) == ((2, 3, 4), [1, 2, 3, 4])


def test_notes_come_along() -> None:
    frames = [Image.new("L", (2, 2), value) for value in (1, 200)]
    assert read_image(saved(frames[0], "GIF", save_all=True, append_images=frames[1:])).notes == ("first of 2 frames",)


# refused


def test_what_is_wrong_is_said_with_the_files_name(tmp_path: Path) -> None:
    assert said(b"hello") == (
        "The file is no picture that can be read here; choose a PNG, JPEG, GIF, BMP, WebP or TIFF file."
    )
    path = tmp_path / "cat.txt"
    path.write_bytes(b"hello")
    assert said(path).startswith("cat.txt is no picture")
    path.write_bytes(saved(Image.fromarray(colours()), "PNG")[:300])
    assert said(path) == "cat.txt is damaged or cut short; save or copy it again."


def test_an_empty_file_is_said(tmp_path: Path) -> None:
    assert said(b"") == "The file is empty; choose a PNG, JPEG, GIF, BMP, WebP or TIFF file."
    (tmp_path / "a.png").touch()
    assert said(tmp_path / "a.png").startswith("a.png is empty;")


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    assert said(tmp_path / "none.png").startswith("none.png cannot be read: No such file or directory;")
    assert said(tmp_path).startswith(f"{tmp_path.name} is no file;")
    assert said(tmp_path / "a\0b").endswith("name a PNG, JPEG, GIF, BMP, WebP or TIFF file.")
    assert said(tmp_path / ("a" * 300)).endswith("name a PNG, JPEG, GIF, BMP, WebP or TIFF file.")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert said(tmp_path / "pipe.png").startswith("pipe.png is no file;")


def test_too_many_bytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(10**12)  # takes no room on the disk
    assert said(path) == "large.png has over 20 MB; shrink the picture, or save it as JPEG."
    assert said(bytes(reading.LARGEST_FILE + 1)).startswith("The file has over 20 MB;")


# bounded

MEASURED = """
import resource, sys
from pathlib import Path
from cnnviz.errors import ImageError
from cnnviz.images import read_image
resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3, 2 * 1024**3))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_image(Path(sys.argv[1]))
except ImageError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_a_refused_bomb_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(hundred_megapixels())
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    sentence, grown, reader = done.stdout.splitlines()
    assert sentence == (
        "bomb.png has 10000x10000 pixels, which is 100 megapixels; up to 40 are read, so shrink it first."
    )
    assert int(grown) < 10 * 1024  # kB, here
    assert int(reader) < 60 * 1024  # kB, in the reader: Python and Pillow; the pixels alone would be 98,000


@pytest.mark.skipif(sys.platform != "linux", reason="macOS sets no limit on memory, Windows none at all")
def test_the_reader_has_no_more_memory_than_its_limit(script: Path) -> None:
    source = Path(decoding.__spec__.origin or "").read_text("utf-8")
    script.write_text(source.replace("MEMORY = 1024**3", "MEMORY = 150 * 1024**2"), "utf-8")
    content = saved(Image.new("RGB", (7_700, 5_190)), "PNG")
    assert said(content) == "The file needs too much memory to be read; save it anew as PNG."


def test_a_reader_that_stalls_is_ended(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WAIT", 0.3)
    script.write_text("import time; time.sleep(60)")
    before, start = psutil.Process().children(), time.monotonic()
    assert said(b"x") == "The file takes too long to be read; save it anew as PNG."
    assert time.monotonic() - start < 10
    assert psutil.Process().children() == before


@pytest.mark.parametrize("end", ["os.abort()", "sys.exit(1)", "os.kill(os.getpid(), 9)"])
def test_a_reader_that_crashes_takes_nothing_along(script: Path, end: str) -> None:
    script.write_text(f"import os, sys; {end}")
    assert said(b"x") == "The file is damaged, or takes too long to be read; save it anew as PNG."


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on computing time")
def test_a_file_that_asks_for_hours_is_ended() -> None:
    assert said(many_scans(50_000)).startswith("The file ")


def test_no_more_readers_at_once_than_there_are_places(script: Path) -> None:
    script.write_text('import time; time.sleep(0.3)\nprint(\'{"refused": "is late."}\')')
    before, most = len(psutil.Process().children()), 0
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(said, b"x") for _ in range(6)]
        while wait(answers, timeout=0.02).not_done:
            most = max(most, len(psutil.Process().children()) - before)
    assert {answer.result() for answer in answers} == {"The file is late."}
    assert 1 <= most <= 2


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(tmp_path)
    process = psutil.Process()
    children = process.children()
    content = saved(Image.fromarray(colours()), "TIFF", compression="tiff_lzw")
    read_image(content)
    before = (process.num_fds() if sys.platform != "win32" else 0, threading.active_count())
    read_image(content)
    said(content[:400])
    said(b"none")
    assert (process.num_fds() if sys.platform != "win32" else 0, threading.active_count()) == before
    assert process.children() == children
    assert [path.name for path in tmp_path.iterdir() if path.name != "runs"] == []


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, cnnviz.images\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'torch', 'captum', 'streamlit', 'scipy', 'sklearn', 'plotly'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
