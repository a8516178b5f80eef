"""What a newcomer sees first, whatever the first address is."""

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.pages import SECTIONS
from tests.conftest import Server

pytestmark = pytest.mark.browser


def test_the_first_page_of_a_fresh_server_shows_a_trained_network_at_work(own: Server, tab: OpenTab) -> None:
    page = tab(own).open()
    expect(page.page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    assert page.step == 200
    expect(page.section("Maps")).to_contain_text("Validation image 0, layer by layer")
    assert {name for name in SECTIONS if page.colours(name) < 10} == set(), "a picture is blank"
    assert page.number["Validation accuracy"].startswith("97.2")
    expect(page.button("Start")).to_be_visible()
    expect(page.button("Stop")).to_have_count(0)
    assert list(own.runs.glob("[!.]*")) == [], "looking made a run"


def test_the_first_page_needs_no_torch_in_the_server(own: Server, tab: OpenTab) -> None:
    tab(own).open()
    # The server's own process; its host imports torch for the workers.
    assert not [one.path for one in psutil.Process(own.process.pid).memory_maps() if "libtorch" in one.path]


@pytest.mark.slow
def test_a_deep_link_works_as_the_first_request_of_a_fresh_server(own: Server, tab: OpenTab) -> None:
    page = tab(own).open("/train?run=example&step=8&layer=conv1&image=validation-3")
    page.show(8)
    expect(page.section("Maps")).to_contain_text("Validation image 3, layer by layer")
    expect(page.page.get_by_role("img", name="Validation image 3 at step 8: label")).to_be_visible(timeout=15_000)
    assert page.query == {"run": "example", "step": "8", "layer": "conv1", "image": "validation-3"}
    marked = page.pixels("Filters")
    plain = tab(own, page.context).open("/train?run=example&step=8&image=validation-3")
    plain.show(8)
    assert plain.pixels("Filters") != marked, "the chosen layer is not marked"


@pytest.mark.slow
def test_runs_works_as_the_first_request_of_a_fresh_server(own: Server, tab: OpenTab) -> None:
    page = tab(own)
    page.page.goto(f"{own.url}/runs")
    expect(page.page.get_by_role("heading", name="Runs", exact=True)).to_be_visible(timeout=15_000)
    expect(page.page.get_by_text("Digits, an example", exact=True)).to_be_visible()
    expect(page.page.get_by_role("navigation").get_by_role("link", name="Train")).to_be_visible()


@pytest.mark.slow
def test_a_run_that_is_not_there_is_said_and_the_example_shown(example, shared: Server, tab: OpenTab) -> None:
    page = tab(shared).open("/train?run=digits_small-nothere")
    expect(page.page.get_by_text("digits_small-nothere")).to_be_visible()
    assert page.picture() == example.picture()
