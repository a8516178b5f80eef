"""Why does it say so: maps of a class beside each other, read pixel by pixel, ended, linked."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect
from scipy.stats import spearmanr

from cnnviz.inspection import load_network
from cnnviz.runs import example
from cnnviz.training.questions import LookAt
from tests.browser.conftest import PHONE
from tests.browser.explain_page import ExplainPage
from tests.browser.serving import until
from tests.conftest import Server

pytestmark = pytest.mark.browser
WRONG = "validation-52"  # of the example: label 9, predicted 8
Open = Callable[..., ExplainPage]

# Of each of 8 by 8 pixels of a map: its red less its blue.
WARMTH = """canvas => {
  const {data, width} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({length: 64}, (_, i) => {
    const at = (Math.floor(((i >> 3) + 0.5) * width / 8) * width + Math.floor(((i & 7) + 0.5) * width / 8)) * 4;
    return data[at] - data[at + 2];
  });
}"""


@pytest.fixture
def explain(shared: Server, person: Callable[..., BrowserContext]) -> Iterator[Open]:
    """Opens the page Explain of the shared server, `explain("maps=saliency")`; nothing may break in it."""
    pages: list[ExplainPage] = []

    def make(query: str = "", before: Callable[[ExplainPage], Any] | None = None, **person_is: Any) -> ExplainPage:
        page = ExplainPage(person(**person_is), shared.url)
        page.trouble.forgive(r"404.*/explain/_stcore/(health|host-config)")
        pages.append(page)
        if before:
            before(page)
        page.page.goto(f"{shared.url}/explain?{query if 'image=' in query else f'image={WRONG}&{query}'}")
        return page if before else page.painted()

    yield make
    for page in pages:
        page.check()


def gradient(target: int) -> Any:
    """The gradient of a logit of the example by the pixels of the image (H, W): what a saliency map shows."""
    run = example()
    network = load_network(run, run.snapshot(200))
    image = torch.tensor(LookAt(run.path, 200, WRONG, Path()).values(run)[0])[None].requires_grad_()
    return torch.autograd.grad(network(image)[0, target], image)[0][0, 0].numpy()


def share(page: ExplainPage, name: int) -> float:
    """The probability of a class as its button says it in full, in percent."""
    said = page.button(re.compile(f"^Class {name}")).get_attribute("aria-label") or ""
    return float(said.split()[-2])


def said_value(page: ExplainPage) -> float:
    return float(re.search(r"= (\S+?),", page.reading.inner_text())[1].replace("\u2212", "-"))  # type: ignore[index]


@pytest.mark.slow
def test_maps_of_the_predicted_class_are_read_by_keys_and_have_the_colours_of_their_signs(explain: Open) -> None:
    page = explain()
    assert page.titles == ["Saliency", "Integrated gradients", "Grad-CAM", "Occlusion"]
    expect(page.part("explain")).to_contain_text("Predicted 8, wrong")
    expect(page.button(re.compile("^Class 8"))).to_have_text(f"8{round(share(page, 8))}\u202f%")
    until(lambda: "saliency,integrated_gradients" in page.query.get("maps", ""), 3, "the address names the maps")
    slopes = gradient(8)
    canvas = page.canvas("Saliency")
    canvas.press("ArrowRight")  # the first puts the cursor into the middle
    assert page.reading.inner_text().startswith("Saliency [4, 4] = ")
    for key, row, column in (("ArrowUp", 3, 4), ("ArrowRight", 3, 5), ("ArrowDown", 4, 5), ("ArrowLeft", 4, 4)):
        canvas.press(key)
        assert f"[{row}, {column}]" in page.reading.inner_text()
        assert said_value(page) == pytest.approx(slopes[row, column], rel=6e-3)
    canvas.press("Escape")
    assert page.reading.inner_text() == ""
    page.page.get_by_role("slider", name=re.compile("^Blend")).press("End")
    page.frames(2)
    warmth = np.array(canvas.evaluate(WARMTH), float).reshape(8, 8)
    strong = abs(slopes) > 0.2 * abs(slopes).max()
    assert (np.sign(warmth) == np.sign(slopes))[strong].all()


@pytest.mark.slow
def test_predicted_against_expected_side_by_side_and_the_same_by_its_link(explain: Open) -> None:
    page = explain("maps=saliency,grad_cam")
    page.button(re.compile("^Class 9")).click()
    until(lambda: page.query.get("target") == "9", 3, "the address names the class")
    page.all_worked_out()
    page.canvas("Saliency").press("ArrowRight")
    assert said_value(page) == pytest.approx(gradient(9)[4, 4], rel=6e-3)
    page.button("8 against 9").click()
    both = ["Saliency, 8", "Saliency, 9", "Grad-CAM, 8", "Grad-CAM, 9"]
    assert page.titles == both
    page.all_worked_out()
    for target in (8, 9):
        page.canvas(f"Saliency, {target}").hover(position={"x": 100, "y": 50})
        row, column = (int(part) for part in re.findall(r"\d+", page.reading.inner_text().partition("[")[2])[:2])
        assert said_value(page) == pytest.approx(gradient(target)[row, column], rel=6e-3)
    until(lambda: page.query.get("maps") == "saliency,saliency,grad_cam,grad_cam", 3, "the address says so")
    assert explain(urlsplit(page.address).query).titles == both


@pytest.mark.slow
def test_methods_are_added_set_compared_and_removed(explain: Open) -> None:
    page = explain("maps=saliency,occlusion:window=90")
    expect(page.tile("Occlusion").get_by_role("alert")).to_contain_text(re.compile("^Window: 90 .*use 8 or less"))
    page.button("Settings of Occlusion").click()
    window = page.page.get_by_label("Window")
    window.fill("-1")
    window.press("Enter")
    expect(page.page.get_by_role("dialog", name="Settings of Occlusion")).to_contain_text("Use 0 to 1024.")
    window.fill("3")
    window.press("Enter")
    window.press("Escape")
    expect(page.tile("Occlusion")).to_contain_text("window 3")
    page.button("Add method").click()
    for method in page.methods():
        expect(method).to_be_in_viewport(ratio=1)
    page.page.get_by_role("menuitem", name=re.compile("^Input × gradient")).click()
    page.all_worked_out()
    until(lambda: page.query.get("maps") == "saliency,occlusion:window=3,input_x_gradient", 3, "the address says so")
    run = example()
    slopes, image = gradient(8), LookAt(run.path, 200, WRONG, Path()).values(run)[0][0]
    expected = spearmanr(abs(slopes).ravel(), abs(slopes * image).ravel()).statistic
    assert float(page.agreement()["Input × gradient"]) == pytest.approx(expected, abs=0.0051)
    page.button("How to read Input × gradient").click()
    expect(page.page.get_by_role("region", name="How to read Input × gradient")).to_contain_text("What it cannot show")
    page.button("Remove Occlusion").click()
    assert page.titles == ["Saliency", "Input × gradient"]


@pytest.mark.slow
def test_a_slow_map_is_cancelled_and_begun_again(explain: Open) -> None:
    wishes: list[Any] = []

    def hold_back(page: ExplainPage) -> None:
        wishes.append(page.hold_back("smooth_grad", share=0.61, seconds_left=1.6))

    def wanted() -> list[str]:
        said = [json.loads(wish) for wish in wishes[0] if isinstance(wish, str)]
        return [one["method"] for one in [wish["maps"] for wish in said if "maps" in wish][-1]]

    page = explain("maps=saliency,smooth_grad", before=hold_back)
    tile = page.tile("SmoothGrad")
    expect(tile).to_contain_text("61\u202f%, 2\u202fs left")
    assert page.agreement() == {"SmoothGrad": "computing"}
    assert wanted() == ["saliency", "smooth_grad"]
    before = page.canvas("SmoothGrad").screenshot()
    tile.get_by_role("button", name="Cancel").click()
    expect(tile).to_contain_text("Stopped at 61\u202f%.")
    until(lambda: wanted() == ["saliency"], 3, "the wish is withdrawn")
    page.page.mouse.move(5, 5)
    page.frames(2)
    assert page.canvas("SmoothGrad").screenshot() == before, "the partial picture stays"
    tile.get_by_role("button", name="Start again").click()
    until(lambda: wanted() == ["saliency", "smooth_grad"], 3, "it is wanted again")
    expect(tile).to_contain_text("61\u202f%")


@pytest.mark.slow
def test_maps_move_with_the_time_line_and_one_fills_a_phone(explain: Open) -> None:
    page = explain("maps=saliency,occlusion", device=PHONE)
    wide = page.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    expect(page.button(re.compile("^Class 8"))).to_be_in_viewport(ratio=1)
    page.button("Add method").click()
    for method in page.methods():
        expect(method).to_be_in_viewport(ratio=1)
    page.page.keyboard.press("Escape")
    box = page.canvas("Saliency").bounding_box()
    assert box
    assert box["width"] > 300
    before = page.canvas("Saliency").evaluate(WARMTH)
    page.thumb.press("Home")
    expect(page.page.get_by_role("application", name=re.compile("^Saliency at step 0;"))).to_be_visible()
    page.all_worked_out()
    assert page.canvas("Saliency").evaluate(WARMTH) != before


@pytest.mark.slow
def test_how_maps_are_drawn_is_kept_from_page_to_page_and_in_the_link(explain: Open) -> None:
    page = explain("maps=saliency,occlusion")
    first = page.canvas("Saliency").evaluate(WARMTH)
    for name in ("Absolute", "90"):
        page.page.get_by_role("radio", name=name, exact=True).click()
    page.page.get_by_role("slider", name=re.compile("^Blend")).press("End")
    page.page.get_by_role("combobox", name="Scale").select_option(index=1)
    wanted = "absolute,clip:90,blend:100,common"
    until(lambda: page.query.get("look") == wanted, 3, "the address says how they are drawn")
    chosen = page.canvas("Saliency").evaluate(WARMTH)
    assert chosen != first
    page.page.get_by_role("link", name="Look inside").click()
    page.page.wait_for_selector("[data-part=inside][data-painted]")
    until(lambda: "look" not in page.query, 5, "it is no matter of other pages")
    page.page.get_by_role("link", name="Explain").click()
    page.painted()
    until(lambda: page.query.get("look") == wanted, 5, "it is drawn so again")
    assert page.canvas("Saliency").evaluate(WARMTH) == chosen
    assert explain(urlsplit(page.address).query).canvas("Saliency").evaluate(WARMTH) == chosen
    page.page.get_by_role("radio", name="Signed").click()
    page.page.get_by_role("radio", name="100").click()
    until(lambda: page.query.get("look") == "blend:100,common", 3, "what is as at first is left out")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "titles", "maps", "target"),
    [
        ("maps=,,,&look=clip:7,blend:x,nothing", 4, "saliency,integrated_gradients,grad_cam,occlusion", None),
        ("maps=" + ",".join(["saliency"] * 40), 1, "saliency", None),
        ("maps=,grad_cam:,:x,", 1, "grad_cam", None),
        ("target=5", 4, "saliency,integrated_gradients,grad_cam,occlusion", "5"),
        ("maps=saliency&target=99", 1, "saliency", None),
    ],
)
def test_of_an_address_what_makes_sense_is_shown(
    explain: Open, query: str, titles: int, maps: str, target: str | None
) -> None:
    page = explain(query)
    assert len(page.titles) == titles
    until(lambda: page.query.get("maps") == maps, 3, "the address names what is shown")
    until(lambda: page.query.get("target") == target, 3, "and the class")
    assert page.maps_in_the_state("error").count() == 0
    expect(page.part("explain")).to_contain_text(f"For class {target or '8, the prediction'}, each")
    said = page.part("explain").get_by_text("There is no class 99 here: the prediction is explained.")
    expect(said).to_have_count(1 if "99" in query else 0)


@pytest.mark.slow
def test_nothing_is_said_of_maps_whose_image_is_not_there(explain: Open) -> None:
    page = explain("image=validation-99999&maps=occlusion,grad_cam", before=lambda page: None)
    expect(page.part("explain")).to_contain_text("There is no image validation-99999", timeout=15_000)
    page.frames(40)  # longer than a map may take before its tile says that it is computed
    said = page.part("explain").inner_text()
    assert [word for word in ("computing", "Cancel", "window", "pixels", "correlation") if word in said] == []


@pytest.mark.slow
def test_two_rows_of_maps_are_met_in_order_and_what_is_asked_about_comes_into_sight(explain: Open) -> None:
    page = explain("maps=saliency,input_x_gradient,grad_cam,occlusion,guided_backprop")
    page.button("8 against 9").focus()
    met = []
    for _ in range(4):
        page.page.keyboard.press("Tab")
        met.append(page.focused())
    assert met == ["Signed", "100", "Blend from image to map, percent", "Saliency"]
    page.button("How to read Saliency").click()
    about = page.page.get_by_role("region", name="How to read Saliency").bounding_box()
    bar = page.part("timeline").bounding_box()
    assert about
    assert bar
    assert about["y"] + about["height"] <= bar["y"]
    found = Axe().run(page.page).response["violations"]
    assert [one["id"] for one in found] == []
