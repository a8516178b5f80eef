"""The page "Compare" as a person meets it."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.pages import SOON, TrainPage
from tests.browser.serving import until


class ComparePage(TrainPage):
    """One tab with the page "Compare" in it."""

    def painted(self) -> "ComparePage":
        """Wait until the curves are there."""
        self.page.wait_for_selector("[data-part=compare][data-painted]", timeout=SOON)
        return self

    @property
    def runs(self) -> list[str]:
        """The runs that stand beside each other."""
        return (self.part("compare").get_attribute("data-runs") or "").split(",")

    @property
    def steps(self) -> list[int]:
        """The step that each of them shows, -1 where it shows none yet."""
        said = (self.part("compare").get_attribute("data-steps") or "").split(",")
        return [int(step or -1) for step in said]

    def show_all(self, steps: list[int], seconds: float = 15) -> None:
        """Wait until the runs show exactly these steps."""
        until(lambda: self.steps == steps, seconds, f"the runs show {steps}, not {self.steps}")

    def column(self, name: str) -> Locator:
        """All that is seen of a run."""
        return self.page.get_by_role("article", name=name, exact=True)

    def row(self, name: str) -> list[str]:
        """What the table says of a run."""
        return self.section("Runs").get_by_role("row").filter(has_text=name).locator("td").all_inner_texts()

    @property
    def thumb(self) -> Locator:
        return self.page.get_by_role("slider", name="Step", exact=True)

    def begin_twin(self) -> None:
        """Open the dialog in which twins are made."""
        self.at_rest()
        self.button("Twin").click()
        expect(self.dialog).to_contain_text("What to change")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog", name=re.compile("^Twins"))

    def enter(self, label: str, text: str) -> None:
        """Type into a field of the dialog."""
        box = self.dialog.get_by_label(re.compile(f"^{label}")).and_(self.page.locator("input"))
        with self.script_run():
            box.fill(text)
            box.press("Enter")

    def start_them(self, what: str) -> None:
        """Press Start, and wait for the runs beside each other."""
        self.dialog.get_by_role("button", name=f"Start {what}").click()
        expect(self.dialog).to_be_hidden(timeout=SOON)
        self.page.wait_for_url(re.compile("/compare"), timeout=SOON)
        self.painted()

    def finish(self, seconds: float = 90) -> None:
        """Wait until all runs on screen are done, and said to be."""
        rows = self.section("Runs").locator("tbody tr")

        def done() -> bool:
            states = rows.evaluate_all("rows => rows.map((row) => row.dataset.state)")
            return bool(states) and set(states) == {"finished"}

        until(done, seconds, "all runs finished")
