"""The Data page as a person meets it."""

import re
from typing import Any

from playwright.sync_api import BrowserContext, FilePayload, Locator, expect

from tests.browser.pages import SOON
from tests.browser.trouble import Trouble

FIRST = 60_000  # ms: the first to ask waits for the host, which imports torch

# What a person sees of a canvas: a short sum of its pixels.
_PIXELS = """canvas => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Uint32Array(data.buffer).reduce((sum, pixel) => (Math.imul(sum, 31) + pixel) | 0, 0);
}"""
_MOVE = "(range, place) => { range.value = place; range.dispatchEvent(new Event('input', {bubbles: true})); }"


class DataPage:
    """One tab with the page in it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.page = context.new_page()
        self.trouble = Trouble()
        self.trouble.listen(self.page)

    def open(self, query: str = "") -> "DataPage":
        self.page.goto(f"{self.url}/data?{query}")
        self.seen()
        return self

    def seen(self) -> None:
        """Wait until the chosen set is shown, with its means and what augmentation makes of it."""
        name = self.page.locator("[data-set]").get_attribute("data-set", timeout=SOON)
        expect(self.page.locator("[data-part=data]")).to_have_attribute(
            "data-answered", f"{name} seen means varied", timeout=FIRST
        )

    def check(self) -> None:
        assert self.trouble.left() == []

    # What is seen

    @property
    def sets(self) -> Locator:
        return self.page.get_by_role("navigation", name="Data sets")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)

    def row(self, at: int) -> Locator:
        """The row of a class, by its place."""
        return self.page.get_by_role("list", name="Classes").get_by_role("listitem").nth(at)

    @property
    def counts(self) -> list[list[int]]:
        """Training, validation and test images of every class."""
        rows = self.page.get_by_role("list", name="Classes").get_by_role("listitem").all()
        return [[int(number) for number in str(row.get_attribute("data-counts")).split()] for row in rows]

    def pixels(self, name: str | re.Pattern[str]) -> int:
        """A picture, as a sum to compare."""
        return int(self.page.get_by_role("img", name=name).first.evaluate(_PIXELS))

    def field(self, group: str, label: str) -> Locator:
        return self.page.get_by_role("group", name=group).get_by_label(label, exact=True).first

    def own_class(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=f"Class {name}", exact=True)

    # What is done

    def choose(self, title: str) -> None:
        self.sets.get_by_role("button", name=re.compile(f"^{re.escape(title)}")).click()

    def move(self, group: str, label: str, place: int) -> None:
        """Move a range to a place, in steps from its left end."""
        self.field(group, label).evaluate(_MOVE, place)

    def send_zip(self, name: str, content: bytes) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.button("Choose a file").click()
        chooser.value.set_files(FilePayload(name=name, mimeType="application/zip", buffer=content))

    def add_files(self, of: Locator, files: dict[str, bytes]) -> None:
        with self.page.expect_file_chooser() as chooser:
            of.get_by_role("button", name="Files").click()
        payload: Any = [FilePayload(name=name, mimeType="image/png", buffer=held) for name, held in files.items()]
        chooser.value.set_files(payload)

    def stroke(self, of: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a line on the pad of a class, in shares of its side, and add it."""
        of.get_by_role("application").scroll_into_view_if_needed()
        box = of.get_by_role("application").bounding_box()
        assert box
        (x, y), (to_x, to_y) = ((box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in (start, end))
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(to_x, to_y, steps=4)
        self.page.mouse.up()
        of.get_by_role("button", name="Add the drawing").click()
