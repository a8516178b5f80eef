"""The Train page as a person meets it: by what it says and shows, never by how it is built."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Locator, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from cnnviz.figures.frames import unpack
from tests.browser.serving import until
from tests.browser.trouble import Trouble

SOON = 15_000  # ms; the first page of a server, on a machine that does other things too
SECTIONS = ("Curves", "Mistakes", "Maps", "Filters")

# What a person sees of each section: a short sum of its pixels, and in how many colours it is painted.
_PIXELS = """section => {
  let sum = 0;
  const colours = new Set();
  for (const canvas of section.querySelectorAll('canvas')) {
    if (!canvas.width || !canvas.height || !canvas.checkVisibility()) continue;
    if (canvas.closest('[role=listbox]')) continue; // images that are asked for: they come later
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (const pixel of new Uint32Array(data.buffer)) {
      sum = (Math.imul(sum, 31) + pixel) | 0;
      colours.add(pixel);
    }
  }
  return [sum, colours.size];
}"""

_IN_ITS_FONT = """document.fonts.ready.then(
  () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"""

_FRAMES = """count => new Promise((done) => {
  const next = () => (count-- > 0 ? requestAnimationFrame(next) : done());
  next();
})"""

# Whether Python's new data have been painted since.
_MOUNTED = """() => {
  const seen = {mounted: false};
  addEventListener('cnnviz:painted', ({detail}) => {
    seen.mounted ||= detail.part === 'board' && detail.kind === 'mount';
  });
  return seen;
}"""


class TrainPage:
    """One tab with the app in it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.page = context.new_page()
        self.trouble = Trouble()
        self.trouble.listen(self.page)
        self.sockets: list[WebSocket] = []
        self.page.on("websocket", self._keep)

    def _keep(self, socket: WebSocket) -> None:  # append itself will not do: Playwright marks its handlers
        self.sockets.append(socket)

    def _hearing(self, path: str, holds: Callable[[Any], bool]) -> AbstractContextManager[Any]:
        """Wait, when the block ends, until a message has come through the socket of this path."""
        socket = [one for one in self.sockets if path in one.url and not one.is_closed()][-1]
        return socket.expect_event("framereceived", holds, timeout=SOON)

    def take(self, what: str, kind: str, folder: Path) -> Path:
        """Download something; where it lies."""
        self.button(f"Download {what}").click()
        with self.page.expect_download() as coming:
            self.page.get_by_role("menuitem", name=kind).click()
        path = folder / coming.value.suggested_filename
        coming.value.save_as(path)
        expect(self.page.get_by_role("menuitem", name=kind)).to_be_hidden()
        return path

    # Where we are

    def open(self, path: str = "/train") -> "TrainPage":
        """Go to an address of the server and wait until the main picture is painted."""
        self.page.goto(self.url + path)
        return self.painted()

    def painted(self) -> "TrainPage":
        self.page.wait_for_selector("[data-part=board][data-painted]", timeout=SOON)
        self.page.evaluate(_IN_ITS_FONT)  # else pictures that are compared differ in their letters
        return self

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.address).query).items()}

    @property
    def address(self) -> str:
        """What the address bar says; Playwright's own note of it is only renewed while it is asked for something."""
        return str(self.page.evaluate("location.href"))

    # What is seen

    def part(self, name: str) -> Locator:
        return self.page.locator(f"[data-part={name}]")

    def section(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    @property
    def step(self) -> int:
        """The step that the picture shows."""
        return int(self.part("board").get_attribute("data-step") or -1)

    @property
    def connection(self) -> str:
        return self.part("timeline").get_attribute("data-state") or ""

    @property
    def number(self) -> dict[str, str]:
        """The four numbers, by their labels."""
        return (
            self.part("numbers")
            .locator("dl")
            .evaluate(
                """list => Object.fromEntries(
              [...list.querySelectorAll('dt')].map((dt) => [dt.textContent, dt.nextSibling.textContent]))"""
            )
        )

    @property
    def thumb(self) -> Locator:
        return self.page.get_by_role("slider", name="Step", exact=True)

    @property
    def maps(self) -> Locator:
        """The columns of maps."""
        return self.page.get_by_role("application", name=re.compile("layers; arrow keys move"))

    def pixels(self, name: str) -> int:
        return int(self.section(name).evaluate(_PIXELS)[0])

    def colours(self, name: str) -> int:
        return int(self.section(name).evaluate(_PIXELS)[1])

    def picture(self) -> dict[str, int]:
        """All that is painted, as sums to compare."""
        return {name: self.pixels(name) for name in SECTIONS}

    # What is done

    def at_rest(self) -> None:
        """Wait until no script runs: a machine clicks within the milliseconds in which buttons are put in place."""
        self.page.wait_for_selector(".stApp[data-test-script-state=notRunning]", timeout=SOON)

    @contextmanager
    def script_run(self) -> Iterator[None]:
        """Do something that has Streamlit run the page's script, and wait until that run has ended.

        The page alone does not tell: the run begins some time after a click, and may be over before anything is drawn.
        """
        self.at_rest()
        with self._hearing("/_stcore/stream", lambda said: ForwardMsg.FromString(said).HasField("script_finished")):
            yield

    @contextmanager
    def mounted_anew(self) -> Iterator[None]:
        """Do something that makes the run's state another, and wait until the board is painted by Python's new data."""
        seen = self.page.evaluate_handle(_MOUNTED)
        yield
        until(lambda: seen.evaluate("seen => seen.mounted"), 5, "the board is mounted anew")

    def ask_again(self) -> None:
        """Ask the server for the newest picture: when it is drawn, all that was sent before has come as well."""
        with self._hearing("/live/", lambda said: unpack(said)[0]["kind"] == "picture"):
            self.button("Live").click()
        self.frames(2)

    def frames(self, count: int) -> None:
        """Let the page draw so many frames: what it does by itself, it does in them."""
        self.page.evaluate(_FRAMES, count)

    def press_start(self) -> str:
        """Start a run, which may have to wait; its id."""
        self.at_rest()
        before = self.query.get("run")
        self.button("Start").click()
        until(lambda: self.query.get("run") not in (None, before), 10, "the address names the new run")
        run = self.query["run"]
        expect(self.page.locator(f"[data-part=board][data-run='{run}']")).to_be_visible(timeout=SOON)
        return run

    def start(self) -> str:
        """Start a run and wait until its first point is there; its id."""
        run = self.press_start()
        expect(self.button("Pause")).to_be_visible(timeout=SOON)
        self.reach(1)
        return run

    def reach(self, step: int, seconds: float = 20) -> None:
        """Wait until the shown step is this one or later."""
        until(lambda: self.step >= step, seconds, f"step {step} is shown")

    def show(self, step: int) -> None:
        """Wait until exactly this step is shown."""
        until(lambda: self.step == step, 5, f"step {step} is shown, not {self.step}")

    def pause(self) -> int:
        """Pause; the step at which everything rests."""
        self.at_rest()
        self.button("Pause").click()
        expect(self.part("numbers")).to_contain_text("Paused")
        expect(self.button("Resume")).to_be_visible()
        return self.settled()

    def settled(self) -> int:
        """The shown step, once it is the one that the time line says too."""

        def same() -> bool:
            said = re.search(r"Step ([\d,]+)", self.part("timeline").inner_text())
            return bool(said) and int(said[1].replace(",", "")) == self.step

        self.frames(2)  # a step just chosen is drawn a frame later
        until(same, 5, "picture and time line show the same step")
        return self.step

    def stop(self) -> None:
        """Stop the run on screen if it is ours and active."""
        self.at_rest()
        if self.button("Stop").is_visible():
            self.button("Stop").click()
            expect(self.button("Start")).to_be_visible()

    def fill(self, label: str, value: str) -> None:
        """Type a number into the recipe."""
        self.open_recipe()
        box = self.page.get_by_role("spinbutton", name=label, exact=True)
        box.fill(value)
        box.press("Enter")

    def choose(self, label: str, option: str) -> None:
        """Choose from a list of the recipe."""
        self.open_recipe()
        with self.script_run():
            self.recipe.get_by_role("combobox", name=label).click()
            self.page.get_by_role("option", name=option, exact=True).click()
        expect(self.page.get_by_role("option", name=option, exact=True)).to_have_count(0)

    def slow_down(self) -> None:
        """Choose one step a second, in the recipe of a new run or of the one that trains."""
        self.open_recipe()
        for key, pace in (
            ("Home", "1 step in 5 s"),
            ("ArrowRight", "1 step in 2 s"),
            ("ArrowRight", "1 step a second"),
        ):
            with self.script_run():
                self.recipe.get_by_role("slider").press(key)
            expect(self.recipe).to_contain_text(pace)

    def open_recipe(self) -> None:
        if not self.recipe.is_visible():
            self.button(re.compile("^(Recipe|Change)")).click()
            expect(self.recipe).to_be_visible()

    def close_recipe(self) -> None:
        self.page.keyboard.press("Escape")
        expect(self.recipe).to_be_hidden()

    @property
    def recipe(self) -> Locator:
        """The recipe of a new run, or what can be changed of the one that trains."""
        return self.page.get_by_role("dialog", name=re.compile("^(Recipe|Change)$"))

    def drag(self, target: Locator, shares: tuple[float, float], height: float = 0.5, steps: int = 12) -> None:
        """Drag the mouse over an element, from one share of its width to another."""
        box = target.bounding_box()
        assert box
        y = box["y"] + box["height"] * height
        self.page.mouse.move(box["x"] + box["width"] * shares[0], y)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] * shares[1], y, steps=steps)
        self.page.mouse.up()

    # What must never be seen

    def check(self) -> None:
        """Nothing broke: no exception on the page, no error on its console, no failed request."""
        trouble = self.trouble.left()
        if not self.page.is_closed():
            trouble += self.page.get_by_test_id("stException").all_inner_texts()
        assert not trouble, "\n".join(trouble)
