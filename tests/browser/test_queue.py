"""More runs than there are places: who has to wait is told so, and begins when a place is free."""

import os
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.serving import saved_steps
from tests.conftest import Server

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
PLACES = max(1, CORES - 1)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CORES > 3, reason=f"{PLACES} runs would have to be started one by one before one waits"),
]


def test_who_waits_is_told_their_place_and_begins_when_one_is_free(own: Server, tab: OpenTab) -> None:
    training = [tab(own).open() for _ in range(PLACES)]
    for page in training:
        page.slow_down()
        page.close_recipe()
        page.start()
    next_one, last_one = tab(own).open(), tab(own).open()
    waits, waits_longer = next_one.press_start(), last_one.press_start()
    for page, place in ((next_one, "1st"), (last_one, "2nd")):
        expect(page.part("numbers")).to_contain_text(f"Waiting: {place} of 2, starts in about")
        expect(page.section("Maps")).to_contain_text("Nothing to show before the run begins")
        expect(page.button(re.compile("^Run .* waiting"))).to_be_visible()
        expect(page.button("Pause")).to_be_disabled()
        expect(page.button("One step")).to_be_disabled()
        expect(page.button("Stop")).to_be_enabled()
    for page in training:
        page.reach(page.step + 1)  # the others go on
    assert saved_steps(own, waits) == saved_steps(own, waits_longer) == []

    training[0].stop()
    expect(next_one.button("Pause")).to_be_enabled()  # nobody clicks there
    next_one.reach(5)
    expect(next_one.part("numbers")).not_to_contain_text("Waiting")
    expect(last_one.part("numbers")).to_contain_text("Waiting: 1st of 1")

    last_one.stop()  # who waits may give up
    expect(last_one.part("numbers")).to_contain_text("Stopped")
    assert saved_steps(own, waits_longer) == []
    for page in (*training[1:], next_one):
        page.stop()
