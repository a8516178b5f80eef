"""What is seen of learning beside loss and accuracy: norms, histograms, activations, the worst mistakes."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, expect

import cnnviz
from cnnviz.datasets import dataset
from cnnviz.inspection import load_network
from cnnviz.runs import Run, read_arrays, write_arrays
from cnnviz.training.questions import SAMPLE
from tests.browser.conftest import PHONE, OpenTab
from tests.browser.pages import SOON, TrainPage
from tests.browser.serving import until
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LAST = 40


@pytest.fixture(scope="module")
def run(shared: Server) -> Run:
    """A run of two epochs of the digits, with all that is measured today."""
    return cnnviz.train("digits", "digits_small", epochs=2, seed=0, out=shared.runs)


@pytest.fixture
def page(shared: Server, tab: OpenTab, run: Run) -> TrainPage:
    return tab(shared).open(f"/train?run={run.id}")


def choose(page: TrainPage, name: str) -> None:
    page.page.get_by_role("radio", name=name, exact=True).click()


def chart(page: TrainPage, name: str) -> Locator:
    return page.page.get_by_role("application", name=re.compile(f"^{name} over the steps"))


def step_of(section: Locator, step: int) -> None:
    """Wait until what is measured is of this step."""
    expect(section).to_have_attribute("data-step", str(step), timeout=SOON)


def test_norms_take_the_place_of_loss_and_accuracy_and_say_their_numbers(page: TrainPage, run: Run) -> None:
    log = run.log()
    choose(page, "Norms")
    expect(chart(page, "Loss")).to_be_hidden()
    for title, values in (("Gradient norm", log.gradient_norm), ("Weight norm", log.weight_norm)):
        expect(chart(page, title)).to_be_visible()
        said = chart(page, title).get_attribute("aria-label")
        numbers = [float(text) for text in re.findall(r"(?:conv1|conv2|fc1) ([\d.]+)", said or "")]
        np.testing.assert_allclose(numbers, values[-1], rtol=5e-3)
    expect(page.section("Curves")).not_to_contain_text(re.compile(r"\bat \d"))
    box = chart(page, "Weight norm").bounding_box()
    assert box
    for share, layer in ((0.02, int(log.weight_norm[0].argmax())), (0.95, int(log.weight_norm[0].argmin()))):
        page.page.mouse.move(box["x"] + 40, box["y"] + 8 + 122 * share)  # above all lines, then below them
        name, value = log.layers[layer], float(log.weight_norm[0, layer])
        expect(page.section("Curves")).to_contain_text(f"at 1: {name} {value:.3g}"[:14])
    until(lambda: page.query.get("curves") == "norms", 5, "the address says what is drawn")


def test_histograms_follow_the_time_line_and_the_link_shows_the_same(
    page: TrainPage, run: Run, shared: Server, tab: OpenTab
) -> None:
    choose(page, "Weights")
    step_of(page.section("Weights"), LAST)
    shown = page.page.get_by_role("application", name=re.compile("^Weights of conv1"))
    expect(shown).to_be_visible()
    last = page.pixels("Weights")
    page.thumb.focus()
    page.thumb.press("Home")
    step_of(page.section("Weights"), 0)
    until(lambda: page.pixels("Weights") != last, 5, "other weights look otherwise")
    largest = float(np.abs(run.snapshot(0).weights["conv1.weight"]).max())
    assert f"conv1, up to {largest:.3g}" in (shown.get_attribute("aria-label") or "")
    choose(page, "Gradients")
    expect(page.section("Gradients")).to_contain_text("there are none at step 0")
    page.thumb.focus()
    page.thumb.press("ArrowRight")
    step_of(page.section("Gradients"), 1)
    bins = page.page.get_by_role("application", name=re.compile("^Gradients of conv1"))
    bins.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown"):
        bins.press(key)
    found = run.snapshot(1).gradients["conv2"]
    share = 100 * found.counts[20] / found.counts.sum()
    expect(page.section("Gradients")).to_contain_text(f"conv2: {share:.1f}")
    until(lambda: page.query.get("details") == "gradients" and page.query.get("step") == "1", 5, "the address says it")
    other = tab(shared).open(page.address.removeprefix(shared.url))
    step_of(other.section("Gradients"), 1)
    assert other.page.get_by_role("radio", name="Gradients").get_attribute("aria-checked") == "true"


def test_activations_are_a_table_of_what_layers_give(page: TrainPage, run: Run, tmp_path: Path) -> None:
    choose(page, "Activations")
    step_of(page.section("Activations"), LAST)
    rows = page.section("Activations").get_by_role("row").all_inner_texts()
    assert [row.split()[0] for row in rows[1:]] == ["conv1", "relu1", "conv2", "relu2", "pool1", "fc1"]
    images = torch.tensor(dataset("digits").split(0).validation.images[:SAMPLE])
    with torch.no_grad():
        relu = load_network(run, run.snapshot(LAST))[:2](images)
    cells = rows[2].replace("−", "-").split("\t")
    assert float(cells[1]) == pytest.approx(relu.mean().item(), rel=5e-3)
    assert float(cells[3]) == pytest.approx(100 * (relu == 0).float().mean().item(), abs=0.06)
    assert cells[4] == f"{int((relu == 0).all(3).all(2).all(0).sum())} of 16"
    choose(page, "Weights")
    with np.load(page.take("the weights", "Numbers", tmp_path)) as arrays:
        assert arrays["weights.conv1"].sum() == 144


def test_the_worst_mistakes_open_as_the_image_and_are_those_of_the_step(page: TrainPage, run: Run) -> None:
    def tiles() -> list[str]:
        return page.section("Mistakes").get_by_role("option").evaluate_all("all => all.map((one) => one.dataset.image)")

    worst = page.section("Mistakes").locator(".worst")
    step_of(worst, LAST)
    assert tiles() == [f"validation-{one.index}" for one in run.snapshot(LAST).worst or ()]
    page.thumb.focus()
    page.thumb.press("PageDown")
    until(lambda: page.step < LAST, 5, "an earlier step is shown")
    step_of(worst, page.step)
    wrong = run.snapshot(page.step).worst
    assert wrong
    assert tiles() == [f"validation-{one.index}" for one in wrong]
    first = page.section("Mistakes").get_by_role("option").first
    assert f"label {wrong[0].label}, predicted {wrong[0].prediction}, wrong" in (
        first.get_attribute("aria-label") or ""
    )
    expect(first).to_contain_text(f"{wrong[0].label} → {wrong[0].prediction}")
    with page.script_run():
        first.focus()
        page.page.keyboard.press("Enter")
    expect(page.section("Maps")).to_contain_text(f"Validation image {wrong[0].index}, layer by layer")
    expect(page.section("Maps")).to_contain_text(f"{wrong[0].prediction}, wrong")
    assert page.query["image"] == f"validation-{wrong[0].index}"


def test_a_run_that_trains_brings_its_norms_as_it_goes(training: TrainPage) -> None:
    choose(training, "Norms")
    training.reach(3)
    expect(chart(training, "Gradient norm")).to_have_attribute("aria-label", re.compile(r"at step \d+ conv1 [\d.]+"))
    before = training.pixels("Curves")
    training.reach(training.step + 3)
    until(lambda: training.pixels("Curves") != before, 10, "the lines grow")


def test_an_older_run_says_what_it_did_not_keep(shared: Server, tab: OpenTab, run: Run) -> None:
    older = Run(shutil.copytree(run.path, shared.runs / "digits_small-older"))
    for step in older.steps():
        arrays, header = read_arrays(older.step_path(step))
        kept = {
            name: one for name, one in arrays.items() if not re.match("gradient/|log/(norm|gradient|weight)_", name)
        }
        write_arrays(
            older.step_path(step), kept, {name: header[name] for name in ("step", "label", "validation_loss", "time")}
        )
    page = tab(shared).open(f"/train?run={older.id}&curves=norms&details=gradients")
    expect(chart(page, "Gradient norm")).to_have_attribute("aria-label", re.compile("none were kept"))
    expect(page.section("Gradients")).to_contain_text("none in runs of older versions", timeout=SOON)
    step_of(page.section("Mistakes").locator(".worst"), LAST)  # these are found anew


def test_on_a_phone_all_of_it_is_there_and_nothing_scrolls_sideways(shared: Server, tab: OpenTab, run: Run) -> None:
    page = tab(shared, device=PHONE).open(f"/train?run={run.id}&details=weights")
    page.page.get_by_role("tab", name="Layers").tap()
    expect(page.page.get_by_role("application", name=re.compile("^Weights of conv1"))).to_be_visible(timeout=SOON)
    page.page.get_by_role("radio", name="Activations").tap()
    expect(page.page.get_by_role("cell", name=re.compile("of 16")).first).to_be_visible()
    page.page.get_by_role("tab", name="Mistakes").tap()
    expect(page.page.get_by_role("listbox", name="Worst mistakes")).to_be_visible(timeout=SOON)
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
