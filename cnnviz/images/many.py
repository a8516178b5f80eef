"""Many pictures from outside, one after the other by one process: it is started once, and anew when a file ends it."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import IO

from cnnviz.errors import ImageError
from cnnviz.images import decoding, reading
from cnnviz.images.reading import Picture, made_picture

_Answer = tuple[dict[str, object], bytes]


class Reader:
    """Reads pictures as `read_image` does, each with its own bound of time; a long one can be waited for in turns.

    Attributes:
        ended: How many files have ended the process, by what they did or by the time they took.
    """

    def __init__(self, largest: int) -> None:
        self.ended = 0
        self._largest = largest
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = ThreadPoolExecutor(1)  # so that a wait can end on every system
        self._asked: Future[_Answer | None] | None = None
        self._waited = 0.0

    def begin(self, content: bytes) -> None:
        """Have a file's content read; what was asked before is over."""
        self._process = self._process or self._start()
        self._waited = 0.0
        self._asked = self._thread.submit(_exchange, self._process, content)

    def is_done(self, seconds: float) -> bool:
        """Whether there is an answer, after waiting for so long at most; who takes too long is ended."""
        assert self._asked is not None
        try:
            self._asked.result(seconds)
        except TimeoutError:
            self._waited += seconds
            if self._waited > reading.WAIT and self._process:
                self._process.kill()
            return False
        return True

    def picture(self, name: str) -> Picture:
        """What was asked for.

        Raises:
            ImageError: As `read_image`, beginning with this name.
        """
        assert self._asked is not None
        answer = self._asked.result()
        if answer is None:  # stopped by a limit, or crashed
            self.ended += 1
            self._end()
            raise ImageError(f"{name} is damaged, or takes too long to be read; save it anew as PNG.")
        return made_picture(*answer, name)

    def close(self) -> None:
        """End the process."""
        self._end()
        self._thread.shutdown()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-P", decoding.__file__, str(self._largest)]
        try:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError as error:
            raise ImageError(f"Pictures cannot be read just now: {error.strerror}; try again.") from None

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            wait([self._asked] if self._asked else [])
            self._process.communicate()
            self._process = None


@contextmanager
def reader(largest: int = decoding.LARGEST_SIDE) -> Iterator[Reader]:
    """A reader of pictures of which no side is given out longer than this; its process ends with the block."""
    made = Reader(largest)
    try:
        yield made
    finally:
        made.close()


def _exchange(process: "subprocess.Popen[bytes]", content: bytes) -> _Answer | None:
    """Give a file to the script and read what it says; None where it ends before."""
    to, back = _pipe(process.stdin), _pipe(process.stdout)
    try:
        to.write(b"%d\n" % len(content))
        to.write(content)
        to.flush()
        said = json.loads(back.readline())
        length = math.prod(said.get("shape", [0]))
        pixels = back.read(length)
    except (OSError, ValueError):
        return None
    return (said, pixels) if len(pixels) == length else None


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream
