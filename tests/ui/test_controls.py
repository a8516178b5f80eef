from collections.abc import Callable

import pytest

from cnnviz.runs import Run, list_runs
from cnnviz.ui import controls
from cnnviz.ui.form import FIRST_PACE
from cnnviz.ui.hub import NOT_YOURS, Hub
from tests.ui.conftest import MINE, YOURS
from tests.ui.reading import LIMIT, buttons, lines, mounts, open_page, popovers, press, rerun, until

Start = Callable[..., str]
Copied = Callable[..., Run]


@pytest.fixture
def me(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Says which browser the pages are opened in."""

    def be(key: str | None) -> None:
        for place in ("controls", "steering", "again", "shelf"):
            monkeypatch.setattr(f"cnnviz.ui.{place}.my_key", lambda: key)

    be(MINE)
    return be


def test_start_makes_a_run_trains_it_and_puts_it_in_the_address(hub: Hub, me: Callable[..., None]) -> None:
    app = open_page()
    app.number_input(key="form-seed").set_value(5)
    press(app, "start")
    (run,) = list_runs(hub.folder)
    assert isinstance(run, Run)
    assert app.query_params["run"] == run.id
    assert run.record["recipe"]["seed"] == 5
    assert (run.owner, run.record["network"]["name"]) == (MINE, "digits_small")
    channel = hub.channel(run.id)
    channel.wait_for(("training",), LIMIT)
    assert until(lambda: channel.report).pace == FIRST_PACE
    rerun(app)
    assert any(run.id in label and "training" in label for label in popovers(app))
    assert "Pause" in buttons(app)
    assert {header["run"] for header, _ in mounts(app).values()} == {run.id}


def test_the_owner_pauses_steps_resumes_and_stops(hub: Hub, start: Start, me: Callable[..., None]) -> None:
    run = start(pace=5)
    channel = hub.channel(run)
    app = open_page(run=run)
    assert {"Pause", "One step", "Stop"} <= set(buttons(app))
    assert not {"Start", "Resume", "Go on"} & set(buttons(app))
    press(app, "pause")
    channel.wait_for(("paused",), LIMIT)
    assert {"Resume", "One step", "Stop"} <= set(buttons(rerun(app)))
    at = channel.report.step if channel.report else -1
    press(app, "step")
    until(lambda: channel.report and channel.report.step == at + 1)
    press(app, "resume")
    channel.wait_for(("training",), LIMIT)
    press(rerun(app), "stop")
    channel.wait_for(("stopped",), LIMIT)
    assert {"Start", "Go on"} <= set(buttons(rerun(app)))
    assert "Pause" not in buttons(app)


def test_the_pace_is_changed_while_it_trains(hub: Hub, start: Start, me: Callable[..., None]) -> None:
    run = start(pace=5)
    app = open_page(run=run)
    app.session_state["change"] = True
    rerun(app)
    assert app.select_slider(key=f"pace-{run}").value == 5
    app.select_slider(key=f"pace-{run}").set_value(10)
    rerun(app)
    until(lambda: hub.channel(run).report.pace == 10)


def test_a_stopped_run_goes_on_at_the_pace_of_the_form(hub: Hub, start: Start, me: Callable[..., None]) -> None:
    run = start(pace=5)
    channel = hub.channel(run)
    app = press(open_page(run=run), "stop")
    until(lambda: channel.report is None)
    press(rerun(app), "resume")
    channel.wait_for(("training",), LIMIT)
    assert channel.state == "training"
    assert until(lambda: channel.report).pace == FIRST_PACE


def test_who_did_not_start_it_watches(hub: Hub, start: Start, me: Callable[..., None]) -> None:
    run = start(pace=5)
    me(YOURS)
    app = open_page(run=run)
    assert "Started in another browser: you watch. Recipe has its settings to copy." in lines(app)
    assert {"Start your own", "Copy this run's settings"} <= set(buttons(app))
    assert not {"Pause", "One step", "Stop", "Go on"} & set(buttons(app))
    assert not any(header["owner"] for header, _ in mounts(app).values())
    assert press(app, "start").query_params["run"] != run
    assert hub.channel(run).state == "training"


def test_a_button_drawn_for_the_owner_serves_nobody_else(hub: Hub, start: Start, me: Callable[..., None]) -> None:
    run = start(pace=5)
    app = open_page(run=run)
    me(YOURS)  # the cookie went while the page was open
    press(app, "stop")
    assert f":orange[{NOT_YOURS}]" in lines(app)
    assert hub.channel(run).state == "training"


def test_who_waits_sees_that_and_can_stop_only(hub: Hub, start: Start, me: Callable[..., None]) -> None:
    start(pace=5)
    second = start(wait=False)
    until(lambda: str(hub.channel(second).place).count("1st of 1"))
    app = open_page(run=second)
    assert any("waiting" in label for label in popovers(app))
    assert [app.button(key=key).disabled for key in ("pause", "step", "stop")] == [True, True, False]


def test_the_run_popover_leads_to_the_other_runs(hub: Hub, copied: Copied, me: Callable[..., None]) -> None:
    one, other = copied("one"), copied("other")
    other.rename("The *other* one")
    app = open_page(run=one.id)
    assert popovers(app)[0] == ":gray[Run] one :primary[finished]"
    app.session_state["run-popover"] = True
    rerun(app)
    assert "The *other* one :gray[finished]" in buttons(app)
    assert app.button(key="run-one").disabled
    press(app, "run-other")
    assert app.query_params["run"] == "other"
    assert not app.session_state["run-popover"], "it stands open over what was chosen"
    app.session_state["run-popover"] = True
    rerun(app)
    press(app, "run-example")
    assert "run" not in app.query_params
    assert popovers(app)[0] == ":gray[Run] Digits, an example :primary[example]"


def test_another_image_is_chosen(hub: Hub) -> None:
    app = open_page()
    assert popovers(app)[1] == "Image"
    app.session_state["image-popover"] = True
    rerun(app)
    app.number_input(key="image-index").set_value(12)
    rerun(app)
    press(app, "image-show")
    assert app.query_params["image"] == "validation-12"
    assert popovers(app)[1] == "Image", "a label that changes would shut it"
    assert {header["image"] for header, _ in mounts(app).values()} == {"validation-12"}
    app.session_state["image-popover"] = True
    rerun(app)
    press(app, "image-own")
    assert "image" not in app.query_params


@pytest.mark.parametrize(
    "image", ["validation-x", "cat", "-", "**bold**-3", "test-0", "validation-99999999999999999999"]
)
def test_an_address_with_an_odd_image_opens(hub: Hub, image: str) -> None:
    app = open_page(image=image)
    assert [title.value for title in app.title] == ["Train"]
    app.session_state["image-popover"] = True
    rerun(app)
    assert "Show" in buttons(app)


def test_a_browser_without_a_key_is_nobody() -> None:
    assert controls.my_key() is None
