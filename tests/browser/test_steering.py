"""Steering while it learns: what is changed is marked for all who watch, and the training goes by it, also anew."""

import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from cnnviz.figures.frames import pack, unpack
from cnnviz.runs import Run
from cnnviz.training.control import CallControl
from cnnviz.training.session import Session
from tests.browser.conftest import PHONE, OpenTab
from tests.browser.pages import SOON, TrainPage
from tests.browser.serving import until, worker_of
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FAST = "End"  # of the pace
# Every text that is painted.
WRITTEN = """
  const paint = CanvasRenderingContext2D.prototype.fillText;
  globalThis.written = new Set();
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    written.add(text);
    return paint.call(this, text, ...place);
  };
"""


def chart(page: TrainPage, name: str) -> Locator:
    return page.page.get_by_role("application", name=re.compile(f"^{name} over the steps"))


def change(page: TrainPage, **values: str) -> None:
    """Change settings of the run that trains, as "learning_rate"."""
    page.open_recipe()
    for name, value in values.items():
        label = name.replace("_", " ").capitalize()
        page.recipe.get_by_role("spinbutton", name=label, exact=True).fill(value)
    with page.script_run():
        page.recipe.get_by_role("button", name="Change from the next step").click()


def marks(page: TrainPage) -> Locator:
    """What was changed on the way, as the time line marks it."""
    return page.part("timeline").get_by_role("button", name=re.compile(r"^Step [\d,]+: "))


def to_the_end(page: TrainPage) -> None:
    page.open_recipe()
    page.recipe.get_by_role("slider").press(FAST)
    expect(page.part("numbers")).to_contain_text("Finished", timeout=60_000)


def changed(server: Server, run: str) -> list[tuple[int, dict[str, float]]]:
    events = Run(server.runs / run).events()
    return [(event["step"], event["settings"]) for event in events if event["event"] == "changed"]


def test_a_changed_rate_is_marked_for_all_and_the_numbers_are_the_same_after_a_kill(
    own: Server, tab: OpenTab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = tab(own).open()
    page.fill("Epochs", "6")
    page.close_recipe()
    run = page.start()
    watching = tab(own).open(f"/train?run={run}")
    page.reach(10)
    change(page, learning_rate="0.002")
    page.close_recipe()
    expect(marks(page)).to_have_count(1)
    ((step, settings),) = changed(own, run)
    assert settings == {"learning_rate": 0.002}
    words = f"Step {step}: Learning rate 0.002 in place of 0.015"
    for one in (page, watching):
        expect(marks(one)).to_have_attribute("aria-label", words)
    page.reach(step + 10)  # the curves go on
    worker_of(own, run).kill()
    expect(page.button("Go on")).to_be_visible(timeout=SOON)
    page.button("Go on").click()
    expect(page.button("Pause")).to_be_visible(timeout=SOON)
    to_the_end(page)
    expect(marks(page)).to_have_attribute("aria-label", words)
    expect(marks(tab(own).open(f"/train?run={run}"))).to_have_attribute("aria-label", words)  # of a finished run too

    trained = Run(own.runs / run)
    again = Run(shutil.copytree(trained.path, tmp_path_factory.mktemp("again") / run))
    for path in again.path.glob("*.safetensors"):
        path.unlink()
    Session(again, CallControl(lambda _: None)).train()  # at one go, by the same record and changes
    np.testing.assert_array_equal(again.log().train_loss, trained.log().train_loss)
    last = again.steps()[-1]
    assert last == trained.steps()[-1] == 120
    for name, weights in again.snapshot(last).weights.items():
        np.testing.assert_array_equal(weights, trained.snapshot(last).weights[name])


def test_a_mark_says_by_mouse_and_keyboard_what_was_changed_and_leads_there(
    training: TrainPage, shared: Server
) -> None:
    training.reach(5)
    change(training, batch_size="32")
    training.close_recipe()
    expect(training.part("timeline")).to_contain_text("of 3")  # twice as many steps in the rest of it
    training.reach(training.step + 15)
    training.pause()
    expect(marks(training)).to_have_count(1)
    ((step, _),) = changed(shared, training.query["run"])
    tips = training.page.get_by_role("tooltip")
    words = f"Step {step}: Batch size 32 in place of 64"
    marks(training).hover()
    expect(tips).to_have_text(words)
    training.page.mouse.move(5, 5)
    expect(tips).to_have_count(0)
    marks(training).focus()
    expect(tips).to_have_text(words)
    training.page.keyboard.press("Enter")
    training.show(step)
    training.thumb.focus()
    expect(tips).to_have_count(0)
    box = chart(training, "Loss").bounding_box()
    mark = training.section("Curves").get_by_role("button", name=words).first.bounding_box()
    assert box
    assert mark
    training.page.mouse.move(mark["x"] + mark["width"] / 2 + 1, box["y"] + 90)  # on its thin line
    expect(tips).to_have_text(words)
    training.page.mouse.move(mark["x"] + 60, box["y"] + 90)
    expect(tips).to_have_count(0)


def test_what_cannot_be_is_refused_beside_the_form_and_what_was_typed_stays(
    training: TrainPage, shared: Server
) -> None:
    change(training, learning_rate="200")
    expect(training.recipe).to_contain_text("Learning rate: 200 is above 10; use 1e-06 to 10.")
    training.reach(training.step + 5)
    expect(training.recipe.get_by_role("spinbutton", name="Learning rate")).to_have_value("200")
    change(training, learning_rate="0.01")
    expect(training.recipe).not_to_contain_text("is above")
    training.close_recipe()
    expect(marks(training)).to_have_count(1)
    assert [settings for _, settings in changed(shared, training.query["run"])] == [{"learning_rate": 0.01}]


def test_one_epoch_pauses_at_its_end(training: TrainPage) -> None:
    training.pause()
    for end in (20, 40):
        training.at_rest()
        training.button("One epoch").click()
        training.reach(end, 30)
        expect(training.part("numbers")).to_contain_text("Paused")
        assert training.settled() == end


def test_a_run_that_was_stopped_says_at_which_step(training: TrainPage, shared: Server) -> None:
    training.reach(3)
    training.stop()
    (stopped,) = [event for event in Run(shared.runs / training.query["run"]).events() if event["event"] == "stopped"]
    expect(training.part("numbers")).to_contain_text(f"Stopped at step {stopped['step']} of 200")


def test_what_the_training_refuses_is_said_beside_the_numbers(shared: Server, tab: OpenTab) -> None:
    page = tab(shared)

    def refused(message: str | bytes) -> str | bytes:
        header, arrays = unpack(message) if isinstance(message, bytes) else ({"kind": ""}, {})
        if header["kind"] != "status":
            return message
        return pack(header.pop("kind"), header | {"refused": "Dropout: there is no layer of it."}, arrays)

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: socket.send(refused(message)))

    page.page.route_web_socket(re.compile("/live/"), between)
    page.open()
    expect(page.part("numbers")).to_contain_text("Finished. Not changed: Dropout: there is no layer of it.")


def test_epochs_are_marked_where_they_end_after_a_new_batch_size(shared: Server, tab: OpenTab) -> None:
    page = tab(shared)
    page.page.add_init_script(WRITTEN)
    page.open()
    page.start()
    change(page, batch_size="512")
    page.close_recipe()
    expect(page.part("timeline")).not_to_contain_text("of 200 planned")
    page.page.evaluate("written.clear()")
    until(lambda: page.page.evaluate("written.has('epoch 10')"), 5, "the last epoch is named")
    assert not page.page.evaluate("[...written].some((text) => /^epoch 1[1-9]/.test(text))")
    page.stop()


def test_slow_motion_takes_a_step_in_seconds(training: TrainPage) -> None:
    training.open_recipe()
    with training.script_run():
        training.recipe.get_by_role("slider").press("Home")
    expect(training.recipe).to_contain_text("1 step in 5 s")
    with training.script_run():
        training.recipe.get_by_role("slider").press("ArrowRight")
    expect(training.recipe).to_contain_text("1 step in 2 s")
    training.close_recipe()
    at = training.step
    until(lambda: training.step > at, 10, "it goes on")
    assert training.step <= at + 2
    training.pause()  # at once, not after the seconds


def test_what_diverges_goes_on_in_a_copy_with_a_tenth_of_the_rate(shared: Server, tab: OpenTab) -> None:
    page = tab(shared)
    page.page.add_init_script(WRITTEN)
    page.open()
    page.choose("Optimizer", "SGD")
    page.choose("Schedule", "Constant")
    page.close_recipe()
    run = page.start()
    page.reach(4)
    change(page, learning_rate="10", weight_decay="1")  # every step takes ten times the weights away
    page.close_recipe()
    expect(page.part("numbers")).to_contain_text("Failed: ", timeout=60_000)
    expect(marks(page).first).to_have_attribute("aria-label", re.compile("Learning rate 10 in place of"))
    powers = "[...written].some((text) => /^10[⁰¹²³⁴⁵⁶⁷⁸⁹]{2,}$/.test(text))"
    until(lambda: page.page.evaluate(powers), 5, "such a loss is drawn by powers of ten")
    way = page.button(re.compile(r"^Go on from step [\d,]+ with learning rate "))
    label = way.inner_text()
    page.at_rest()
    way.click()
    until(lambda: page.query.get("run") not in (None, run), 10, "the copy is on screen")
    copy = Run(shared.runs / page.query["run"])
    step, rate = re.search(r"step ([\d,]+) with learning rate ([\d.e-]+)", label).groups()
    assert copy.record["parent"]["run"] == run
    assert changed(shared, copy.id)[-1] == (int(step.replace(",", "")), {"learning_rate": float(rate)})
    page.reach(int(step.replace(",", "")) + 2, 30)
    page.at_rest()
    page.button(f"Open {run}").click()
    until(lambda: page.query.get("run") == run, 10, "the way back to the first")
    page.open(f"/train?run={copy.id}").stop()


def test_from_a_saved_step_on_screen_a_copy_goes_on_with_one_thing_changed(shared: Server, tab: OpenTab) -> None:
    page = tab(shared).open()
    page.thumb.focus()
    page.thumb.press("Home")
    for _ in range(5):
        page.thumb.press("ArrowRight")
    page.show(16)
    page.button(re.compile("^Train again")).click()
    form = page.page.get_by_role("dialog", name="Train again")
    with page.script_run():
        form.get_by_role("combobox", name="Change").click()
        page.page.get_by_role("option", name="Learning rate", exact=True).click()
    form.get_by_role("spinbutton", name="Learning rate").fill("0.005")
    form.get_by_role("spinbutton", name="Learning rate").press("Enter")
    page.at_rest()
    form.get_by_role("button", name="Train again from step 16").click()
    until(lambda: page.query.get("run") not in (None, "example"), 20, "the copy is on screen")
    expect(page.page.get_by_text("From step 16 of Digits, an example, with learning rate 0.005")).to_be_visible()
    page.reach(18, 30)
    expect(marks(page).first).to_have_attribute("aria-label", re.compile("^Step 16: Learning rate 0.005 in place of "))
    page.page.keyboard.press("Escape")
    page.stop()


def test_the_learning_rate_is_a_curve_of_its_own(shared: Server, tab: OpenTab) -> None:
    page = tab(shared).open()
    page.page.get_by_role("radio", name="Learning rate", exact=True).click()
    expect(chart(page, "Learning rate")).to_have_attribute("aria-label", re.compile(r"at 200: [\d.e-]+"))
    expect(chart(page, "Loss")).to_be_hidden()
    until(lambda: page.query.get("curves") == "rate", 5, "the address says it")
    other = tab(shared).open("/train?curves=rate")
    expect(chart(other, "Learning rate")).to_be_visible()


def test_on_a_phone_the_row_fits_and_changes_can_be_made(shared: Server, tab: OpenTab) -> None:
    page = tab(shared, device=PHONE).open()
    page.start()
    change(page, learning_rate="0.004")
    page.close_recipe()
    expect(marks(page)).to_have_count(1)
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.stop()
