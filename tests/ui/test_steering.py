"""Steering while it trains: what is changed on the way, one epoch, and copies that go on from a step."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz.figures.frames import unpack
from cnnviz.networks import NETWORKS
from cnnviz.runs import Run
from cnnviz.training.control import Report
from cnnviz.training.start import new_run
from cnnviz.ui import again, steering
from cnnviz.ui.channel import Channel, Pictures
from cnnviz.ui.hub import Hub
from cnnviz.ui.state import View
from tests.ui.conftest import FOREVER, MINE, YOURS
from tests.ui.reading import LIMIT, buttons, lines, mounts, open_page, popovers, press, rerun, until

Start = Callable[..., str]
Copied = Callable[..., Run]


@pytest.fixture(autouse=True)
def _me(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("controls", "steering", "again"):
        monkeypatch.setattr(f"cnnviz.ui.{place}.my_key", lambda: MINE)


def opened(run: str, popover: str = "change") -> AppTest:
    """The page of a run with a popover open."""
    app = open_page(run=run)
    app.session_state[popover] = True
    return rerun(app)


def entry(app: AppTest, run: str, name: str) -> Any:
    return app.number_input(key=f"change-{run}-{name}")


def changes(hub: Hub, run: str) -> list[dict[str, Any]]:
    return [event["settings"] for event in hub.channel(run).run.events() if event["event"] == "changed"]


def test_what_is_changed_holds_is_marked_for_all_and_is_what_the_form_begins_with(hub: Hub, start: Start) -> None:
    run = start(pace=5)
    app = opened(run)
    before = FOREVER.learning_rate
    assert (entry(app, run, "learning_rate").value, entry(app, run, "batch_size").value) == (before, 64)
    entry(app, run, "learning_rate").set_value(0.001)
    entry(app, run, "rotate").set_value(10.0)
    press(app, "change-now")
    until(lambda: changes(hub, run))
    assert changes(hub, run) == [{"learning_rate": 0.001, "rotate": 10.0}]
    header, arrays = unpack(hub.channel(run).curves_message())
    (mark,) = header["marks"]
    assert mark["words"] == f"Learning rate 0.001 in place of {before:g}; rotate 10 in place of 0"
    after = arrays["rate"][np.searchsorted(arrays["rate_step"], mark["step"] + 1)]
    assert after <= 0.001
    assert entry(opened(run), run, "learning_rate").value == 0.001
    assert entry(opened(run), run, "rotate").value == 10.0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", 11.0, "Learning rate: 11 is above 10; use 1e-06 to 10."),
        ("batch_size", 1, "Batch size: 1 is below 2; use 2 to 512."),
        ("batch_size", 64, "These are the values that hold already; enter others to change them."),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_stays(
    hub: Hub, start: Start, name: str, value: Any, words: str
) -> None:
    run = start(pace=5)
    app = opened(run)
    entry(app, run, name).set_value(value)
    press(app, "change-now")
    assert f":orange[{words}]" in lines(app)
    assert entry(app, run, name).value == value
    assert f":orange[{words}]" in lines(rerun(app)), "it goes with the next report"
    assert changes(hub, run) == []
    assert hub.channel(run).state == "training"


def test_what_the_training_itself_refuses_reaches_who_watches(copied: Copied) -> None:
    channel = Channel(copied(steps=4), Pictures())
    channel.hear(Report("training", 5, refused="Dropout: this network has no dropout layer."))
    channel.hear(Report("training", 6))
    assert unpack(channel.status_message())[0]["refused"] == "Dropout: this network has no dropout layer."
    channel.hear(Report("finished", 6))
    assert unpack(channel.status_message())[0]["refused"] is None


def test_dropout_can_be_changed_where_there_is_a_layer_of_it(hub: Hub) -> None:
    assert "dropout" not in steering.changeable_in(new_run("digits", "digits_small"))
    shares = []
    for name in NETWORKS:
        run = new_run("digits", name) if name != "faces_small" else None
        if run and "dropout" in steering.changeable_in(run):
            shares.append(steering.held_at(run, 0)["dropout"])
            run.add_event("changed", 3, settings={"dropout": 0.125})
            assert steering.held_at(run, 5)["dropout"] == 0.125
    assert shares
    assert all(0 < float(share) < 1 for share in shares)


def test_who_waits_has_nothing_to_change_yet(hub: Hub, start: Start) -> None:
    start(pace=5)
    app = open_page(run=start(wait=False))
    assert app.button(key="epoch").disabled
    assert "Pace" not in [slider.label for slider in app.select_slider]


def test_one_epoch_goes_on_to_its_end_and_pauses(hub: Hub, start: Start) -> None:
    run = start(pace=5)
    channel = hub.channel(run)
    app = press(open_page(run=run), "pause")
    channel.wait_for(("paused",), LIMIT)
    app.session_state["change"] = True
    rerun(app)
    app.select_slider(key=f"pace-{run}").set_value(0)
    rerun(app)
    press(app, "epoch")
    until(lambda: channel.report and channel.state == "paused" and channel.report.step % 20 == 0)
    assert channel.report
    assert channel.report.step == 20


def test_a_copy_goes_on_from_a_step_with_one_thing_changed_and_names_its_parent(
    hub: Hub, copied: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = copied("one")
    run.rename("The *first*")
    app = opened("one", "again")
    assert "again" in mounts(app)
    gone: list[View] = []
    state = {"part-again": Pressed(64), "again-one-learning_rate": 0.5, "form-pace": 5}
    with monkeypatch.context() as patch:
        patch.setattr(again.st, "session_state", state)
        patch.setattr(again, "show", gone.append)
        again._train_again("one", View(run="one", step=8, image="validation-3"), "learning_rate")
    (view,) = gone
    copy = hub.channel(view.run).run
    assert (view.step, view.image, copy.owner) == (None, "validation-3", MINE)
    assert changes(hub, view.run) == [{"learning_rate": 0.5}]
    assert copy.record["parent"]["run"] == "one"
    app = open_page(run=view.run)
    assert any(
        line.startswith("From step 64 of The *first*, with learning rate 0.5 from there on.") for line in lines(app)
    )
    assert "Open The *first*" in buttons(app)
    press(app, "origin")
    assert (app.query_params["run"], app.query_params["step"]) == ("one", "64")


@pytest.mark.parametrize(
    ("step", "value", "words"),
    [
        (200, 0.5, "Step 200 is the last one, and nothing is left to train; choose an earlier one."),
        (63, 0.5, "Step 63 of one is not saved"),
        (64, None, "Learning rate: nothing was entered."),
        (64, 50.0, "Learning rate: 50 is above 10"),
    ],
)
def test_a_copy_that_cannot_be_is_refused_in_words(
    hub: Hub, copied: Copied, monkeypatch: pytest.MonkeyPatch, step: int, value: float | None, words: str
) -> None:
    copied("one")
    state = {"part-again": Pressed(step), "again-one-learning_rate": value, "form-pace": 5}
    monkeypatch.setattr(again.st, "session_state", state)
    again._train_again("one", View(run="one"), "learning_rate")
    assert words in str(state[again._REFUSED])
    assert [path.name for path in hub.folder.iterdir() if (path / "run.json").exists()] == ["one"]


class Pressed:
    """The button of the part, pressed at a step."""

    def __init__(self, step: int) -> None:
        self.step = step


def test_who_watches_can_train_again_but_not_change(hub: Hub, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start(pace=5)
    until(lambda: hub.channel(run).last_saved() is not None)
    for place in ("controls", "steering", "again"):
        monkeypatch.setattr(f"cnnviz.ui.{place}.my_key", lambda: YOURS)
    app = open_page(run=run)
    assert "Train again" in popovers(app)
    assert "Change" not in popovers(app)
    assert not {"One epoch", "Pause"} & set(buttons(app))
