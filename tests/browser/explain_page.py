"""The Explain page as a person meets it."""

import re
from typing import Any

from playwright.sync_api import Locator, WebSocketRoute, expect

from cnnviz.attribution import METHODS
from cnnviz.figures.frames import pack, unpack
from tests.browser.pages import SOON, TrainPage

_FOCUSED = """() => {
  let focused = document.activeElement;
  while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return focused.getAttribute('aria-label') ?? focused.textContent;
}"""


class ExplainPage(TrainPage):
    """One tab with the page Explain in it."""

    def painted(self) -> "ExplainPage":
        """Wait until every map that is there is worked out, or was refused."""
        self.page.wait_for_selector("[data-part=explain][data-painted]", timeout=SOON)
        self.all_worked_out()
        return self

    def all_worked_out(self) -> None:
        expect(self.maps_in_the_state("none")).to_have_count(0, timeout=SOON)
        expect(self.maps_in_the_state("partial")).to_have_count(0, timeout=SOON)

    def maps_in_the_state(self, state: str) -> Locator:
        return self.part("explain").locator(f"[data-map={state}]")

    @property
    def titles(self) -> list[str]:
        """The maps, in their order."""
        return self.page.locator("[data-part=explain] [data-map]").evaluate_all(
            "tiles => tiles.map((tile) => tile.getAttribute('aria-label'))"
        )

    def tile(self, title: str) -> Locator:
        return self.page.get_by_role("region", name=title, exact=True)

    def canvas(self, title: str) -> Locator:
        return self.tile(title).get_by_role("application")

    def methods(self) -> list[Locator]:
        """What the menu of methods offers, once it is open."""
        items = self.page.get_by_role("menu", name="Add method").get_by_role("menuitem")
        expect(items).to_have_count(len(METHODS))
        return items.all()

    def focused(self) -> str:
        """What the keyboard is on."""
        return str(self.page.evaluate(_FOCUSED))

    @property
    def reading(self) -> Locator:
        """What is said of the pixel under the cursor."""
        return self.part("explain").locator(".right > .value")

    def agreement(self) -> dict[str, str]:
        """The rank correlations with the framed map, by the other's title."""
        return (
            self.part("explain")
            .locator("dl.agreement")
            .evaluate(
                "list => Object.fromEntries([...list.querySelectorAll('dt')].map((dt) => [dt.textContent, "
                "dt.nextSibling.textContent]))"
            )
        )

    def hold_back(self, method: str, share: float, seconds_left: float) -> list[Any]:
        """From now on explanations by this method come only in part; gives the list of the page's wishes."""
        wishes: list[Any] = []

        def route(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()

            def to_server(said: str | bytes) -> None:
                wishes.append(said)
                server.send(said)

            def to_page(said: str | bytes) -> None:
                socket.send(_in_part(said, method, share, seconds_left) if isinstance(said, bytes) else said)

            socket.on_message(to_server)
            server.on_message(to_page)

        self.page.route_web_socket(re.compile("/live/"), route)
        return wishes


def _in_part(said: bytes, method: str, share: float, seconds_left: float) -> bytes:
    header, arrays = unpack(said)
    if header["kind"] != "attribution" or header["method"] != method:
        return said
    kind = header.pop("kind")
    return pack(kind, header | {"share": share, "over": False, "seconds_left": seconds_left}, arrays)
