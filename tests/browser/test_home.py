"""Home: the picture at one glance, a digit drawn into it, the run that sets it in motion, the doors."""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from playwright.sync_api import BrowserContext, WebSocketRoute, expect

import cnnviz
from cnnviz.images import fit_drawing
from cnnviz.inspection import load_network
from cnnviz.runs import example
from tests.browser.conftest import PHONE
from tests.browser.home_page import STEM, THREE, HomePage
from tests.browser.pages import SOON, TrainPage
from tests.browser.serving import until
from tests.conftest import Server

pytestmark = pytest.mark.browser
Open = Callable[..., HomePage]


@pytest.fixture
def home(shared: Server, person: Callable[..., BrowserContext]) -> Iterator[Open]:
    """Opens Home of the shared server, `home("?step=8")`; nothing may break in it."""
    pages: list[HomePage] = []

    def make(query: str = "", context: BrowserContext | None = None, **person_is: object) -> HomePage:
        page = HomePage(context or person(**person_is), shared.url)
        page.trouble.forgive(r"404.*/(inside|explain|train)/_stcore/(health|host-config)")
        pages.append(page)
        page.page.goto(f"{shared.url}/{query}")
        return page.painted()

    yield make
    for page in pages:
        page.check()


def answers(image: np.ndarray) -> torch.Tensor:
    """What the example's last step says to an image (1, 8, 8)."""
    with torch.no_grad():
        return load_network(example(), example().snapshot(200))(torch.from_numpy(image)[None])[0].softmax(0)


def share_text(share: float) -> str:
    """As the page says a probability."""
    return "100 %" if share >= 0.9995 else f"{100 * share:.1f} %"


def test_the_first_page_shows_the_example_reading_a_digit(home: Open) -> None:
    page = home()
    expect(page.page.get_by_role("heading", name="See a network learn to read")).to_be_visible()
    image = torch.tensor(example().snapshot(200).activations["input"]).numpy()
    best = answers(image)
    page.expect_answer(str(int(best.argmax())))
    said = page.page.get_by_role("img", name=f"the answer is {int(best.argmax())}, {share_text(float(best.max()))}")
    expect(said).to_be_visible()
    # What the coloured lines show adds up to the answer's logit, but for its bias.
    bias = example().snapshot(200).weights["fc1.bias"][int(best.argmax())]
    until(lambda: page.home.get_attribute("data-said"), 10, "the lines into the answer are coloured")
    with torch.no_grad():
        logits = load_network(example(), example().snapshot(200))(torch.from_numpy(image)[None])[0]
    assert float(page.home.get_attribute("data-said") or 0) == pytest.approx(float(logits.max()) - bias, abs=0.002)
    page.thumb.press("Home")
    expect(page.home).to_have_attribute("data-step", "0")
    start = load_network(example(), example().snapshot(0))(torch.from_numpy(image)[None])[0]
    page.expect_answer(str(int(start.argmax())))


@pytest.mark.slow
def test_a_drawn_digit_is_read_kept_linked_and_forgotten(home: Open, shared: Server) -> None:
    page = home()
    page.open_pad()
    page.draw(THREE)
    page.expect_read("3")
    page.expect_answer("3")
    sent = page.sent()
    read = answers(fit_drawing(sent, (1, 8, 8)).values)
    expect(page.home.get_by_role("img", name="Your drawing at step 200, through")).to_have_accessible_name(
        f"Your drawing at step 200, through 3 layers: the answer is 3, {share_text(float(read[3]))}"
    )
    name = page.kept()
    other = home(f"?image={name}")
    other.expect_answer("3")
    train = TrainPage(other.context, shared.url).open(f"/train?image={name}")
    expect(train.section("Maps").get_by_role("heading", name="Drawing, layer by layer")).to_be_visible()
    expect(train.section("Maps").locator("dl")).to_have_text(re.compile(r"^prediction\s*3$"), use_inner_text=True)
    page.button("Forget").click()
    expect(page.pad).not_to_have_attribute("data-kept", name)
    until(lambda: "image" not in page.query, 5, "the address names the run's own image again")
    expect(page.home).to_have_attribute("data-image", "validation-0")
    other.thumb.press("ArrowLeft")  # where it is still on screen, the old picture is said to be one
    expect(other.home).to_contain_text(re.compile("This drawing is gone: .* The picture is that of step 200."))
    other.button("Show the run's own image").click()
    expect(other.home).to_have_attribute("data-image", "validation-0")
    expect(other.home).not_to_contain_text("gone")
    other.trouble.forgive("422")
    gone = HomePage(other.context, shared.url)
    gone.page.goto(f"{shared.url}/?image={name}")
    expect(gone.page.get_by_text("This drawing is gone")).to_be_visible(timeout=SOON)


@pytest.mark.slow
def test_what_is_drawn_after_clear_is_another_drawing(home: Open, shared: Server) -> None:
    page = home()
    page.open_pad()
    page.draw(STEM)
    begun = page.kept()
    page.draw(((0.2, 0.9), (0.8, 0.9)))
    until(lambda: page.pad.get_attribute("data-kept") not in (begun, None), 10, "it is kept with the second stroke")
    first = page.kept()
    page.button("Clear").click()
    page.draw(THREE)
    until(lambda: page.pad.get_attribute("data-kept") not in (first, None), 10, "the second drawing is kept")
    second = page.kept()
    page.button("Forget").click()
    expect(page.home).to_have_attribute("data-image", "validation-0")
    for name in (begun, first):
        home(f"?image={name}")
    gone = HomePage(page.context, shared.url)
    gone.trouble.forgive("422")
    gone.page.goto(f"{shared.url}/?image={second}")
    expect(gone.page.get_by_text("This drawing is gone")).to_be_visible(timeout=SOON)


@pytest.mark.slow
def test_a_drawing_of_a_link_can_be_drawn_anew_and_forgotten(home: Open) -> None:
    page = home()
    page.open_pad()
    page.draw(THREE)
    name = page.kept()
    other = home(f"?image={name}")
    other.button("Draw a digit").click()
    expect(other.pad).to_contain_text("As the network sees it. Draw to begin another.")
    expect(other.pad).to_have_attribute("data-prediction", "3")
    expect(other.pad.get_by_text("Draw here")).to_be_hidden()
    other.button("Forget").click()
    expect(other.home).to_have_attribute("data-image", "validation-0")
    page.trouble.forgive("422")
    page.page.reload()
    expect(page.page.get_by_text("This drawing is gone")).to_be_visible(timeout=SOON)


@pytest.mark.slow
def test_a_drawing_outlives_a_lost_connection(home: Open) -> None:
    cut, refuse = [], []

    def route(socket: WebSocketRoute) -> None:
        if refuse:
            socket.close()
        else:
            socket.connect_to_server()
            cut.append(socket)

    page = home()
    page.trouble.forgive("WebSocket connection to", "/poll/", "ERR_FAILED")
    page.page.route_web_socket(re.compile("/live/"), route)
    page.page.reload()
    page.painted()
    page.open_pad()
    until(lambda: page.connection == "live", 5, "it is connected")
    refuse.append(True)
    cut[-1].close()
    until(lambda: page.connection != "live", 5, "the connection is lost")
    page.page.route(re.compile("/poll/"), lambda route: route.abort())
    page.draw(THREE)
    expect(page.pad).to_contain_text("Not connected to the server")
    refuse.clear()
    page.expect_read("3")
    page.expect_answer("3")
    name = page.kept()
    home(f"?image={name}").expect_answer("3")


@pytest.mark.slow
def test_the_keyboard_draws_and_takes_back(home: Open) -> None:
    page = home()
    page.open_pad()
    keys = page.page.keyboard
    keys.press("Space")
    for _ in range(16):
        keys.press("ArrowDown")
    expect(page.pad.locator(".unseen")).to_have_text("Pen down, 50 % across, 77 % down")
    keys.press("Space")
    page.expect_read("1")
    page.kept()  # by then all of it is sent
    stem = page.sent()
    rows, columns = np.nonzero(stem > 128)
    assert (rows.min(), rows.max()) == (19, 89)  # from 0.2 and on by 16/28 of 112 pixels, and half a round brush
    assert columns.max() - columns.min() + 1 == 8
    keys.press("Backspace")
    expect(page.pad).to_contain_text("Draw here")
    until(lambda: not page.sent().any(), 5, "an empty pad is sent")


@pytest.mark.slow
def test_undo_takes_one_stroke_and_clear_all(home: Open) -> None:
    page = home()
    page.open_pad()
    expect(page.home).to_contain_text("shown until you draw")
    page.draw(STEM)
    page.expect_read("1")
    expect(page.home).to_contain_text("the network sees 8×8")
    page.kept()
    stem = page.sent()
    page.draw(((0.2, 0.5), (0.8, 0.5)))
    until(lambda: page.sent().sum() > stem.sum(), 5, "the second stroke is sent")
    page.button("Undo").click()
    until(lambda: bool((page.sent() == stem).all()), 5, "the stem alone is sent")
    page.button("Clear").click()
    until(lambda: not page.sent().any(), 5, "an empty pad is sent")
    page.button("Close the pad").click()
    expect(page.home).to_have_attribute("data-image", "validation-0")


@pytest.mark.slow
def test_train_it_now_sets_the_picture_in_motion(home: Open) -> None:
    page = home()
    page.at_rest()
    page.button("Train it now").click()
    until(lambda: page.query.get("run", "example") != "example", 10, "the address names the new run")
    expect(page.home).to_have_attribute("data-run", page.query["run"], timeout=SOON)
    until(lambda: 0 < page.step < 200, 20, "a step of the run is shown")
    first = page.step
    until(lambda: page.step > first, 10, "the picture moves on")
    expect(page.button("Train it now")).to_be_disabled()
    page.page.get_by_role("link", name="It learns: watch it on Train").click()
    page.page.wait_for_selector("[data-part=board][data-painted]", timeout=SOON)
    page.stop()


@pytest.mark.slow
def test_a_door_keeps_run_step_and_image(home: Open) -> None:
    page = home("?step=64&image=validation-3")
    page.page.get_by_role("link", name="Look inside Follow one pixel").click()
    page.page.wait_for_selector("[data-part=inside][data-painted]", timeout=SOON)
    assert page.address.split("?")[0].endswith("/inside")
    assert {"step": "64", "image": "validation-3"}.items() <= page.query.items()


@pytest.mark.slow
def test_who_wants_no_motion_goes_from_step_to_step(home: Open) -> None:
    page = home("?step=64", reduced_motion="reduce")
    page.button("Next step").click()
    until(lambda: page.step > 64, 5, "the next step is shown")
    page.thumb.press("End")
    expect(page.button("Next step")).to_be_disabled()


@pytest.mark.slow
def test_a_run_that_averages_its_maps_says_what_speaks_for_the_answer(home: Open, shared: Server) -> None:
    run = cnnviz.train("faces", "small_resnet", epochs=1, out=shared.runs)
    page = home(f"?run={run.id}")
    expect(page.page.get_by_role("heading", level=1)).to_have_text("See a network learn")
    last = run.snapshot(run.steps()[-1])
    assert last.activations
    with torch.no_grad():
        logit = load_network(run, last)(torch.tensor(last.activations["input"])[None])[0, 0]
    until(lambda: page.home.get_attribute("data-said"), 10, "the lines into the answer are coloured")
    adds = abs(float(logit) - float(last.weights["fc1.bias"][0]))
    assert abs(float(page.home.get_attribute("data-said") or 0)) == pytest.approx(adds, abs=0.002)


@pytest.mark.slow
def test_the_code_follows_the_view_and_escape_closes_it(home: Open) -> None:
    page = home()
    page.button("Code").click()
    expect(page.code).to_contain_text("cnnviz.load_network(run, 200)")
    page.thumb.press("Home")
    expect(page.code).to_contain_text("cnnviz.load_network(run, 0)")
    page.page.keyboard.press("Escape")
    expect(page.code).to_be_hidden()


@pytest.mark.slow
def test_on_a_phone_the_pad_stands_above_the_picture(home: Open) -> None:
    page = home(device=PHONE)
    page.open_pad()
    pad, picture = page.paper.bounding_box(), page.home.locator(".network canvas").bounding_box()
    assert pad
    assert picture
    assert pad["y"] + pad["height"] < picture["y"]
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
    page.draw(THREE)
    page.expect_answer("3")
