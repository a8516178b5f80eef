"""The recipe: what is out of range is refused in the core's words, and nothing is lost."""

import pytest
from playwright.sync_api import expect

from cnnviz.errors import SettingError
from cnnviz.recipe import Recipe
from tests.browser.conftest import OpenTab
from tests.browser.pages import TrainPage
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def refusal(**values: float) -> str:
    with pytest.raises(SettingError) as refused:
        Recipe(**values)
    return str(refused.value)


@pytest.mark.parametrize(
    ("label", "typed", "name", "value"),
    [
        ("Learning rate", "50", "learning_rate", 50.0),
        ("Epochs", "0", "epochs", 0),
    ],
)
def test_a_number_out_of_range_is_refused_in_the_cores_words(
    example: TrainPage, shared: Server, label: str, typed: str, name: str, value: float
) -> None:
    words = refusal(**{name: value})
    before = set(shared.runs.iterdir()), example.picture()
    example.fill("Seed", "5")
    example.fill(label, typed)
    expect(example.page.get_by_text(words)).to_be_visible()
    example.close_recipe()
    with example.script_run():
        example.button("Start").click()
    expect(example.page.get_by_text(words)).to_be_visible()
    assert (set(shared.runs.iterdir()), example.picture()) == before, "something was lost or started"
    example.open_recipe()
    expect(example.recipe.get_by_role("spinbutton", name=label)).to_have_value(typed)
    expect(example.recipe.get_by_role("spinbutton", name="Seed")).to_have_value("5")
    example.fill(label, "3" if name != "learning_rate" else "0.003")
    expect(example.page.get_by_text(words)).to_have_count(0)


def test_what_is_typed_survives_a_visit_to_another_page(example: TrainPage) -> None:
    example.fill("Seed", "11")
    example.close_recipe()
    example.page.get_by_role("link", name="Runs", exact=True).click()
    expect(example.page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    example.page.get_by_role("link", name="Train", exact=True).click()
    example.painted()
    example.open_recipe()
    expect(example.recipe.get_by_role("spinbutton", name="Seed")).to_have_value("11")


def test_another_network_brings_its_recipe_and_trains(shared: Server, tab: OpenTab) -> None:
    page = tab(shared).open()
    page.choose("Network", "LeNet-5")
    page.close_recipe()
    run = page.start()
    assert run.startswith("lenet5")
    expect(page.page.get_by_role("img", name="Filters of conv1")).to_be_visible()
    expect(page.section("Maps")).to_contain_text("8×8")
    page.stop()
