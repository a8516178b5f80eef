"""From Start to the end: what moves, what stops, and how soon."""

import re
import statistics
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from cnnviz.runs import Run
from tests.browser.conftest import OpenTab
from tests.browser.pages import SECTIONS, TrainPage
from tests.browser.serving import rests, saved_steps, until
from tests.conftest import Server

pytestmark = pytest.mark.browser

# Milliseconds from a click until the numbers say a state and are painted, by the browser's own clock.
_CLOCK = """state => {
  window.clicked = window.effective = null;
  addEventListener('click', () => { window.clicked ??= performance.now(); }, {capture: true, once: true});
  const look = () => {
    const text = document.querySelector('[data-testid=stMain]') && window.numbers.textContent;
    if (window.clicked !== null && text.includes(state)) window.effective = performance.now();
    else requestAnimationFrame(look);
  };
  look();
}"""


# When each step was painted first, in milliseconds.
_STEPS = """() => {
  window.steps = new Map();
  addEventListener('cnnviz:painted', ({detail}) => {
    if (detail.part === 'board' && !steps.has(detail.step)) steps.set(detail.step, performance.now());
  });
}"""


def timed(page: TrainPage, button: str, state: str) -> float:
    """Click, and the milliseconds until the state is seen."""
    page.part("numbers").evaluate("part => { window.numbers = part; }")
    page.page.evaluate(_CLOCK, state)
    page.button(button).click()
    until(lambda: page.page.evaluate("window.effective"), 5, f"{state} is shown")
    return float(page.page.evaluate("window.effective - window.clicked"))


def test_start_shows_its_first_point_soon_and_everything_moves(shared: Server, tab: OpenTab) -> None:
    page = tab(shared).open()
    page.page.evaluate(
        """() => {
          addEventListener('click', () => { window.clicked ??= performance.now(); }, {capture: true});
          addEventListener('cnnviz:painted', ({detail}) => {
            const isNew = location.search.includes('run=') && detail.step > 0 && detail.step < 100;
            if (detail.part === 'board' && isNew) window.first ??= performance.now();
          });
        }"""
    )
    page.start()
    until(
        lambda: page.page.evaluate("window.first - window.clicked") < 5000, 5, "the first point, soon after the click"
    )
    seen = [(page.step, page.picture(), page.number)]
    for _ in range(2):
        page.reach(seen[-1][0] + 12)
        seen.append((page.step, page.picture(), page.number))
    steps = [step for step, _, _ in seen]
    assert steps == sorted(set(steps))
    for name in SECTIONS:
        assert len({picture[name] for _, picture, _ in seen}) > 1, f"{name} do not move"
    for name in ("Curves", "Maps", "Filters"):
        assert len({picture[name] for _, picture, _ in seen}) == 3, f"{name} stand still"
    assert re.fullmatch(r"[\d,]+", seen[-1][2]["Images per second"])
    assert re.match(r"[\d:]+", seen[-1][2]["Time left"])
    page.stop()


@pytest.mark.slow
def test_nothing_flickers_while_it_trains(training: TrainPage) -> None:
    training.page.evaluate(
        """() => {
          window.removed = 0;
          window.kept = [];
          const count = (node) => {
            if (node.nodeName === 'CANVAS') window.removed += 1;
            for (const inside of node.querySelectorAll?.('canvas') ?? []) count(inside);
          };
          for (const part of document.querySelectorAll('*')) {
            if (!part.shadowRoot?.querySelector('[data-part]')) continue;
            window.kept.push(...part.shadowRoot.querySelectorAll('canvas'));
            new MutationObserver((changes) => changes.forEach((change) => change.removedNodes.forEach(count)))
              .observe(part.shadowRoot, {childList: true, subtree: true});
          }
          new MutationObserver((changes) => changes.forEach((change) => change.removedNodes.forEach((node) => {
            window.removed += window.kept.filter((canvas) => node.contains(canvas.getRootNode().host)).length;
          }))).observe(document.body, {childList: true, subtree: true});
        }"""
    )
    kept = training.page.evaluate("window.kept.length")
    assert kept > 5
    training.reach(training.step + 40)  # two seconds
    with training.mounted_anew():  # and the buttons are redrawn
        training.pause()
    assert training.page.evaluate("window.removed") == 0
    assert training.page.evaluate("window.kept.filter((canvas) => canvas.isConnected).length") == kept


@pytest.mark.slow
def test_the_buttons_change_by_themselves_when_the_run_ends(shared: Server, tab: OpenTab) -> None:
    page = tab(shared).open()
    page.fill("Epochs", "3")
    page.close_recipe()
    page.start()
    expect(page.button("Start")).to_be_visible(timeout=20_000)  # nobody clicks
    expect(page.button("Pause")).to_have_count(0)
    expect(page.button("Go on")).to_have_count(0)
    expect(page.part("numbers")).to_contain_text("Finished")
    assert page.step == 60
    assert saved_steps(shared, page.query["run"])[-1] == 60
    expect(page.button(re.compile("^Run .* finished"))).to_be_visible()


@pytest.mark.slow
def test_pause_takes_effect_at_once_and_nothing_moves_after(training: TrainPage, shared: Server) -> None:
    took = []
    for _ in range(3):
        took.append(timed(training, "Pause", "Paused"))
        step = training.settled()
        expect(training.button("Resume")).to_be_visible()
        before = training.picture()
        training.ask_again()
        assert (training.settled(), training.picture()) == (step, before)
        training.button("Resume").click()
        expect(training.button("Pause")).to_be_visible()
        assert rests(shared, training.query["run"])[-1] == (step, step)
        training.reach(step + 3)
    assert statistics.median(took) < 300, took


def test_one_step_is_exactly_one(training: TrainPage, shared: Server) -> None:
    step = training.pause()
    before = training.picture()
    for more in (1, 2, 3):
        training.button("One step").click()
        until(lambda wanted=step + more: training.step == wanted, 5, "one step more is shown")
    training.ask_again()
    assert training.settled() == step + 3
    assert training.picture()["Maps"] != before["Maps"]
    training.button("Resume").click()
    expect(training.button("Pause")).to_be_visible()
    assert rests(shared, training.query["run"]) == [(step, step + 3)]


@pytest.mark.slow
def test_one_step_while_it_trains_pauses_it(training: TrainPage, shared: Server) -> None:
    training.button("One step").click()
    expect(training.button("Resume")).to_be_visible()
    run = Run(shared.runs / training.query["run"])
    last = run.events()[-1]
    assert last["event"] == "paused"
    training.show(last["step"] + 1)
    training.ask_again()
    assert training.settled() == last["step"] + 1
    training.button("Resume").click()
    expect(training.button("Pause")).to_be_visible()
    assert rests(shared, run.id) == [(last["step"], last["step"] + 1)]


@pytest.mark.slow
def test_the_pace_can_be_changed_while_it_runs(training: TrainPage) -> None:
    training.slow_down()
    training.page.evaluate(_STEPS)

    def waits() -> list[float]:
        """The milliseconds that each of the last two steps took, where every step was shown."""
        seen = sorted(training.page.evaluate("[...window.steps]"))[-3:]
        return [time - then for (before, then), (step, time) in pairwise(seen) if step == before + 1]

    until(lambda: len(waits()) == 2 and min(waits()) > 700, 10, "a step takes about a second")  # it was 50 ms
    training.recipe.get_by_role("slider").press("End")  # full speed
    expect(training.part("numbers")).to_contain_text("Finished", timeout=20_000)


def test_stop_ends_the_run_where_it_is_and_it_can_go_on(training: TrainPage, shared: Server) -> None:
    training.reach(5)
    took = timed(training, "Stop", "Stopped")
    assert took < 1000  # the median of pause is held to 0.3 s; one click on a busy machine may be late
    step = training.settled()
    assert saved_steps(shared, training.query["run"])[-1] == step, "what was learned last is not saved"
    expect(training.button("Stop")).to_have_count(0)
    training.button("Go on").click()
    expect(training.button("Pause")).to_be_visible()
    training.reach(step + 3)


@pytest.mark.slow
def test_the_zoom_of_the_curves_survives_every_update(training: TrainPage) -> None:
    training.reach(30)
    loss = training.page.get_by_role("application", name=re.compile("^Loss over"))
    training.drag(loss, (0.3, 0.6))
    expect(training.button("Whole run")).to_be_visible()

    def first_and_last() -> list[str]:
        box = loss.bounding_box()
        assert box
        read = []
        for share in (0.105, 0.785):  # the ends of the plot, inside its axis and its labels
            training.page.mouse.move(box["x"] + box["width"] * share, box["y"] + 40)
            read.append(re.search(r"(?:step|at) ([\d,]+):", training.section("Curves").inner_text())[1])
        return read

    zoomed = first_and_last()
    assert int(zoomed[1]) < 30
    training.reach(50)
    assert first_and_last() == zoomed
    with training.mounted_anew():
        training.pause()
    assert first_and_last() == zoomed
    training.button("Whole run").click()
    assert first_and_last() != zoomed


@pytest.mark.slow
def test_the_selected_layer_survives_every_update(training: TrainPage) -> None:
    training.maps.focus()
    training.maps.press("ArrowRight")
    expect(training.section("Maps")).to_contain_text("conv1[")
    until(lambda: training.query.get("layer") == "conv1", 5, "the address names the layer")
    cell = re.search(r"conv1\[[\d, ]+\]", training.section("Maps").inner_text())[0]
    training.reach(training.step + 20)
    expect(training.section("Maps")).to_contain_text(cell)
    with training.mounted_anew():
        training.pause()
    expect(training.section("Maps")).to_contain_text(cell)
    assert training.query["layer"] == "conv1"
    training.maps.press("Escape")
    until(lambda: "layer" not in training.query, 5, "the layer is gone from the address")
