"""Choosing an image: a cell of the confusion matrix opens its images, filters, pages, keyboard."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, expect

from cnnviz.datasets import dataset
from cnnviz.inspection import load_network
from cnnviz.runs import example
from tests.browser.pages import SOON, TrainPage
from tests.browser.serving import until
from tests.conftest import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def train(shared: Server, person: Callable[..., BrowserContext]) -> Iterator[TrainPage]:
    """The Train page with the example; nothing may break in it."""
    page = TrainPage(person(), shared.url)
    page.trouble.forgive(r"404.*/train/_stcore/(health|host-config)")
    page.page.goto(f"{shared.url}/train")
    yield page.painted()
    page.check()


@pytest.fixture(scope="module")
def said() -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions of the validation images at the example's last step, by PyTorch alone."""
    part = dataset("digits").split(0).validation
    with torch.no_grad():
        logits = load_network(example(), example().snapshot(200))(torch.from_numpy(part.images))
    return part.labels, logits.argmax(1).numpy()


def thumbs(page: TrainPage) -> Locator:
    return page.part("picker").get_by_role("listbox", name="Images").get_by_role("option")


def names(page: TrainPage) -> list[str]:
    return thumbs(page).evaluate_all("all => all.filter((one) => one.isConnected).map((one) => one.dataset.image)")


@pytest.mark.slow
def test_a_cell_of_the_matrix_opens_its_images_and_one_is_chosen(
    train: TrainPage, said: tuple[np.ndarray, np.ndarray]
) -> None:
    label, prediction = said
    wrong = np.flatnonzero(label != prediction)
    row, column = int(label[wrong[0]]), int(prediction[wrong[0]])
    matrix = train.page.get_by_role("application", name=re.compile("^Mistakes at step 200"))
    matrix.focus()
    for key in ["ArrowDown"] * (row + 1) + ["ArrowRight"] * column:
        train.page.keyboard.press(key)
    expect(train.section("Mistakes")).to_contain_text(f"label {row}, predicted {column}: ")
    train.page.keyboard.press("Enter")
    expect(thumbs(train).first).to_be_visible(timeout=SOON)
    these = np.flatnonzero((label == row) & (prediction == column))
    expect(thumbs(train)).to_have_count(len(these))
    assert names(train) == [f"validation-{index}" for index in these]
    expect(thumbs(train).first).to_have_text(f"as {column}")
    thumbs(train).first.click()
    expect(train.section("Maps")).to_contain_text(f"Validation image {these[0]}, layer by layer")
    expect(train.section("Maps")).to_contain_text(f"{column}, wrong")
    assert train.query["image"] == f"validation-{these[0]}"


@pytest.mark.slow
def test_from_a_cell_of_the_matrix_to_its_image_and_to_why(
    train: TrainPage, said: tuple[np.ndarray, np.ndarray], shared: Server
) -> None:
    label, prediction = said
    index = int(np.flatnonzero(label != prediction)[-1])
    row, column = int(label[index]), int(prediction[index])
    train.page.get_by_role("application", name=re.compile("^Mistakes at step 200")).focus()
    for key in [*["ArrowDown"] * (row + 1), *["ArrowRight"] * column, "Enter"]:
        train.page.keyboard.press(key)
    thumbs(train).and_(train.page.locator(f"[data-image=validation-{index}]")).click(timeout=SOON)
    until(lambda: train.query.get("image") == f"validation-{index}", 10, "the address names the image")
    train.page.keyboard.press("Escape")
    train.page.get_by_role("link", name="Explain").click()
    explain = train.part("explain")
    expect(explain).to_contain_text(f"Label {row}", timeout=SOON)
    expect(explain).to_contain_text(f"Predicted {column}, wrong")
    explain.get_by_role("button", name=f"{column} against {row}").click()
    expect(explain.locator("[data-map=whole]")).to_have_count(8, timeout=SOON)
    shown = dataset("digits").split(0).validation.images[index]
    image = torch.from_numpy(shown)[None].requires_grad_()
    load_network(example(), example().snapshot(200))(image)[0, row].backward()
    assert image.grad is not None
    canvas = train.page.get_by_role("region", name=f"Saliency, {row}", exact=True).get_by_role("application")
    canvas.press("ArrowRight")
    words = explain.locator(".right > .value").inner_text().replace("\u2212", "-")
    at = [int(part) for part in re.findall(r"\d+", words.partition("[")[2])[:2]]
    (value,) = re.findall(r"= (\S+?),", words)
    assert float(value) == pytest.approx(float(image.grad[0, 0, *at]), rel=6e-3)


@pytest.mark.slow
def test_filters_and_pages_by_keyboard(train: TrainPage, said: tuple[np.ndarray, np.ndarray]) -> None:
    label, prediction = said
    train.at_rest()
    train.page.get_by_role("button", name="Validation image 0").click()
    expect(thumbs(train)).to_have_count(60, timeout=SOON)
    thumbs(train).first.focus()
    train.page.keyboard.press("PageDown")
    expect(train.part("picker")).to_contain_text(f"61 to 120 of {len(label)}")
    train.page.keyboard.press("End")
    train.page.keyboard.press("ArrowRight")
    expect(train.part("picker")).to_contain_text(f"121 to {len(label)} of {len(label)}")
    train.part("picker").get_by_role("radio", name="Wrong").click()
    wrong = np.flatnonzero(label != prediction)
    expect(train.part("picker")).to_contain_text(f"{len(wrong)} images")
    assert names(train) == [f"validation-{index}" for index in wrong]
    train.part("picker").get_by_role("combobox", name="Label").select_option("3")
    expect(thumbs(train)).to_have_count(int((label[wrong] == 3).sum()))
    train.part("picker").get_by_role("radio", name="Training").click()
    train.part("picker").get_by_role("radio", name="All").click()
    expect(thumbs(train).first).to_have_accessible_name(re.compile("^Train image .*, label 3"))


@pytest.mark.slow
def test_a_file_is_fitted_shown_linked_and_forgotten(train: TrainPage, shared: Server, tmp_path: Path) -> None:
    train.at_rest()
    train.page.get_by_role("button", name="Validation image 0").click()
    train.page.get_by_role("radio", name="A file").click()
    part = train.part("file")
    ink = np.full((60, 60, 3), 255, np.uint8)  # a dark stem on white paper
    ink[8:52, 26:34] = (10, 20, 60)
    Image.fromarray(ink).save(tmp_path / "stem.png")
    (tmp_path / "words.png").write_text("no picture")
    part.locator("input[type=file]").set_input_files(tmp_path / "words.png")
    train.trouble.forgive("422")
    expect(part.locator(".warning")).to_contain_text("is no picture")
    part.locator("input[type=file]").set_input_files(tmp_path / "stem.png")
    rule = train.page.get_by_text("Kept for 7 days; seen only by who has the link.")
    expect(rule).to_contain_text("60x60", timeout=SOON)
    expect(rule).to_contain_text("8x8")
    expect(train.section("Maps")).to_contain_text("layer by layer")
    name = until(lambda: train.query.get("image"), 10, "the address names the picture")
    assert name.startswith("upload-")
    expect(train.page.get_by_role("button", name=re.compile("^Image ?Picture$"))).to_be_visible()
    train.page.get_by_role("button", name="Forget this picture").click()
    until(lambda: train.query.get("image") is None, 10, "the address names the run's own image again")
    expect(train.section("Maps")).to_contain_text("Validation image 0, layer by layer")
    train.page.goto(f"{shared.url}/train?image={name}")
    expect(train.page.get_by_text("This upload is gone")).to_be_visible(timeout=SOON)
