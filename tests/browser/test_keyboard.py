"""The keyboard alone: into what opens over the page and out of it, and through the menu of layers."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenBuild, OpenTab
from tests.browser.pages import TrainPage
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def tab_to(page: Page, target: Locator, key: str = "Tab", most: int = 60) -> int:
    """Press Tab until it is in focus; how often that took."""
    for count in range(1, most + 1):
        page.keyboard.press(key)
        if target.evaluate("(element) => element.matches(':focus')"):
            return count
    raise AssertionError(f"{key} does not come to {target}")


def test_tab_comes_from_a_button_into_what_it_opens_and_goes_on_behind_the_button(example: TrainPage) -> None:
    page, keys = example.page, example.page.keyboard
    button = example.button(re.compile("Recipe"))
    button.focus()
    keys.press("Enter")
    data = example.recipe.get_by_role("combobox", name="Data")
    expect(data).to_be_visible()
    keys.press("Tab")
    expect(data).to_be_focused()
    keys.press("Shift+Tab")
    expect(button).to_be_focused()
    keys.press("Tab")
    assert tab_to(page, example.button(re.compile("Train again"))) > 10, (
        "through all of the recipe, then on in the page"
    )
    tab_to(page, button, "Shift+Tab", 2)
    keys.press("Tab")
    expect(data).to_be_focused()
    keys.press("Escape")
    expect(example.recipe).to_be_hidden()
    expect(button).to_be_focused()
    keys.press("Tab")
    expect(example.button(re.compile("Train again"))).to_be_focused()


def test_a_form_that_a_page_has_opened_is_the_first_that_tab_comes_to(build: OpenBuild) -> None:
    page = build()
    page.button("Train this network").press("Enter")
    data = page.recipe.get_by_role("combobox", name="Data")
    expect(data).to_be_visible(timeout=20_000)
    page.at_rest()
    page.page.keyboard.press("Tab")
    expect(data).to_be_focused()


def test_on_a_page_without_pictures_too(shared: Server, tab: OpenTab) -> None:
    started = tab(shared).open()
    started.start()
    started.stop()
    page = started.page
    page.goto(f"{shared.url}/runs")
    more = started.button(re.compile("More")).first
    more.press("Enter")
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_be_visible()
    page.keyboard.press("Tab")
    expect(name).to_be_focused()


def test_a_layer_is_found_by_its_first_letter_and_says_what_it_gives_at_once(build: OpenBuild) -> None:
    page = build()
    page.begin_with("Nothing: no layers yet")
    keys = page.page.keyboard
    page.button("Add layer").focus()
    keys.press("Enter")
    for letter, found in (("r", "ReLU"), ("r", "Residual block"), ("r", "Resize"), ("r", "ReLU"), ("c", "Convolution")):
        keys.press(letter)
        expect(page.page.get_by_role("menuitem", name=re.compile(f"^{found} "))).to_be_focused()
    keys.press("Enter")
    page.judged()
    assert page.wrong() == ["conv1"], "the network does not end in classes yet"
    assert page.gives("conv1") == "16×6×6"
    expect(page.card("conv1")).to_contain_text("height and width (8 − 3)/1 + 1 = 6")
    expect(page.card("conv1")).to_contain_text("16 filters × (1 × 3 × 3 weights + 1 bias) = 160")
    expect(page.card("conv1")).to_contain_text("end with flatten and a fully connected layer of 10")
