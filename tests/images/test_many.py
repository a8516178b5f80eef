"""Many pictures by one process, and a new one after a file that ends it."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from cnnviz.errors import ImageError
from cnnviz.images import Reader, decoding, read_image, reader, reading
from tests.images.files import FORMATS, colours, hundred_megapixels, many_scans, saved


@pytest.fixture(autouse=True)
def others() -> Iterator[set[int]]:
    """The processes that other tests have left running; a reader's own are gone at the end."""
    before = children()
    yield before
    assert children() == before


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def read(pictures: Reader, content: bytes):
    pictures.begin(content)
    while not pictures.is_done(0.05):
        pass
    return pictures.picture("it")


def test_many_are_read_by_one_process_as_one_is(others):
    files = [saved(Image.fromarray(colours(height=9 + number)), form) for number, form in enumerate(FORMATS)]
    files.append(saved(Image.new("RGBA", (3, 2), (1, 2, 3, 4)), "PNG"))
    with reader() as pictures:
        processes = set()
        for content in files:
            seen, alone = read(pictures, content), read_image(content)
            assert np.array_equal(seen.pixels, alone.pixels)
            assert (seen.size, seen.notes) == (alone.size, alone.notes)
            processes |= children() - others
    assert len(processes) == 1


def test_no_side_is_longer_than_was_asked_for():
    with reader(16) as pictures:
        seen = read(pictures, saved(Image.new("L", (100, 50), 7), "PNG"))
    assert max(seen.pixels.shape) <= 16
    assert seen.size == (100, 50)
    assert np.unique(seen.pixels).tolist() == [7]


def test_a_refused_file_is_said_and_the_next_is_read():
    with reader() as pictures:
        for content, said in ((b"x", "it is no picture"), (hundred_megapixels(), "it has 10000x10000 pixels")):
            with pytest.raises(ImageError, match=said):
                read(pictures, content)
        assert read(pictures, saved(Image.new("L", (2, 2)), "PNG")).pixels.shape == (2, 2)


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The reader, but for files that say what it shall do."""
    path = tmp_path / "reader.py"
    path.write_text(
        "import os, sys, time\n"
        f"sys.path.insert(0, {os.fspath(Path(decoding.__file__).parent)!r})\n"
        "import decoding\n"
        "real = decoding.answer\n"
        "def answer(content, largest):\n"
        "    if content.startswith(b'do '): exec(content[3:])\n"
        "    return real(content, largest)\n"
        "decoding.answer = answer\n"
        "decoding.main()\n"
    )
    monkeypatch.setattr(decoding, "__file__", str(path))
    return path


@pytest.mark.usefixtures("script")
@pytest.mark.parametrize(
    "program", ["os.abort()", "os._exit(0)", "print('{', flush=True); os._exit(0)", "time.sleep(60)"]
)
def test_a_file_that_ends_or_stalls_the_process_costs_itself_alone(program, monkeypatch):
    monkeypatch.setattr(reading, "WAIT", 0.3)
    good = saved(Image.fromarray(colours()), "PNG")
    with reader() as pictures:
        read(pictures, good)
        start = time.monotonic()
        with pytest.raises(ImageError, match="it is damaged, or takes too long to be read; save it anew as PNG"):
            read(pictures, b"do " + program.encode())
        assert time.monotonic() - start < 20
        assert np.array_equal(read(pictures, good).pixels, colours())


@pytest.mark.usefixtures("script")
def test_leaving_while_a_file_is_read_ends_the_process():
    with reader() as pictures:
        pictures.begin(b"do time.sleep(60)")
        assert not pictures.is_done(0.01)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on computing time")
def test_a_file_that_asks_for_hours_is_ended():
    with reader() as pictures, pytest.raises(ImageError):
        read(pictures, many_scans(50_000))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on computing time")
def test_each_file_has_its_own_time(script):
    script.write_text(script.read_text().replace("decoding.main()", "decoding.SECONDS = 1\ndecoding.main()"))
    burn = b"do end = time.process_time() + %f\nwhile time.process_time() < end: pass"
    with reader() as pictures:
        for _ in range(6):  # three seconds in all
            with pytest.raises(ImageError, match="it is no picture"):
                read(pictures, burn % 0.5)
        with pytest.raises(ImageError, match="takes too long"):
            read(pictures, burn % 60)
