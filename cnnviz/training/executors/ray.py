"""Runs trained on a Ray cluster (Philipp Moritz and others, Ray: A Distributed Framework for Emerging AI, 2018)."""

import os
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from cnnviz.training.children import Children
from cnnviz.training.cluster import speak
from cnnviz.training.control import Command
from cnnviz.training.executors.base import Executor
from cnnviz.training.messages import Able, Gone, Heard, Steer, Train

ADDRESS = "CNNVIZ_RAY_ADDRESS"
AGAIN_AFTER = 5.0  # s until another process tries, where one has ended


class Ray(Executor):
    """One process beside the host speaks to the cluster: Ray's own threads would not live through the host's forks."""

    name = "ray"
    is_here = False

    def __init__(self, children: Children, places: int) -> None:
        super().__init__(children, places)
        self._address = os.environ[ADDRESS]
        self._runs: set[Path] = set()
        self._begin(0.0)

    def _begin(self, after: float) -> None:
        self._able = Able(0, f"The Ray cluster at {self._address} is being connected to.")
        self._speaker = self._children.begin(speak, self._address, after)

    @classmethod
    def is_wanted(cls) -> bool:
        """Where an address is named."""
        return bool(os.environ.get(ADDRESS))

    @property
    def capacity(self) -> int:
        """As many as the cluster's nodes have cores."""
        return self._able.places

    @property
    def trouble(self) -> str | None:
        """Why the cluster cannot be reached."""
        return self._able.trouble

    def start(self, wish: Train) -> None:
        """Have an actor made for it."""
        self._runs.add(wish.run)
        self._speaker.send(wish)

    def steer(self, run: Path, command: Command) -> None:
        """Pass it on to the actor."""
        self._speaker.send(Steer(run, command))

    def connections(self) -> Sequence[Connection]:
        """The one of the process that speaks to the cluster."""
        return [self._speaker.connection]

    def hear(self, connection: Connection) -> Sequence[Heard | Gone]:
        """What an actor says; where the process that speaks to them has ended, all runs have."""
        try:
            message: Able | Heard | Gone = connection.recv()
        except (EOFError, OSError):
            return self._bury()
        if isinstance(message, Able):
            self._able = message
            return []
        if isinstance(message, Gone):
            self._runs.discard(message.run)
        return [message]

    def _bury(self) -> Sequence[Gone]:
        self._children.bury(self._speaker)
        lost, self._runs = self._runs, set()
        self._begin(AGAIN_AFTER)
        return [Gone(run, f"The line to the Ray cluster at {self._address} broke") for run in lost]
