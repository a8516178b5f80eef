"""The address bar holds the view: whoever opens it sees the same."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.pages import TrainPage
from tests.browser.serving import until
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


CLIPBOARD = ["clipboard-read", "clipboard-write"]


def copied(page: TrainPage) -> str:
    """The link that the page gives to copy; it writes its address by that at once."""
    page.button("Copy link").click()
    expect(page.page.get_by_text("Copied", exact=True)).to_be_visible()
    return str(page.page.evaluate("navigator.clipboard.readText()"))


def input_image(page: TrainPage) -> Locator:
    return page.page.get_by_role("img", name=re.compile("^Validation image 7 at step 16"))


def test_a_view_opened_by_its_link_in_another_browser_is_the_same(
    example: TrainPage, shared: Server, tab: OpenTab, person
) -> None:
    example.thumb.focus()
    example.thumb.press("Home")
    for _ in range(5):
        example.thumb.press("ArrowRight")
    example.show(16)
    example.maps.focus()
    example.maps.press("ArrowRight")
    until(lambda: {"step", "layer"} <= example.query.keys(), 5, "the address holds step and layer")
    assert (example.query["step"], example.query["layer"]) == ("16", "conv1")
    example.button(re.compile("Validation image 0")).click()
    example.page.get_by_role("spinbutton", name="Number").fill("7")
    example.page.get_by_role("spinbutton", name="Number").press("Enter")
    example.button("Show").click()
    expect(example.section("Maps")).to_contain_text("Validation image 7, layer by layer")
    expect(input_image(example)).to_be_visible(timeout=15_000)
    until(lambda: example.query.get("image") == "validation-7", 5, "the address holds the image")
    until(lambda: example.query.get("step") == "16", 5, "the address still holds the step")
    assert example.query["layer"] == "conv1"

    def look(page: TrainPage) -> dict[str, int]:
        page.show(16)
        expect(input_image(page)).to_be_visible(timeout=15_000)
        return {name: page.pixels(name) for name in ("Curves", "Mistakes", "Filters")}

    example.page.reload()
    again = example.painted()
    seen = look(again)
    assert again.query == {"step": "16", "layer": "conv1", "image": "validation-7"}
    other = tab(shared, person(permissions=CLIPBOARD)).open(again.address.removeprefix(shared.url))
    assert look(other) == seen
    assert copied(other) == again.address
    assert other.address == again.address


def test_copy_link_copies_the_view_on_screen(shared: Server, tab: OpenTab, person) -> None:
    page = tab(shared, person(permissions=CLIPBOARD)).open()
    page.thumb.focus()
    page.thumb.press("Home")
    assert copied(page) == f"{shared.url}/train?step=0"  # at once, before the address bar has settled


def test_a_step_that_is_not_saved_is_said_and_breaks_nothing(shared: Server, tab: OpenTab) -> None:
    page = tab(shared)
    page.page.goto(f"{shared.url}/train?step=3")
    expect(page.section("Curves")).to_be_visible(timeout=15_000)
    expect(page.part("board").get_by_role("status").filter(has_text="3")).to_be_visible()
    page.thumb.focus()
    page.thumb.press("End")
    page.show(200)


def test_what_cannot_be_read_in_an_address_is_left_out(shared: Server, tab: OpenTab) -> None:
    page = tab(shared).open("/train?step=minus&layer=nolayer&follow=maybe")
    assert page.step == 200


def test_a_run_that_is_not_there_is_said_once_and_leaves_the_address(shared: Server, tab: OpenTab) -> None:
    page = tab(shared).open("/train?run=nope&step=8")
    said = page.page.get_by_text("There is no run 'nope'").filter(has_text="This is the example.")
    expect(said).to_be_visible()
    until(lambda: page.query == {}, 5, "the address is that of the example")
    assert page.step == 200
    page.page.reload()
    page.painted()
    expect(said).to_have_count(0)
