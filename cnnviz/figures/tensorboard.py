"""A run as TensorBoard events: what it measured, its filters and mistakes as pictures, its settings."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.errors import CnnvizError, RunError
from cnnviz.figures.maps import coloured, enlarged, sheet
from cnnviz.jobs import Progress
from cnnviz.runs import Run, Snapshot
from cnnviz.runs.comparing import outcome
from cnnviz.runs.copying import flat
from cnnviz.runs.tables import rows
from cnnviz.runs.wording import PLAIN

if TYPE_CHECKING:
    from tensorboardX.event_file_writer import EventsWriter

MOST_KERNELS = 256  # of a layer in a picture
MOST_PICTURED = 20  # saved steps that have pictures, from the first to the last: TensorBoard shows ten by itself
_KERNELS = 4  # axes of a convolution's weights: (C_out, C_in, kh, kw)
Row = tuple[Any, ...]


def can_write_events() -> bool:
    """Whether the package that writes them is installed."""
    return find_spec("tensorboardX") is not None


@dataclass(frozen=True)
class WriteEvents:
    """Writing a run's events as a job; a step of it is a saved step of the run.

    Scalars are named `loss/train`, `accuracy/validation`, `gradient_norm/conv1`; pictures `filters/conv1` (the first
    256 kernels of a convolution, zero the colour of paper, on one scale) and `confusion` (rows are labels, mistakes
    and all) of twenty steps. A value has the time of the next saved step. The settings are those of the HParams page.

    Attributes:
        run: The run's folder.
        folder: Where the events go; made if missing.
    """

    run: Path
    folder: Path

    def steps(self) -> Iterator[Progress]:
        """Write them; the last step's value is the folder.

        Raises:
            CnnvizError: If the package is missing, the run is damaged, or nothing can be written.
        """
        if not can_write_events():
            raise CnnvizError("TensorBoard events need the package tensorboardX: pip install 'cnnviz[tensorboard]'.")
        from tensorboardX.event_file_writer import EventsWriter

        run = Run(self.run)
        saved, waiting = run.steps(), deque(rows(run.log()))
        pictured = {saved[round(place)] for place in np.linspace(0, len(saved) - 1, MOST_PICTURED)} if saved else set()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with closing(EventsWriter(str(self.folder / "events"))) as writer:  # no thread, which would die unheard
                for number, step in enumerate(saved, start=1):
                    snapshot = run.snapshot(step)
                    while waiting and waiting[0][0] <= step:
                        _write_row(writer, waiting.popleft(), snapshot.time)
                    if step in pictured:
                        _write_pictures(writer, snapshot)
                    yield Progress(number / (len(saved) + 1))
                _write_settings(writer, run)
        except OSError as error:
            raise RunError(f"The events cannot be written into {self.folder}: {error.strerror or error}.") from None
        yield Progress(1.0, self.folder)


def write_events(run: Run, folder: Path) -> None:
    """Write a run's events here and now; see `WriteEvents`.

    Raises:
        CnnvizError: If the package is missing, the run is damaged, or nothing can be written.
    """
    for _ in WriteEvents(run.path, folder).steps():
        pass


def _write_row(writer: "EventsWriter", row: Row, when: float) -> None:
    step, part, measure, layer, value = row
    from tensorboardX.summary import scalar

    _write(writer, scalar(f"{measure.replace(' ', '_')}/{layer or part}", value), step, when)


def _write_pictures(writer: "EventsWriter", snapshot: Snapshot) -> None:
    from tensorboardX.summary import image

    pictures = {
        f"filters/{name.removesuffix('.weight')}": sheet(values.reshape(-1, *values.shape[2:])[:MOST_KERNELS])
        for name, values in snapshot.weights.items()
        if values.ndim == _KERNELS
    }
    if snapshot.confusion is not None:
        pictures["confusion"] = coloured(snapshot.confusion.astype(np.float32))
    for name, colours in pictures.items():
        _write(writer, image(name, enlarged(colours), dataformats="HWC"), snapshot.step, snapshot.time)


def _write_settings(writer: "EventsWriter", run: Run) -> None:
    from tensorboardX.summary import hparams

    came = outcome(run)
    plain = (bool, int, float, str)
    settings = {
        name: value if isinstance(value, plain) else PLAIN.value(name, value)
        for name, value in flat(run.record).items()
    }
    measured = {} if came.final is None else {"accuracy/validation": came.final}
    for summary in hparams(settings, measured):
        _write(writer, summary, 0, time.time())


def _write(writer: "EventsWriter", summary: Any, step: int, when: float) -> None:
    from tensorboardX.proto.event_pb2 import Event

    writer.write_event(Event(summary=summary, step=int(step), wall_time=when))
