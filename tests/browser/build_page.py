"""The Build page as a person meets it."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Download, Locator, expect

from cnnviz.networks.saved import read_record_link
from tests.browser.pages import SOON, TrainPage


class BuildPage(TrainPage):
    """One tab with the page Build in it."""

    def painted(self) -> "BuildPage":
        self.page.wait_for_selector("[data-part=builder][data-draft=judged]", timeout=SOON)
        return self

    def judged(self) -> "BuildPage":
        """Wait until the server has said what it thinks of the network on the page."""
        expect(self.part("builder")).to_have_attribute("data-draft", "judged")
        return self

    # What is seen

    @property
    def names(self) -> list[str]:
        """The layers, in their order."""
        return self.part("builder").locator(".card .head b").all_inner_texts()

    def card(self, name: str) -> Locator:
        """One layer."""
        return self.part("builder").get_by_role("listitem").filter(has=self.head(name))

    def head(self, name: str) -> Locator:
        """Its line, which opens it."""
        return self.page.get_by_role("button", name=re.compile(rf"^{name}, "))

    def gives(self, name: str) -> str:
        return self.card(name).locator(".head .output").inner_text()

    def wrong(self) -> list[str]:
        """The layers that cannot work."""
        return self.part("builder").locator(".card[data-works=no] .head b").all_inner_texts()

    @property
    def total(self) -> Locator:
        return self.section("Whole network")

    @property
    def own_name(self) -> Locator:
        return self.page.get_by_label("Name of the network")

    @property
    def link(self) -> str:
        return self.query.get("network", "")

    @property
    def record(self) -> dict[str, Any]:
        """The network in the address; none before the page has written it."""
        return read_record_link(self.link) if self.link.startswith("1") else {}

    # What is done

    def open_layer(self, name: str) -> None:
        if self.head(name).get_attribute("aria-expanded") == "false":
            self.head(name).click()

    def field(self, layer: str, label: str) -> Locator:
        """A setting's field, in the opened layer."""
        self.open_layer(layer)
        return self.card(layer).get_by_label(label, exact=True)

    def set(self, layer: str, label: str, value: str) -> None:
        """Type a value into a setting and leave it."""
        field = self.field(layer, label)
        field.fill(value)
        field.press("Tab")
        self.judged()

    def mend(self, layer: str, words: str) -> None:
        """Take what is offered to mend a layer."""
        self.card(layer).get_by_role("button", name=words, exact=True).click()
        self.judged()

    def add(self, kind: str, before: str | None = None) -> None:
        opener = self.button(f"Add a layer before {before}" if before else "Add layer")
        opener.focus()
        opener.press("Enter")
        self.page.get_by_role("menuitem", name=re.compile(rf"^{kind} ")).click()
        self.judged()

    def begin_with(self, what: str) -> None:
        self.button("Open").click()
        dialog = self.page.get_by_role("dialog", name="Open")
        dialog.get_by_role("button", name=what, exact=True).click()
        expect(dialog).to_be_hidden()
        self.judged()

    def give_file(self, path: Path) -> None:
        """Bring a file in."""
        self.button("Open").click()
        self.page.get_by_role("dialog", name="Open").locator("input[type=file]").set_input_files(path)

    def taken(self, what: str) -> Download:
        with self.page.expect_download() as coming:
            self.button(what).click()
        return coming.value
