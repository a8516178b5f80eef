"""One run, many tabs and browsers: controls belong to the browser that started it, and looking changes nothing."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenTab
from tests.browser.pages import TrainPage
from tests.browser.serving import saved_steps, until
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_second_tab_has_the_controls_and_another_browser_watches(
    training: TrainPage, shared: Server, tab: OpenTab
) -> None:
    path = f"/train?run={training.query['run']}"
    second = tab(shared, training.context).open(path)
    expect(second.button("Pause")).to_be_visible()
    other = tab(shared).open(path)
    expect(other.page.get_by_text("Started in another browser: you watch.")).to_be_visible()
    for name in ("Pause", "One step", "Stop"):
        expect(other.button(name)).to_have_count(0)
    at = other.step
    other.reach(at + 5)  # it sees what happens

    second.pause()
    expect(training.button("Resume")).to_be_visible()  # nobody clicked there
    expect(other.part("numbers")).to_contain_text("Paused")
    until(lambda: training.step == second.step == other.step, 5, "all show the step at which it rests")
    expect(other.button("Resume")).to_have_count(0)


def test_another_browser_can_copy_the_settings(shared: Server, tab: OpenTab) -> None:
    page = tab(shared).open()
    page.fill("Epochs", "7")
    page.fill("Seed", "3")
    page.close_recipe()
    page.start()
    other = tab(shared).open(f"/train?run={page.query['run']}")
    other.open_recipe()
    expect(other.recipe.get_by_role("spinbutton", name="Epochs")).to_have_value("10")
    other.button("Copy this run's settings").click()
    expect(other.recipe.get_by_role("spinbutton", name="Epochs")).to_have_value("7")
    expect(other.recipe.get_by_role("spinbutton", name="Seed")).to_have_value("3")
    page.stop()


def test_follow_stays_on_the_owners_step(training: TrainPage, shared: Server, tab: OpenTab) -> None:
    training.reach(20)
    training.pause()
    other = tab(shared).open(f"/train?run={training.query['run']}")
    switch = other.page.get_by_role("switch", name="Follow")
    expect(training.page.get_by_role("switch", name="Follow")).to_have_count(0)  # an owner follows nobody
    other.page.get_by_text("Follow", exact=True).click()
    expect(switch).to_be_checked()
    training.thumb.focus()
    for key, step in [("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2)]:
        training.thumb.press(key)
        training.show(step)
        other.show(step)
    until(lambda: other.query.get("follow") == "1", 5, "the address says that it follows")
    third = tab(shared).open(f"/train?run={training.query['run']}&follow=1")
    third.show(2)
    other.thumb.focus()
    other.thumb.press("Home")  # going one's own way ends it
    other.show(0)
    expect(switch).not_to_be_checked()
    assert training.step == 2


def test_closing_the_tab_changes_nothing(shared: Server, tab: OpenTab, browser: Browser) -> None:
    page = tab(shared).open()
    run = page.start()
    page.page.close()
    before = saved_steps(shared, run)[-1]
    until(lambda: saved_steps(shared, run)[-1] > before + 5, 15, "it trains on")
    again = tab(shared, page.context).open(f"/train?run={run}")
    expect(again.button("Pause")).to_be_visible()
    assert again.step > before
    again.stop()


def test_the_run_popover_leads_to_another_run_and_back(training: TrainPage) -> None:
    run = training.query["run"]
    runs = training.button(re.compile("^Run "))
    runs.click()
    training.button("The example").click()
    training.show(200)
    expect(training.button("Start")).to_be_visible()
    expect(training.button("Pause")).to_have_count(0)
    back = training.button(re.compile(f"^{run}"))
    training.at_rest()
    if not back.is_visible():
        runs.click()
    back.click()
    expect(training.button("Pause")).to_be_visible()
    assert training.query["run"] == run
    until(lambda: training.step < 200, 5, "the run's own step is shown")
