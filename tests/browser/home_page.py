"""Home as a person meets it, and the drawing pad, the picker and the code panel that other pages have too."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Locator, WebSocket, expect

from tests.browser.pages import SOON, TrainPage
from tests.browser.serving import until

Point = tuple[float, float]
# A three, and the stem of a one, in shares of the pad.
THREE: Sequence[Point] = (
    (0.3, 0.2), (0.5, 0.13), (0.68, 0.22), (0.66, 0.38), (0.48, 0.47),
    (0.66, 0.55), (0.7, 0.72), (0.52, 0.85), (0.3, 0.78),
)  # fmt: skip
STEM: Sequence[Point] = ((0.5, 0.1), (0.5, 0.9))


class HomePage(TrainPage):
    """One tab with Home in it, or with another page that has the pad."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        super().__init__(context, url)
        self.drawings: list[bytes] = []
        self.page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        if "/live/" not in socket.url:
            return  # Streamlit's own
        socket.on("framesent", lambda said: self.drawings.append(said) if isinstance(said, bytes) else None)

    def painted(self) -> "HomePage":
        self.page.wait_for_selector("[data-part=home][data-prediction]", timeout=SOON)
        return self

    @property
    def home(self) -> Locator:
        return self.part("home")

    @property
    def step(self) -> int:
        return int(self.home.get_attribute("data-step") or -1)

    def expect_answer(self, name: str) -> None:
        """The picture shows this class as the answer."""
        expect(self.home).to_have_attribute("data-prediction", name, timeout=SOON)

    # The pad

    @property
    def pad(self) -> Locator:
        return self.page.locator(".pad")

    @property
    def paper(self) -> Locator:
        return self.page.get_by_role("application", name=re.compile("^Drawing pad"))

    def open_pad(self) -> None:
        self.button("Draw a digit").click()
        expect(self.paper).to_be_focused()

    def draw(self, *strokes: Sequence[Point]) -> None:
        """Draw with the mouse."""
        self.paper.scroll_into_view_if_needed()
        box = self.paper.bounding_box()
        assert box
        for stroke in strokes:
            for number, (x, y) in enumerate(stroke):
                steps = 1 if number == 0 else 6
                self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=steps)
                if number == 0:
                    self.page.mouse.down()
            self.page.mouse.up()

    def expect_read(self, name: str) -> None:
        """The pad says that it reads this class."""
        expect(self.pad).to_have_attribute("data-prediction", name, timeout=SOON)

    def kept(self) -> str:
        """The name under which the drawing is kept, once the address has it."""
        name = until(lambda: self.pad.get_attribute("data-kept"), 10, "the drawing is kept")
        until(lambda: self.query.get("image") == name, 5, "the address names the drawing")
        return str(name)

    def sent(self) -> NDArray[np.uint8]:
        """The drawing that went to the server last (112, 112)."""
        self.page.evaluate("0")  # what the page has sent meanwhile is noted while it is asked for something
        frame = self.drawings[-1]
        return np.frombuffer(frame[frame[0] + 5 :], np.uint8).reshape(112, 112)

    # The code panel

    @property
    def code(self) -> Locator:
        return self.page.get_by_role("complementary", name="Code")
