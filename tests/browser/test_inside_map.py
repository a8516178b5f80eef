"""The map of the network: scale, legend, strip, and the page on a phone."""

import re
from collections.abc import Callable

import pytest
import torch
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.inside_page import InsidePage, as_number
from tests.browser.serving import until
from tests.browser.test_looks import barriers

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., InsidePage]
# From now on, what is written into the legend.
SPY = """() => {
  window.written = [];
  const own = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    if (this.canvas.closest('.legend')) window.written.push(text);
    return own.call(this, text, ...place);
  };
}"""


def test_an_address_names_the_scale_and_the_cell_that_are_shown(inside: Open) -> None:
    page = inside("layer=relu2&unit=3&cell=99.99")
    page.shows("relu2", 3, "4.4")
    until(lambda: page.query.get("cell") == "4.4", 3, "the address names the cell that is shown")
    assert "scale" not in page.query
    page.page.get_by_role("radio", name="Network").click()
    until(lambda: page.query.get("scale") == "network", 3, "the address names the scale")
    other = inside(page.address.partition("?")[2])
    other.shows("relu2", 3, "4.4")
    assert other.full == page.full
    expect(other.page.get_by_role("radio", name="Network")).to_be_checked()
    other.page.get_by_role("radio", name="Layer").click()
    until(lambda: "scale" not in other.query, 3, "the usual scale is not named")


def test_the_scale_of_the_network_is_that_of_its_maps(inside: Open, seen: dict[str, torch.Tensor]) -> None:
    page = inside("scale=network")
    most = max(seen[name].abs().max().item() for name in ("conv1", "conv2", "relu1", "relu2", "pool1"))
    assert seen["fc1"].abs().max() > most  # else this tells nothing
    assert page.full == pytest.approx(most, rel=1e-4)
    expect(page.part("inside")).to_contain_text("all maps")


def test_the_strip_says_the_exact_extremes_and_a_row_is_one_unit(inside: Open, seen: dict[str, torch.Tensor]) -> None:
    page = inside()
    strips = page.strips_along(250)
    rows = {name: strips[name] for name in ("conv2", "relu2", "pool1")}  # 16 of 32 units are shown
    assert len({unit for unit, _ in rows.values()}) == 1
    for name, (unit, facts) in rows.items():
        said = re.search(r"Largest value (\S+), smallest (\S+),", facts)
        assert said
        values = seen[name][0, unit]
        assert as_number(said[1]) == pytest.approx(values.max().item(), rel=5.1e-3)
        assert as_number(said[2]) == pytest.approx(values.min().item(), rel=5.1e-3)


def test_the_legend_keeps_its_ends_while_a_value_is_pointed_at(inside: Open) -> None:
    page = inside()
    page.page.evaluate(SPY)
    box = page.columns.bounding_box()
    assert box
    page.page.mouse.move(box["x"] + 20, box["y"] + 60)
    expect(page.section("Network map").locator(".strip h2")).to_contain_text("conv1, unit")
    least, zero, most, tick = page.page.evaluate("window.written.slice(-4)")
    assert as_number(least) == -as_number(most) < 0
    assert zero == "0"
    assert abs(as_number(tick)) <= as_number(most)


def test_on_a_phone_and_for_everybody(inside: Open) -> None:
    page = inside("layer=conv2&unit=5", theme="dark", device=PHONE)
    expect(page.unit).to_contain_text("Cell (4, 4) in numbers")
    numbers, channels = page.unit.locator(".cell").bounding_box(), page.unit.locator(".below").bounding_box()
    assert numbers
    assert channels
    assert numbers["y"] < channels["y"]
    assert page.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth")
    assert barriers(page) == []
    page.button("Network map").click()
    page.part("inside").locator("canvas[data-layer=conv1]").click(position={"x": 80, "y": 20})
    expect(page.unit).to_have_attribute("data-node", "conv1")
    expect(page.unit).to_have_attribute("data-unit", "1")


def test_more_units_are_shown_of_all_layers_that_have_the_same(inside: Open) -> None:
    page = inside()
    page.button("+ 16").first.click()
    expect(page.button("Show 16")).to_have_count(3)  # conv2, relu2 and pool1, where a row is one unit
    expect(page.button("+ 16")).to_have_count(0)
    page.button("Show 16").last.click()
    expect(page.button("+ 16")).to_have_count(3)
