"""A job for the process beside the server: it must be found there by its module's name."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnviz.jobs import Progress


@dataclass(frozen=True)
class Slow:
    """So many steps of so many seconds; it writes a file when it is closed, and tells its process."""

    steps_in_all: int
    seconds: float
    closed: Path

    def steps(self) -> Iterator[Progress]:
        """One step after another."""
        try:
            for number in range(1, self.steps_in_all + 1):
                time.sleep(self.seconds)
                yield Progress(number / self.steps_in_all, (number, os.getpid()))
        finally:
            self.closed.touch()
