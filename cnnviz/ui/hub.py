"""The server's one place that knows which runs there are, who waits, who trains, and who watches."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any, Unpack

from cnnviz.errors import CnnvizError, RunError
from cnnviz.images import Gallery
from cnnviz.jobs import Job, News
from cnnviz.networks import NetworkSpec
from cnnviz.plan import check_change
from cnnviz.recipe import Recipe
from cnnviz.runs import Run, copy_run, run_by_id, runs_folder, tidy
from cnnviz.training.client import HOST, HostClient, Message
from cnnviz.training.control import Command
from cnnviz.training.labelling import LABELS
from cnnviz.training.messages import Gone, Heard, Question, Queue
from cnnviz.training.questions import WhatDevices
from cnnviz.training.start import Chosen, new_run
from cnnviz.ui.channel import Channel, Pictures
from cnnviz.ui.looks import Looks
from cnnviz.ui.place import Place

SOON = 0.25  # s a page waits for what it asked to take effect, so that it draws the right buttons at once
TRAINS = ("training", "paused", "finished", "stopped", "failed")
_EXPECTED = {
    "pause": ("paused", *TRAINS[2:]),
    "step": ("paused", *TRAINS[2:]),
    "epoch": ("training", "waiting", "paused", *TRAINS[2:]),
    "resume": ("training", "waiting", *TRAINS[2:]),
    "stop": ("stopped", "finished", "failed", "interrupted"),
    "pace": TRAINS,
    "change": TRAINS,
    "watch": TRAINS,
}
NOT_YOURS = "This run was started in another browser; you can watch it, and copy its settings to start your own."


class Hub:
    """Runs, their channels, and the host. Pages and routes ask it; it knows no Streamlit.

    Args:
        folder: The folder that holds runs.
        host_command: How the host is started.
        is_private: Whether the server answers this computer only: then runs started in a shell can be controlled too.
    """

    def __init__(self, folder: Path, host_command: Sequence[str] = HOST, *, is_private: bool = True) -> None:
        self.folder = folder
        self.is_private = is_private
        self._channels: dict[str, Channel] = {}
        self.pictures = Pictures()
        self.looks = Looks(folder, self.pictures, self.ask)
        self._lock = threading.RLock()
        self._listeners: set[Callable[[str], None]] = set()
        self._host = HostClient(self._heard, self._lost, host_command)
        self._is_started = False
        self.devices: dict[str, tuple[str, ...]] | None = None  # to train on, with precisions; None: nobody knows yet

    def start_host(self) -> None:
        """Start the host; a second call does nothing."""
        with self._lock:
            if self._is_started:
                return
            self._is_started = True
        tidy(self.folder)
        Gallery(self.looks.gallery).tidy()
        self._host.start()
        self._host.ask(WhatDevices()).add_done_callback(self._learn_devices)

    def _learn_devices(self, answer: "Future[Any]") -> None:
        if not answer.exception():
            self.devices = answer.result()

    def close(self) -> None:
        """End the host and all workers."""
        self._host.close()

    def listen(self, listener: Callable[[str], None]) -> None:
        """Have a function called with a run's id, in any thread, when there is news of it."""
        self._listeners.add(listener)

    @property
    def is_warm(self) -> bool:
        """Whether the host is there."""
        return self._host.is_ready

    # Runs

    def channel(self, run_id: str) -> Channel:
        """What is known of a run.

        Raises:
            RunError: If there is no such run, or it is damaged.
        """
        with self._lock:
            known = self._channels.get(run_id)
            if known and not known.run.path.exists():
                raise RunError(f"The folder of {run_id} was removed or renamed; nothing of it can be shown any more.")
            if known is None:
                known = self._channels[run_id] = Channel(run_by_id(run_id, self.folder), self.pictures)
        if known.is_foreign:
            known.read_on()
        return known

    def forget(self, run_id: str) -> None:
        """Read a run's files anew when it is asked for next: it was renamed, deleted or brought back."""
        with self._lock:
            self._channels.pop(run_id, None)

    def reread(self, run_id: str) -> None:
        """Go by the files of a run again, where steps of it were given up, and tell who watches."""
        with self._lock:
            channel = self._channels.get(run_id)
        if channel and channel.state not in ("training", "waiting"):
            channel.reread()
            self._tell(run_id)

    def active(self) -> list[Channel]:
        """The runs that wait, train or pause here."""
        with self._lock:
            return [channel for channel in self._channels.values() if channel.is_active]

    def may_control(self, run: Run, key: str | None) -> bool:
        """Whether a browser with this hashed key may steer, rename and delete the run."""
        if run.is_example:
            return False
        return run.owner == key if run.owner else self.is_private

    # What people do

    def start(
        self,
        dataset: str,
        network: str | NetworkSpec,
        recipe: Recipe,
        *,
        pace: float = 0,
        **chosen: Unpack[Chosen],
    ) -> str:
        """Make a run and have it trained; its id.

        Raises:
            CnnvizError: If the settings do not fit together.
        """
        checked_pace(pace)
        chosen["folder"] = self.folder
        run = new_run(dataset, network, recipe, **chosen)
        with self._lock:
            self._channels[run.id] = channel = Channel(run, self.pictures)
        self._train(channel, pace)
        channel.wait_for(TRAINS, SOON)
        return run.id

    def branch(
        self, run_id: str, step: int, onward: Mapping[str, Any], *, pace: float = 0, owner: str | None = None
    ) -> str:
        """Copy a run up to a saved step and have it go on from there with other settings; the copy's id.

        Raises:
            RunError: If the step is not saved, or the copy cannot be written.
        """
        checked_pace(pace)
        check_change(self.channel(run_id).run.record, onward)
        run = copy_run(
            self.channel(run_id).run, self.folder, {"owner": owner}, step=step, onward=onward, wording=LABELS
        )
        with self._lock:
            self._channels[run.id] = channel = Channel(run, self.pictures)
        self._train(channel, pace)
        channel.wait_for(TRAINS, SOON)
        return run.id

    def steer(self, run_id: str, key: str | None, command: Command) -> None:
        """Pass a command on to whoever trains a run; resume also goes on with one that was stopped or interrupted.

        Raises:
            RunError: If the key may not, or there is nothing to steer.
        """
        channel = self.channel(run_id)
        if not self.may_control(channel.run, key):
            raise RunError(NOT_YOURS)
        if command.verb == "pace":
            checked_pace(command.value)
        if command.verb == "change":
            check_change(channel.run.record, command.settings)
            channel.refused = None
        self.start_host()
        if command.verb == "resume" and not channel.is_active:
            if channel.state == "finished":
                said = channel.run.status().reason or f"{run_id} has taken all its {channel.run.planned_steps:,} steps"
                raise RunError(f"{said.rstrip('.')}; start a new run.")
            channel.reread()
            self._train(channel, command.value)
        else:
            self._host.steer(channel.run.path, command)
        channel.wait_for(_EXPECTED[command.verb], SOON)
        self._tell(run_id)

    def _train(self, channel: Channel, pace: float) -> None:
        channel.place = Place()  # until the host says otherwise
        self.start_host()
        self._host.train(channel.run.path, pace)
        if channel.watchers:
            self._host.steer(channel.run.path, Command("watch", 1))

    def watch(self, run_id: str, change: int) -> None:
        """One more, or one less, looks at the newest step of a run; the worker shows more when somebody does."""
        with self._lock:
            channel = self.channel(run_id)
            channel.watchers += change
            if channel.watchers == (1 if change > 0 else 0) and channel.is_active and self._is_started:
                self._host.steer(channel.run.path, Command("watch", channel.watchers))

    def ask(self, question: Question) -> "Future[Any]":
        """Have the process beside the server answer a question."""
        self.start_host()
        return self._host.ask(question)

    def begin(self, owner: str, job: Job, told: Callable[[News], None]) -> int:
        """Have a job done beside the server, fairly beside those of others; its number. `told` hears in any thread."""
        self.start_host()
        return self._host.begin(owner, job, told)

    def cancel(self, number: int) -> None:
        """End a job whose result nobody wants any more."""
        self._host.cancel(number)

    # What the host says

    def _heard(self, message: Message) -> None:
        if isinstance(message, Queue):
            self._line_up(message)
            return
        with self._lock:
            channel = self._channels.get(message.run.name)  # also where its folder is gone: who watches is told
        try:
            channel = channel or self.channel(message.run.name)
        except RunError:  # deleted meanwhile: nobody's news
            return
        channel.place = None
        match message:
            case Heard(_, report):
                channel.hear(report)
            case Gone(_, reason):
                channel.reread(reason)
        self._tell(channel.run.id)

    def _line_up(self, queue: Queue) -> None:
        places = {path.name: Place.of(queue, index) for index, path in enumerate(queue.runs)}
        with self._lock:
            changed = []
            for run_id, channel in self._channels.items():
                place = places.get(run_id)
                is_starting = place is None and channel.report is None and channel.place is not None
                if place != channel.place and not is_starting:  # its worker has it, and will say so
                    channel.place = place
                    channel.version += 1
                    changed.append(run_id)
        for run_id in changed:
            self._tell(run_id)

    def _lost(self) -> None:
        with self._lock:
            affected = [run_id for run_id, channel in self._channels.items() if channel.report or channel.place]
            for run_id in affected:
                self._channels[run_id].place = None
                self._channels[run_id].reread()
        for run_id in affected:
            self._tell(run_id)

    def _tell(self, run_id: str) -> None:
        for listener in tuple(self._listeners):
            listener(run_id)


def checked_pace(pace: float) -> float:
    """A pace in steps per second, 0 for full speed.

    Raises:
        CnnvizError: If it is neither.
    """
    if not (pace == 0 or 0.1 <= pace <= 1000):
        raise CnnvizError(f"Pace: {pace:g} steps a second is not possible; use 0.1 to 1000, or 0 for full speed.")
    return pace


@lru_cache(maxsize=1)
def hub() -> Hub:
    """The server's hub; scripts are run anew each time, this module is not."""
    return Hub(runs_folder(), is_private=_is_private())


def _is_private() -> bool:
    from streamlit import config

    return config.get_option("server.address") in ("127.0.0.1", "localhost", "::1")
