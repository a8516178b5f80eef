"""Room is made beside the server, and nobody who looks at a run is left with steps that are gone."""

import shutil

import pytest
from starlette.testclient import TestClient

from cnnviz.runs import Run, example
from cnnviz.runs.logs import thin_step
from cnnviz.ui import keeping
from cnnviz.ui.hub import Hub
from cnnviz.ui.keeping import Keeper
from tests.ui.reading import message_of, of_kind, until, watch


@pytest.fixture
def run(hub: Hub) -> Run:
    shutil.copytree(example().path, hub.folder / "one")
    return Run(hub.folder / "one")


def test_where_runs_take_too_much_room_is_made_and_those_who_watch_hear_of_it(
    hub: Hub, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNVIZ_DISK_BUDGET", "3MB")
    heard: list[str] = []
    hub.listen(heard.append)
    channel = hub.channel("one")
    before = channel.rows()
    keeper = Keeper(hub)
    keeper.look()
    until(lambda: keeper.last)
    assert keeper.last
    assert keeper.last.is_enough
    until(lambda: "one" in heard)
    assert channel.rows()[:2] == before[:2]
    assert channel.rows()[2] == len(run.steps()) < before[2]
    assert "These runs take 2.9" in keeper.words()
    assert "Where all runs take more than 3 MB, room is made" in keeper.words()


def test_news_of_runs_bring_a_look_but_not_each_of_them(hub: Hub, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[object] = []
    monkeypatch.setattr(hub, "begin", lambda owner, job, told: begun.append(job))
    keeper = Keeper(hub)
    assert begun == []
    for _ in range(3):
        hub._tell("one")
    assert len(begun) == 1
    keeper._is_looking = False
    hub._tell("one")
    assert len(begun) == 1
    monkeypatch.setattr(keeping, "EVERY", 0.0)
    hub._tell("one")
    assert len(begun) == 2


def test_a_variable_that_says_no_size_is_said_and_nothing_goes(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_DISK_BUDGET", "much")
    begun: list[object] = []
    monkeypatch.setattr(hub, "begin", lambda owner, job, told: begun.append(job))
    keeper = Keeper(hub)
    keeper.look()
    assert begun == []
    assert keeper.words() == (
        "CNNVIZ_DISK_BUDGET: 'much' is no size; write it as in 5GB, 500MB or 1.5TB. Until then no room is made."
    )
    monkeypatch.setenv("CNNVIZ_DISK_BUDGET", "off")
    assert "They may take any room" in keeper.words()


def test_who_looks_on_is_sent_the_curves_anew(client: TestClient, hub: Hub, run: Run) -> None:
    with watch(client, "one") as socket:
        _, before = message_of(socket, of_kind("curves"))
        thin_step(run.path, run.steps()[20])
        hub.reread("one")
        header, after = message_of(socket, of_kind("curves"))
    assert header["reset"]
    assert len(after["snapshots"]) == len(before["snapshots"]) - 1
    assert after["train_step"].tolist() == before["train_step"].tolist()
