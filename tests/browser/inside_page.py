"""The page "Look inside" as a person meets it."""

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.pages import SOON, TrainPage

_READ = """section => Object.fromEntries([...section.attributes]
  .filter(({name}) => name.startsWith('data-')).map(({name, value}) => [name.slice(5), value]))"""
_FOCUS = """() => {
  let held = document.activeElement;
  while (held?.shadowRoot?.activeElement) held = held.shadowRoot.activeElement;
  return held?.getAttribute('aria-label') ?? '';
}"""


class InsidePage(TrainPage):
    """One tab with the page "Look inside" in it."""

    def painted(self) -> "InsidePage":
        """Wait until something is drawn: the map of the network, until an opened unit's numbers are there."""
        self.page.wait_for_selector("[data-part=inside][data-painted]", timeout=SOON)
        return self

    @property
    def step(self) -> int:
        """The step of the cell on screen."""
        return int(self.cell["step"])

    @property
    def columns(self) -> Locator:
        """The network's columns of maps."""
        return self.page.get_by_role("application", name=re.compile("layers; arrow keys move"))

    @property
    def kernels(self) -> Locator:
        """The weights of all layers."""
        return self.page.get_by_role("application", name=re.compile("arrow keys move over the weights"))

    @property
    def weight(self) -> tuple[str, float]:
        """The weight that is pointed at, as `conv2[5, 3, 0, 1]`, and its value."""
        said = self.section("Filters").evaluate(_READ)
        return said.get("weight", ""), float(said.get("value", "nan"))

    @property
    def full(self) -> float:
        """What full colour stands for, as the legend says it."""
        label = self.page.get_by_role("img", name=re.compile("^Colours from")).get_attribute("aria-label") or ""
        return float(label.rpartition(" ")[2])

    def strips_along(self, y: float) -> dict[str, tuple[int, str]]:
        """By layer, the unit and the facts that the strip says where the pointer, going right, first meets it."""
        box = self.columns.bounding_box()
        assert box
        found: dict[str, tuple[int, str]] = {}
        for x in range(4, int(box["width"]), 16):
            self.page.mouse.move(box["x"] + x, box["y"] + y)
            self.frames(1)
            strip = self.section("Network map").locator(".strip")
            layer, _, unit = strip.locator("h2").inner_text().partition(", unit ")
            if unit:
                found.setdefault(layer, (int(unit), strip.locator(".text p").nth(1).inner_text()))
        return found

    @property
    def graph(self) -> Locator:
        """The picture of the opened unit."""
        return self.page.get_by_role("application", name=re.compile("arrow keys move the cell"))

    @property
    def unit(self) -> Locator:
        return self.section("Opened unit")

    @property
    def cell(self) -> dict[str, Any]:
        """The cell on screen: node, unit, cell (row.column), source, value, torch, equal, step, image."""
        return dict(self.unit.evaluate(_READ))

    @property
    def value(self) -> float:
        """The value that the browser worked out."""
        return float(self.cell["value"])

    def said(self, name: str) -> str:
        """A number of "Cell in numbers", by what stands before it."""
        row = self.unit.locator("dl.sums dt", has_text=re.compile(f"^{re.escape(name)}$"))
        return row.evaluate("dt => dt.nextSibling.textContent")

    @property
    def holds_the_keyboard(self) -> str:
        """The name of what the keyboard writes to."""
        return str(self.page.evaluate(_FOCUS))

    def shows(self, node: str, unit: int, cell: str) -> None:
        """Wait until this cell is on screen."""
        expect(self.unit).to_have_attribute("data-node", node)
        expect(self.unit).to_have_attribute("data-unit", str(unit))
        expect(self.unit).to_have_attribute("data-cell", cell)


def as_number(text: str) -> float:
    """A number as the page writes it: with a true minus, perhaps with a unit."""
    return float(re.sub(r"[^\d.e-]", "", text.replace("\u2212", "-")))
