"""The time line: any saved step, by mouse, keyboard and play, and back to the newest with one click."""

import re

import pytest
from playwright.sync_api import expect

from cnnviz.runs import example as example_run
from tests.browser.pages import TrainPage
from tests.browser.serving import until

pytestmark = pytest.mark.browser
SAVED = sorted(int(path.stem.removeprefix("step-")) for path in example_run().path.glob("step-*.safetensors"))
assert len(SAVED) > 50


def test_the_keyboard_reaches_every_saved_step(example: TrainPage) -> None:
    thumb = example.thumb
    thumb.focus()
    for key, step in [
        ("Home", 0), ("ArrowRight", SAVED[1]), ("ArrowRight", SAVED[2]), ("ArrowLeft", SAVED[1]),
        ("PageUp", SAVED[11]), ("PageDown", SAVED[1]), ("End", SAVED[-1]), ("ArrowRight", SAVED[-1]),
        ("PageDown", SAVED[-11]),
    ]:  # fmt: skip
        thumb.press(key)
        example.show(step)
        expect(thumb).to_have_attribute("aria-valuenow", str(step))
        expect(example.part("timeline")).to_contain_text(f"Step {step}")


@pytest.mark.slow
def test_another_step_shows_other_pictures_and_numbers(example: TrainPage) -> None:
    last = (example.picture(), example.number)
    example.thumb.focus()
    example.thumb.press("Home")
    example.show(0)
    first = (example.picture(), example.number)
    assert all(first[0][name] != last[0][name] for name in first[0])
    assert float(first[1]["Validation accuracy"].rstrip("\u202f %")) < 40
    example.thumb.press("End")
    example.show(200)
    assert (example.picture(), example.number) == last


@pytest.mark.slow
def test_dragging_and_clicking_choose_the_nearest_saved_step(example: TrainPage) -> None:
    track = example.thumb.locator("xpath=..")
    box = track.bounding_box()
    thumb = example.thumb.bounding_box()
    assert box
    assert thumb
    seen = []
    example.page.mouse.move(thumb["x"] + 8, thumb["y"] + 8)
    example.page.mouse.down()
    wide = box["width"] - 16  # half a thumb at both ends
    for share in (0.9, 0.7, 0.5, 0.4):
        example.page.mouse.move(box["x"] + 8 + wide * share, thumb["y"] + 8, steps=4)
        until(lambda wanted=share: abs(example.step - 200 * wanted) < 4, 5, f"step {200 * share} is shown")
        seen.append(example.step)
        now = track.bounding_box()
        assert now
        assert now["width"] == box["width"], "the track moves under the pointer"
    example.page.mouse.up()
    assert set(seen) <= set(SAVED)
    example.page.mouse.move(box["x"] + box["width"] * 0.8, thumb["y"] + 8)  # let go: it stays
    example.thumb.press("ArrowRight")  # which comes after the move, and goes on from where the thumb is
    example.show(SAVED[SAVED.index(seen[-1]) + 1])
    box = track.bounding_box()
    assert box
    example.page.mouse.click(box["x"] + box["width"] * 0.8, thumb["y"] + 8)
    until(lambda: abs(example.step - 160) < 4, 5, "the clicked step is shown")


@pytest.mark.slow
def test_play_goes_through_the_steps_and_can_be_halted(example: TrainPage) -> None:
    example.button("Play").click()
    until(lambda: 0 < example.step < 100, 5, "it plays from the first step")
    at = example.step
    example.reach(at + 6)
    example.button("Pause playing").click()
    at = example.settled()
    example.frames(30)  # half a second, the time of five steps
    assert example.settled() == at
    example.button(re.compile("^Speed of play")).click()
    example.button("Play").click()
    example.reach(at + 10)
    expect(example.button("Play")).to_be_visible(timeout=10_000)  # it ends at the last step
    assert example.step == 200


@pytest.mark.slow
def test_space_plays_from_anywhere(example: TrainPage) -> None:
    example.page.locator("body").press("Space")
    until(lambda: 0 < example.step < 100, 5, "it plays")
    example.page.locator("body").press("Space")
    expect(example.button("Play")).to_be_visible()


@pytest.mark.slow
def test_a_click_on_a_curve_shows_that_step(example: TrainPage) -> None:
    loss = example.page.get_by_role("application", name=re.compile("^Loss over"))
    box = loss.bounding_box()
    assert box
    example.page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + 40)
    until(lambda: 80 < example.step < 120, 5, "a step in the middle is shown")
    loss.press("ArrowRight")
    assert example.step in SAVED


def test_an_earlier_step_stays_while_it_trains_and_live_is_one_click_away(training: TrainPage) -> None:
    training.reach(10)
    live = training.page.get_by_role("button", name=re.compile("^(Live|Go live)$"))
    expect(live).to_have_text("Live")
    training.thumb.focus()
    training.thumb.press("Home")
    training.thumb.press("ArrowRight")
    training.show(1)
    expect(live).to_have_text("Go live")
    curves, maps = training.pixels("Curves"), training.pixels("Maps")
    until(lambda: training.pixels("Curves") != curves, 5, "the curves grow on")
    assert (training.step, training.pixels("Maps")) == (1, maps)
    live.click()
    training.reach(15)
    expect(live).to_have_text("Live")
    at = training.step
    training.reach(at + 5)
