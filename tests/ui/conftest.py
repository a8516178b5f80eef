"""A hub with a real host, a server made of our routes, and other processes that train.

One host serves all tests here, since each start of one imports torch; it trains one run at a time on every machine, so
that who waits is known. A hub is new in every test, and hears only of its own runs.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit.config
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cnnviz.recipe import Recipe
from cnnviz.runs import EXAMPLE_FOLDER, Run
from cnnviz.training.client import HostClient
from cnnviz.training.control import Command
from cnnviz.training.messages import Gone, Queue
from cnnviz.ui import hub as hub_module
from cnnviz.ui import server as server_module
from cnnviz.ui.hub import Hub
from tests.ui.reading import until

ONE_PLACE = "import cnnviz.training.host as host; host.places = lambda: 1; host.main()"
FOREVER = Recipe(epochs=200)  # 4000 steps and more; paced, it outlives any test
MINE, YOURS = "a" * 64, "b" * 64  # hashed keys of two browsers


class SharedHost:
    """One real host for many hubs, one after another."""

    def __init__(self) -> None:
        self.hub: Lent | None = None
        self.training: set[Path] = set()
        self.client = HostClient(self._heard, self._lost, (sys.executable, "-c", ONE_PLACE))
        self._is_started = False

    def start(self) -> None:
        if not self._is_started:
            self._is_started = True
            self.client.start()

    def _heard(self, message: Any) -> None:
        if isinstance(message, Gone):
            self.training.discard(message.run)
        if self.hub and (isinstance(message, Queue) or message.run in self.hub.runs):
            self.hub.heard(message)

    def _lost(self) -> None:
        self.training.clear()
        if self.hub:
            self.hub.lost()


class Lent:
    """The shared host, as one hub sees it; its end is the end of this hub's runs."""

    def __init__(self, host: SharedHost, heard: Callable[[Any], None], lost: Callable[[], None]) -> None:
        self.host, self.heard, self.lost = host, heard, lost
        self.runs: set[Path] = set()
        self.ask, self.steer = host.client.ask, host.client.steer
        self.begin, self.cancel = host.client.begin, host.client.cancel
        host.hub = self

    @property
    def is_ready(self) -> bool:
        return self.host.client.is_ready

    def start(self) -> None:
        self.host.start()

    def train(self, run: Path, pace: float = 0) -> None:
        self.runs.add(run)
        self.host.training.add(run)
        self.host.client.train(run, pace)

    def close(self) -> None:
        self.host.hub = None
        for run in self.host.training & self.runs:
            self.steer(run, Command("stop"))
        until(lambda: not self.host.training & self.runs)


@pytest.fixture(scope="session")
def host() -> Iterator[SharedHost]:
    shared = SharedHost()
    yield shared
    shared.client.close()


@pytest.fixture
def hub(host: SharedHost, runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub that pages and routes get, on a server for this computer only."""
    monkeypatch.setattr(hub_module, "HostClient", lambda heard, lost, _command: Lent(host, heard, lost))
    before = streamlit.config.get_option("server.address")
    streamlit.config.set_option("server.address", "127.0.0.1")
    hub_module.hub.cache_clear()
    known = hub_module.hub()
    assert known.folder == runs_folder
    yield known
    known.close()
    hub_module.hub.cache_clear()
    streamlit.config.set_option("server.address", before)


@pytest.fixture
def client(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A browser's requests to a server made of our routes; its start needs no torch."""
    monkeypatch.setattr(server_module, "_warm_up", lambda: None)
    app = Starlette(
        routes=server_module.routes(), middleware=server_module.middleware(), lifespan=server_module.lifespan
    )
    with TestClient(app) as browser:
        yield browser


@pytest.fixture
def start(hub: Hub) -> Callable[..., str]:
    """Starts a run of the digits at a pace, and waits until it trains."""

    def started(*, pace: float = 5, owner: str | None = MINE, recipe: Recipe = FOREVER, wait: bool = True) -> str:
        run = hub.start("digits", "digits_small", recipe, pace=pace, owner=owner)
        if wait:
            hub.channel(run).wait_for(("training", "finished"), 30)
            assert hub.channel(run).state in ("training", "finished")
        return run

    return started


@pytest.fixture
def copied(runs_folder: Path) -> Callable[..., Run]:
    """A run with real snapshots, in no time: the example under another name."""

    def copy(name: str = "copy", steps: int | None = None) -> Run:
        source = next(EXAMPLE_FOLDER.glob("*/run.json")).parent
        target = runs_folder / name
        shutil.copytree(source, target)
        (target / "name.txt").unlink()
        run = Run(target)
        for step in run.steps()[steps:] if steps is not None else ():
            run.step_path(step).unlink()
        return run

    return copy


@pytest.fixture
def held() -> Iterator[Callable[[Run], "subprocess.Popen[str]"]]:
    """Another process that holds a run, as one that trains it does, until it is killed."""
    holders = []
    hold = "import sys; from cnnviz.runs import Run\nwith Run(sys.argv[1]).lock(): print('held', flush=True); input()"

    def start_one(run: Run) -> "subprocess.Popen[str]":
        holder = subprocess.Popen(
            [sys.executable, "-c", hold, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        holders.append(holder)
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        return holder

    yield start_one
    for holder in holders:
        holder.kill()
        holder.communicate()
