"""What a page asks of the step on screen, and what it offers where a training has diverged."""

import json
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from cnnviz.figures.frames import unpack
from cnnviz.runs import Log, Run, example, read_log, write_snapshot
from cnnviz.ui.hub import Hub
from cnnviz.ui.owner import token_for
from cnnviz.ui.rescue import rescue
from tests.ui.conftest import MINE
from tests.ui.reading import LIMIT, buttons, open_page, press

Copied = Callable[..., Run]
REASON = "Step 3: the gradient of fc1 is not a number any more; use a learning rate below 0.02."


def asked(client: TestClient, what: str, run: str = "example", **query: object) -> tuple[dict, dict]:
    return unpack(client.get(f"/measured/{run}/{what}", params={"token": token_for(run), **query}).content)


def test_what_is_measured_comes_for_a_step_or_the_newest(client: TestClient) -> None:
    header, arrays = asked(client, "layers", step=8)
    assert (header["kind"], header["step"]) == ("layers", 8)
    weights = example().snapshot(8).weights["conv2.weight"]
    assert arrays["weights/conv2"].sum() == weights.size
    assert [entry["name"] for entry in header["statistics"]][-1] == "fc1"
    header, arrays = asked(client, "worst", step="live")
    assert (header["kind"], header["step"]) == ("worst", 200)
    confusion = example().snapshot(200).confusion
    assert header["total"] == confusion.sum() - confusion.trace() == len(arrays["pixels"])
    assert (arrays["label"] != arrays["prediction"]).all()


def test_what_is_not_there_is_said(client: TestClient) -> None:
    for what, step, status, words in (
        ("layers", 3, 422, "Step 3 of example is not saved"),
        ("worst", 3, 422, "Step 3 of example is not saved"),
        ("nonsense", 8, 404, "Only layers and the worst"),
    ):
        answer = client.get(f"/measured/example/{what}", params={"token": token_for("example"), "step": step})
        assert answer.status_code == status
        assert words in answer.text


def test_norms_are_taken_home_as_a_table(client: TestClient, copied: Copied) -> None:
    run = copied(steps=2)
    log = read_log(run.step_path(1))
    norms = {"gradient_norm": np.array([[0.5, 2]], np.float32), "weight_norm": np.array([[3, 4]], np.float32)}
    more = replace(log, norm_step=np.array([1], np.int32), layers=("conv1", "fc1"), **norms)
    write_snapshot(run.step_path(1), run.snapshot(1), more)
    answer = client.get("/numbers/copy/norms.csv", params={"token": token_for("copy")}).text.splitlines()
    assert answer == [
        "step,conv1 gradient norm,fc1 gradient norm,conv1 weight norm,fc1 weight norm", "1,0.5,2.0,3.0,4.0"
    ]  # fmt: skip


@pytest.fixture
def diverged(copied: Copied) -> Run:
    """A run whose second step has spoilt the weights."""
    run = copied(steps=3)  # 0, 1 and 2
    saved, log = run.snapshot(2), read_log(run.step_path(2))
    spoilt = Log(**{**log.arrays(), "validation_loss": np.array([math.nan], np.float32)})
    write_snapshot(run.step_path(2), replace(saved, validation_loss=math.nan), spoilt)
    record = json.loads((run.path / "run.json").read_text("utf-8"))
    (run.path / "run.json").write_text(json.dumps({**record, "owner": MINE}), "utf-8")
    run.add_event("failed", 2, reason=REASON)
    return Run(run.path)


def test_the_way_out_is_the_last_sound_step_and_a_tenth_of_the_rate(hub: Hub, diverged: Run) -> None:
    found = rescue(hub.channel("copy"))
    assert found
    rate = diverged.record["recipe"]["learning_rate"]
    assert (found.step, found.learning_rate) == (1, pytest.approx(rate / 10))
    diverged.add_event("changed", 1, settings={"learning_rate": 0.5})
    diverged.add_event("changed", 2, settings={"learning_rate": 0.7})
    diverged.add_event("failed", 2, reason=REASON)
    assert rescue(hub.channel("copy")).learning_rate == 0.05  # as it was at that step


def test_what_failed_otherwise_has_no_such_way_out(hub: Hub, diverged: Run) -> None:
    diverged.add_event("failed", 2, reason="Training ended by an error: ValueError: oh")
    assert rescue(hub.channel("copy")) is None
    assert rescue(hub.channel("example")) is None


def test_a_copy_goes_on_from_there_and_the_first_stays(
    hub: Hub, diverged: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnviz.ui.again.my_key", lambda: MINE)
    app = open_page(run="copy")
    (label,) = [text for text in buttons(app) if text.startswith("Go on from step 1 with learning rate ")]
    press(app, "rescue")
    run = app.query_params["run"]
    channel = hub.channel(run if isinstance(run, str) else run[0])
    assert channel.run.id != "copy"
    assert channel.run.owner == MINE
    channel.wait_for(("training", "finished"), LIMIT)
    assert channel.state in ("training", "finished")
    changes = [event["settings"] for event in channel.run.events() if event["event"] == "changed"]
    assert changes == [{"learning_rate": pytest.approx(diverged.record["recipe"]["learning_rate"] / 10)}]
    assert label.endswith(f"{changes[0]['learning_rate']:g}")
    assert diverged.steps() == [0, 1, 2]
