"""A run's file sent to the server."""

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from starlette.testclient import TestClient

from cnnviz.runs import Run, write_archive
from cnnviz.ui.hub import Hub
from cnnviz.ui.owner import COOKIE, hashed, token_for
from tests.ui.reading import files_of, open_page, press, rerun

Copied = Callable[..., Run]


@pytest.fixture
def sent(copied: Copied, tmp_path: Path) -> bytes:
    """The file of a run that is not here."""
    run = copied("sent", steps=3)
    run.rename("From elsewhere")
    file = io.BytesIO()
    write_archive(run, file)
    shutil.rmtree(run.path)
    return file.getvalue()


def post(client: TestClient, content: bytes, **query: Any) -> Any:
    return client.post(
        "/bring/example", params={"token": token_for("example"), "name": "run.zip", **query}, content=content
    )


@pytest.mark.slow
def test_it_becomes_a_run_of_who_sent_it(client: TestClient, hub: Hub, sent: bytes) -> None:
    client.cookies.set(COOKIE, "key")
    answer = post(client, sent)
    assert (answer.status_code, answer.json()) == (200, {"run": "sent"})
    run = hub.channel("sent").run
    assert (run.label, run.owner, run.steps()) == ("From elsewhere", hashed("key"), [0, 1, 2])
    assert hub.may_control(run, hashed("key"))
    assert not hub.may_control(run, hashed("another"))
    assert files_of(hub.folder) == {"sent"}


def test_weights_that_do_not_fit_are_refused_by_the_process_that_has_torch(
    client: TestClient, hub: Hub, copied: Copied
) -> None:
    run = copied("wrong", steps=2)
    arrays = load_file(run.step_path(1)) | {"weight/conv1.weight": np.zeros((3, 3), np.float32)}
    header = run.step_path(1).read_bytes()
    start = int.from_bytes(header[:8], "little")
    import json

    save_file(arrays, run.step_path(1), json.loads(header[8 : 8 + start])["__metadata__"])
    file = io.BytesIO()
    write_archive(run, file)
    shutil.rmtree(run.path)
    answer = post(client, file.getvalue())
    assert answer.status_code == 422
    assert answer.json()["problem"] == (
        "run.zip was not taken: The weights of step 1 do not fit the network of wrong: conv1.weight is 3x3, and would "
        "have to be 16x1x3x3."
    )
    assert files_of(hub.folder) == set()


def test_what_is_no_run_is_said_and_leaves_nothing(client: TestClient, hub: Hub) -> None:
    for content in (b"", b"no zip"):
        answer = post(client, content)
        assert answer.status_code == 422
        assert "run.zip is no zip file" in answer.json()["problem"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../../evil.txt", "1")
    assert "which is no part of a run" in post(client, file.getvalue()).json()["problem"]
    assert files_of(hub.folder) == set()
    assert not list(hub.folder.parent.glob("**/evil.txt"))


def test_a_page_that_is_not_ours_is_refused(client: TestClient, sent: bytes, hub: Hub) -> None:
    assert client.post("/bring/example", params={"token": "wrong"}, content=sent).status_code == 403
    assert files_of(hub.folder) == set()


def test_too_much_is_not_kept(client: TestClient, hub: Hub, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.ui.bringing.LARGEST", 1_000)
    answer = post(client, sent)
    assert answer.json()["problem"] == "run.zip is larger than 1 kB, for which there is room here."
    assert files_of(hub.folder) == set()


def test_room_that_others_take_meanwhile_is_not_counted_on(
    client: TestClient, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = iter((10 * 2**20, 2**20))
    monkeypatch.setattr("cnnviz.ui.handed.shutil.disk_usage", lambda _: SimpleNamespace(free=next(free)))
    query = {"token": token_for("example"), "name": "run.zip"}
    answer = client.post("/bring/example", params=query, content=bytes(3 * 2**20))
    assert answer.json()["problem"] == "run.zip is larger than 2.1 MB, for which there is room here."
    assert files_of(hub.folder) == set()


def test_what_came_is_named_on_the_page_and_opened(hub: Hub, copied: Copied) -> None:
    copied("brought", steps=2)
    app = open_page("runs")
    app.session_state["brought-in"] = "brought"
    assert any("Brought in brought" in line.value for line in rerun(app).markdown)
    press(app, "go-there")
    assert app.query_params["run"] == "brought"
