import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit.config
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cnnviz.figures.frames import unpack
from cnnviz.ui import server
from cnnviz.ui.hub import Hub
from cnnviz.ui.owner import COOKIE, token_for
from tests.ui.reading import bytes_of, mounts, open_page


@pytest.fixture(params=["prefix", "/prefix/", "two/parts"])
def prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    before = streamlit.config.get_option("server.baseUrlPath")
    streamlit.config.set_option("server.baseUrlPath", request.param)
    yield request.param.strip("/")
    streamlit.config.set_option("server.baseUrlPath", before)


def paths() -> list[str]:
    return [getattr(route, "path", "") for route in server.routes()]


def test_the_routes_are_those_of_the_wire() -> None:
    assert server.base_path() == ""
    assert sorted(paths()) == [
        "/bring/{run}",
        "/build/{run}/{what}",
        "/code/{run}",
        "/compared/{run}/{what}",
        "/data/{run}/{what}",
        "/evaluate/{run}",
        "/file/{run}",
        "/forget/{run}",
        "/images/{run}",
        "/live/{run}",
        "/measured/{run}/{what}",
        "/numbers/{run}/{what}",
        "/poll/{run}",
        "/upload/{run}",
    ]


def test_all_routes_stand_behind_the_base_path(prefix: str, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_warm_up", lambda: None)
    assert server.base_path() == f"/{prefix}"
    assert all(path.startswith(f"/{prefix}/") for path in paths())
    token = token_for("example")
    app = Starlette(routes=server.routes(), middleware=server.middleware(), lifespan=server.lifespan)
    with TestClient(app) as client:
        for path in ("code/example", "numbers/example/curves.csv", "file/example"):
            assert client.get(f"/{prefix}/{path}?token={token}").status_code == 200
            assert client.get(f"/{path}?token={token}").status_code == 404
        with client.websocket_connect(f"/{prefix}/live/example?token={token}") as socket:
            assert unpack(bytes_of(socket))[0]["kind"] == "status"


def test_the_browser_parts_are_told_the_base_path(prefix: str, hub: Hub) -> None:
    assert {header["base"] for header, _ in mounts(open_page()).values()} == {f"/{prefix}"}


def test_a_server_that_ends_ends_its_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    monkeypatch.setattr(server, "_warm_up", lambda: None)
    monkeypatch.setattr(hub, "close", lambda: closed.append("hub"))
    with TestClient(Starlette(routes=server.routes(), lifespan=server.lifespan)):
        assert len(server._live) == 1
    assert server._live == []
    assert closed == ["hub"]


def test_getting_warm_starts_the_host_and_waits_for_nobody(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    called, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        called.set()
        go_on.wait(30)

    monkeypatch.setattr(server, "_warm_up", slow)
    with TestClient(Starlette(routes=server.routes(), lifespan=server.lifespan)) as client:
        assert called.wait(30)
        assert client.post(f"/poll/example?token={token_for('example')}").status_code == 200
        go_on.set()


def test_what_is_missing_does_not_stop_the_warm_up(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(hub, "start_host", lambda: started.append("host"))
    monkeypatch.setattr("cnnviz.datasets.dataset", lambda name: 1 / 0)
    monkeypatch.setattr("gc.freeze", lambda: started.append("frozen"))  # it would be for all tests that follow
    server._warm_up()
    assert set(started) == {"host", "frozen"}
    assert started[-1] == "frozen"


def test_only_pages_set_the_cookie(client: TestClient) -> None:
    for path in ("numbers/example/curves.csv", "evaluate/example"):
        assert COOKIE not in client.get(f"/{path}?token={token_for('example')}").cookies


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1", ["cnnviz is at http://127.0.0.1:8600"]),
        ("0.0.0.0", ["cnnviz is at http://127.0.0.1:8600", "on your network at http://192.0.2.7:8600"]),
        ("cnn.example", ["cnnviz is at http://cnn.example:8600"]),
    ],
)
def test_the_address_of_the_network_is_said_only_where_the_server_answers_there(
    address: str, said: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"server.address": address, "server.port": 8600, "server.baseUrlPath": ""}
    monkeypatch.setattr(server.st, "get_option", options.__getitem__)
    monkeypatch.setattr(server, "_lan_address", lambda: "192.0.2.7")
    server._announce()
    assert capsys.readouterr().out.splitlines() == said


def test_a_browser_is_opened_where_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    options = {"server.address": "127.0.0.1", "server.port": 1, "server.baseUrlPath": "prefix"}
    monkeypatch.setattr(server.st, "get_option", options.__getitem__)
    monkeypatch.setattr(server.webbrowser, "open", opened.append)
    server._announce()
    assert opened == []
    monkeypatch.setenv("CNNVIZ_OPEN_BROWSER", "1")
    before = set(threading.enumerate())
    server._announce()
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
    assert opened == ["http://127.0.0.1:1/prefix"]


def test_the_shell_does_not_lie_beside_the_pages() -> None:
    assert server.SHELL.is_file()
    assert not (server.SHELL.parent / "pages").exists()
    assert Path(server.SHELL).is_absolute()
