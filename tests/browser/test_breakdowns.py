"""What breaks is said, and what can go on goes on."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from playwright.sync_api import BrowserContext, expect

from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from tests.browser.conftest import OpenTab
from tests.browser.explain_page import ExplainPage
from tests.browser.home_page import THREE, HomePage
from tests.browser.inside_page import InsidePage
from tests.browser.pages import SOON, TrainPage
from tests.browser.serving import put_run, saved_steps, serving, until, worker_of
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NO_SOCKET = """
  const Real = WebSocket;
  window.WebSocket = class extends Real {
    constructor(url, ...more) { super(String(url).includes('/live/') ? 'ws://127.0.0.1:9/' : url, ...more); }
  };
"""
SERVER_IS_GONE = (
    r"WebSocket",
    r"when disconnected from server",
    r"ERR_CONNECTION_REFUSED",
    r"ERR_EMPTY_RESPONSE",
    r"ERR_CONNECTION_RESET",
)
OLD_TOKEN = r"403"


def test_a_killed_worker_leaves_a_run_that_says_so_and_goes_on(training: TrainPage, shared: Server) -> None:
    training.reach(20)
    run = training.query["run"]
    worker_of(shared, run).kill()
    expect(training.part("numbers")).to_contain_text(
        "Interrupted: The process that trained it was killed without a word"
    )
    expect(training.part("numbers")).to_contain_text("most likely because memory ran out")
    expect(training.button("Go on")).to_be_visible()
    expect(training.button("Pause")).to_have_count(0)
    saved = saved_steps(shared, run)[-1]
    expect(training.part("numbers")).to_contain_text(f"step {saved}")
    training.button("Go on").click()
    expect(training.part("numbers")).to_contain_text("Finished", timeout=30_000)
    assert training.step == 200
    assert saved_steps(shared, run)[-1] == 200


@pytest.mark.skipif(sys.platform != "linux", reason="limits of other processes")
def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(training: TrainPage, shared: Server) -> None:
    training.reach(20)
    run = training.query["run"]
    worker_of(shared, run).rlimit(psutil.RLIMIT_FSIZE, (1_000, psutil.RLIM_INFINITY))
    expect(training.part("numbers")).to_contain_text("cannot be written: File too large. Make room for it; then it can")
    training.button("Go on").click()
    expect(training.part("numbers")).to_contain_text("Finished", timeout=30_000)
    assert saved_steps(shared, run)[-1] == 200


def test_a_folder_that_is_removed_under_a_training_is_told(training: TrainPage, shared: Server) -> None:
    training.reach(20)
    run = training.query["run"]
    shutil.rmtree(shared.runs / run)
    said = f"The folder of {run} was removed or renamed; nothing of it can be shown any more."
    expect(training.page.get_by_text(said)).to_be_visible(timeout=SOON)
    training.start()  # the page is of use as before
    training.stop()


def test_a_killed_server_comes_back_with_all_its_runs_and_the_page_finds_it(tmp_path: Path, tab: OpenTab) -> None:
    with serving(tmp_path / "server") as first:
        page = tab(first).open()
        page.trouble.forgive(*SERVER_IS_GONE, OLD_TOKEN)
        run = page.start()
        page.reach(20)
        first.kill()
        until(lambda: page.connection == "connecting", 10, "the page notices")
        saved = saved_steps(first, run)
        assert saved[:5] == [0, 1, 2, 4, 8]
    with serving(tmp_path / "server", port=first.port) as second:
        assert saved_steps(second, run) == saved
        expect(page.part("numbers")).to_contain_text("Interrupted", timeout=30_000)  # nobody reloads
        until(lambda: page.connection == "live", 30, "the page is connected again")
        expect(page.button("Go on")).to_be_visible()
        assert page.step == saved[-1]
        for step in saved[:3]:
            page.thumb.focus()
            page.thumb.press("Home") if step == 0 else page.thumb.press("ArrowRight")
            page.show(step)
        page.button("Go on").click()
        page.button("Go live").click()
        page.reach(saved[-1] + 5)
        page.stop()
        page.page.goto(f"{second.url}/runs")
        expect(page.page.get_by_text(run)).to_be_visible(timeout=15_000)


@pytest.mark.parametrize("way", ["cannot open", "opens and ends"])
def test_without_a_socket_the_page_says_so_and_still_moves(shared: Server, tab: OpenTab, way: str) -> None:
    page = tab(shared)
    page.trouble.forgive("WebSocket connection to", "ERR_UNSAFE_PORT")
    if way == "cannot open":
        page.page.add_init_script(NO_SOCKET)
    else:
        page.page.route_web_socket(re.compile("/live/"), lambda socket: socket.close())
    page.open()
    page.start()
    until(lambda: page.connection == "polling", 15, "it asks instead")
    expect(page.part("board")).to_contain_text("Live connection blocked; refreshing every second.")
    before = page.step, page.picture()
    page.reach(before[0] + 20)
    until(lambda: all(page.pixels(name) != before[1][name] for name in ("Curves", "Maps", "Filters")), 5, "all moves")
    assert page.connection == "polling"
    page.thumb.focus()
    page.thumb.press("Home")
    page.show(0)
    page.stop()


def test_without_a_socket_a_unit_opens_a_drawing_is_read_and_a_map_explained(
    shared: Server, person: Callable[..., BrowserContext]
) -> None:
    context = person()
    context.add_init_script(NO_SOCKET)
    home = HomePage(context, shared.url)
    inside, explain = InsidePage(context, shared.url), ExplainPage(context, shared.url)
    for page in (home, inside, explain):
        page.trouble.forgive("WebSocket connection to", "ERR_UNSAFE_PORT", r"404.*/_stcore/(health|host-config)")
    home.page.goto(shared.url)
    home.painted()
    until(lambda: home.connection == "polling", 15, "it asks instead")
    home.open_pad()
    home.draw(THREE)
    home.expect_answer("3")
    name = home.kept()
    inside.page.goto(f"{shared.url}/inside?layer=conv2&unit=5&cell=3.4&image={name}")
    inside.shows("conv2", 5, "3.4")
    assert inside.cell["equal"] == "true"
    expect(inside.part("inside")).to_contain_text("Live connection blocked; refreshing every second.")
    explain.page.goto(f"{shared.url}/explain?image={name}&maps=saliency,occlusion")
    explain.painted()
    assert len(explain.titles) == 2
    for page in (home, inside, explain):
        page.check()


@pytest.mark.parametrize(
    ("path", "part"), [("/", "home"), ("/train", "board"), ("/inside", "inside"), ("/explain", "explain")]
)
def test_a_step_and_an_image_that_are_not_there_are_said_with_a_way_out(
    shared: Server, tab: OpenTab, path: str, part: str
) -> None:
    page = tab(shared)
    page.trouble.forgive(r"404.*/_stcore/(health|host-config)")
    page.page.goto(f"{shared.url}{path}?step=77&image=validation-99999")
    main = page.part(part)
    expect(main).to_contain_text("Step 77 of example is not saved", timeout=SOON)
    page.button("Go to step 76").click()
    expect(main).to_contain_text("There is no image validation-99999")
    expect(main).not_to_contain_text("computing", use_inner_text=True)
    if part == "board":  # what does not hang on the image is there
        assert page.colours("Filters") > 5
        assert page.colours("Mistakes") > 5
    page.button("Show the run's own image").click()
    expect(main).not_to_contain_text("There is no image")
    until(lambda: "image" not in page.query, 5, "the address names it no more")
    until(
        lambda: page.query["step"] == "76", 5, "the address names the step"
    )  # Python's says for a moment where it began
    until(lambda: main.get_attribute("data-step") == "76", 5, "the picture is shown")


def test_a_lost_connection_is_said_and_comes_back(shared: Server, tab: OpenTab) -> None:
    page = tab(shared)
    cut = []
    refuse = []

    def route(socket) -> None:
        if refuse:
            socket.close()
        else:
            socket.connect_to_server()
            cut.append(socket)

    page.page.route_web_socket(re.compile("/live/"), route)
    page.trouble.forgive("WebSocket connection to")
    page.open()
    page.start()
    until(lambda: page.connection == "live", 5, "it is connected")
    refuse.append(True)
    cut[-1].close()
    expect(page.button("Reconnecting")).to_be_visible(timeout=5000)
    refuse.clear()
    until(lambda: page.connection == "live", 20, "it is connected again")
    at = page.step
    page.reach(at + 5)
    page.stop()


def test_a_run_that_failed_says_why(shared: Server, tab: OpenTab) -> None:
    run = put_run(shared, "digits_small-failed")
    reason = "Step 201: the loss is not a number any more."
    with (shared.runs / run / "events.jsonl").open("a") as events:
        events.write("\n" + json.dumps({"event": "failed", "step": 200, "time": 0, "reason": reason}) + "\n")
    page = tab(shared).open(f"/train?run={run}")
    expect(page.part("numbers")).to_contain_text(f"Failed: {reason}")
    expect(page.button("Go on")).to_have_count(0)


def test_a_loss_that_is_no_number_any_more_ends_the_run_and_its_steps_can_be_looked_at(
    shared: Server, tab: OpenTab
) -> None:
    page = tab(shared).open()
    page.choose("Network", "Keras example")
    page.choose("Optimizer", "SGD")
    page.choose("Schedule", "Constant")
    page.fill("Learning rate", str(Recipe.declared()["learning_rate"].high))
    page.fill("Seed", "147")  # fails at step 8, also where the first weights differ by rounding; most seeds do not
    page.close_recipe()
    run = page.press_start()
    expect(page.part("numbers")).to_contain_text(
        re.compile(
            r"Failed: Step \d+: the (gradient|weights|activations) of \w+ (is|are) .+; use a learning rate below"
        ),
        timeout=SOON,
    )
    status = Run(shared.runs / run).status()
    assert status.state == "failed"
    expect(page.part("numbers")).to_contain_text(f"Failed: {status.reason}")
    expect(page.button("Start")).to_be_visible()
    for name in ("Pause", "Stop", "Go on"):
        expect(page.button(name)).to_have_count(0)
    saved = saved_steps(shared, run)
    assert saved[0] == 0
    assert saved[-1] == page.settled() == status.step
    seen = []
    page.thumb.focus()
    for step in saved:
        page.thumb.press("Home" if step == 0 else "ArrowRight")
        page.show(step)
        seen.append(page.picture())
    for name in ("Maps", "Filters"):
        assert len({picture[name] for picture in seen}) == len(saved), f"{name} of two steps look alike"
    sound = max(step for step in saved if np.isfinite(Run(shared.runs / run).snapshot(step).validation_loss))
    if sound < saved[-1]:
        page.button(f"Show step {sound}, the last sound one").click()
        page.show(sound)
    with page.script_run():
        page.button(re.compile(f"^Go on from step {sound} with learning rate 1$")).click()
    until(lambda: page.query["run"] != run, 10, "a copy goes on")
    copy = Run(shared.runs / page.query["run"])
    assert copy.record["parent"]["step"] == sound
    assert Run(shared.runs / run).status() == status


def test_a_damaged_run_is_listed_with_the_reason_and_hides_no_other(own: Server, tab: OpenTab) -> None:
    broken = own.runs / "digits_small-broken"
    broken.mkdir(parents=True)
    (broken / "run.json").write_text("{")
    page = tab(own)
    page.page.goto(f"{own.url}/runs")
    expect(page.page.get_by_text("digits_small-broken damaged")).to_be_visible(timeout=15_000)
    expect(page.page.get_by_text("Digits, an example", exact=True)).to_be_visible()
