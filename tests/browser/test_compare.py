"""Twins and sweeps: made in the browser, trained, and looked at beside each other at one step of one time line."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from cnnviz import train
from cnnviz.runs import Run, example
from tests.browser.compare_page import ComparePage
from tests.browser.conftest import PHONE
from tests.browser.serving import put_run, until
from tests.browser.test_looks import barriers
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., ComparePage]
STEPS_OF_THE_EXAMPLE = 200


def test_a_twin_is_made_and_trains_beside_its_run(compare: Open, own: Server) -> None:
    page = compare("/train")
    page.page.wait_for_selector("[data-part=board][data-painted]")
    page.begin_twin()
    expect(page.dialog).to_contain_text("Nothing differs from the run")
    page.enter("Learning rate", "0.001")
    expect(page.dialog).to_contain_text("with learning rate 0.001 in place of 0.02")
    page.start_them("the twin")
    first, twin = page.runs
    assert first == "example"
    expect(page.page.get_by_text("They differ in learning rate: 0.02 and 0.001.")).to_be_visible()
    until(lambda: page.steps[1] > 0, 60, "the twin trains")
    page.finish()
    page.show_all([STEPS_OF_THE_EXAMPLE, STEPS_OF_THE_EXAMPLE])
    record = Run(own.runs / twin).record
    assert record["recipe"] == {**record["recipe"], "learning_rate": 0.001, "seed": example().record["recipe"]["seed"]}

    page.thumb.press("Home")  # one time line moves all
    page.show_all([0, 0])
    for name in (example().label, "learning rate 0.001"):
        column = page.column(name)
        expect(column.get_by_role("img", name=re.compile("^Filters of conv1"))).to_be_visible()
        expect(column.get_by_role("application", name=re.compile("^conv1"))).to_be_visible()
        expect(column).to_contain_text("Worst mistakes")
    same, other = (
        page.column(name).get_by_role("img", name=re.compile("^Filters"))
        for name in (example().label, "learning rate 0.001")
    )
    assert same.evaluate("canvas => canvas.toDataURL()") == other.evaluate("canvas => canvas.toDataURL()")
    assert page.row("learning rate 0.001")[0] == "0.001"

    for _ in range(4):
        page.thumb.press("ArrowRight")
    page.show_all([8, 8])
    until(lambda: page.query.get("step") == "8", 5, "the address says the step")
    guest = compare(page.address.removeprefix(own.url))  # somebody else opens the link
    guest.painted()
    assert guest.runs == page.runs
    guest.show_all([8, 8])


def test_both_begin_together_and_a_link_shows_their_mistakes(compare: Open) -> None:
    page = compare("/compare?runs=example").painted()
    page.begin_twin()
    page.enter("Learning rate", "0.1")
    with page.script_run():
        page.dialog.get_by_text("Train the run anew beside it").click()
    page.start_them("both")
    page.finish()
    assert "example" not in page.runs
    assert len(page.runs) == 2
    page.thumb.press("Home")
    page.show_all([0, 0])
    for _ in range(4):
        page.thumb.press("ArrowRight")
    page.show_all([8, 8])
    differ = page.section("Where they differ")
    until(lambda: differ.get_attribute("data-steps") == "8,8", 30, "the pairs are those of the step")
    pair = differ.get_by_role("button", name=re.compile(r"^[1-9]\d* images that .* has right and .* wrong")).last
    pair.click()
    expect(pair).to_have_attribute("aria-pressed", "true")
    chosen = differ.get_by_role("option").first
    expect(chosen).to_be_visible()
    name = chosen.get_attribute("data-image")
    chosen.click()  # the image is that of all columns
    until(lambda: page.query.get("image") == name, 5, "the address says the image")
    number = str(name).rpartition("-")[2]
    for run in ("learning rate 0.02", "learning rate 0.1"):
        expect(
            page.column(run).get_by_role("img", name=re.compile(f"^Validation image {number} at step 8"))
        ).to_be_visible()


def test_a_sweep_of_three_ends_with_its_best_named(compare: Open) -> None:
    page = compare("/compare?runs=example").painted()
    page.begin_twin()
    with page.script_run():
        page.dialog.get_by_text("A sweep over one setting").click()
    page.enter("Now 0.02", "0.0001, 0.01, 0.02")
    expect(page.dialog).to_contain_text("3 runs. It takes")
    page.start_them("3 runs")
    assert len(page.runs) == 3
    page.finish(120)
    sweep = page.section("Sweep")
    expect(sweep).to_contain_text("Best: ")
    assert sweep.get_attribute("data-best") in ("0.01", "0.02")
    expect(sweep.get_by_role("link")).to_have_text(["0.0001", "0.01", "0.02"])
    page.show_all([STEPS_OF_THE_EXAMPLE] * 3)


def test_a_run_that_lacks_the_step_shows_the_nearest_and_says_so(compare: Open, own: Server) -> None:
    thinned = Run(own.runs / put_run(own, "thinned"))
    put_run(own, "other")
    for step in thinned.steps():
        if step not in (0, 16, 200):
            thinned.step_path(step).unlink()
    page = compare("/compare?runs=other,thinned&step=64").painted()
    page.show_all([64, 16])
    expect(page.column("thinned")).to_contain_text("step 16, the nearest it has to 64")
    expect(page.column("other")).to_contain_text("step 64")
    page.page.get_by_role("radio", name="Share").click()
    until(lambda: page.query.get("by") == "share", 5, "the address says by what they are compared")
    expect(page.column("other")).to_contain_text("32 % of its training".replace(" ", "\u202f", 1))


def test_hover_reads_all_runs_at_a_step(compare: Open, own: Server) -> None:
    put_run(own, "other")
    page = compare("/compare?runs=example,other").painted()
    page.show_all([200, 200])
    chart = page.page.get_by_role("application", name=re.compile("^Accuracy, % of all runs"))
    before = page.row("other")
    box = chart.bounding_box()
    assert box
    page.page.mouse.move(box["x"] + 60, box["y"] + 60)
    expect(page.section("Runs")).to_contain_text("At the step under the pointer")
    until(lambda: page.row("other") != before, 5, "the table follows the pointer")
    assert page.row("other")[-5:-1] == page.row(example().label)[-5:-1]
    page.page.mouse.move(5, 5)
    until(lambda: page.row("other") == before, 5, "and goes back")


def test_what_was_changed_is_marked_on_the_curves_of_all(compare: Open, own: Server) -> None:
    other = Run(own.runs / put_run(own, "other"))
    other.add_event("changed", 32, settings={"learning_rate": 0.5})
    page = compare("/compare?runs=example,other").painted()
    expect(
        page.page.get_by_text("They began alike: the same settings, seed and data. What was changed")
    ).to_be_visible()
    words = "Step 32: other: Learning rate 0.5 in place of 0.02"
    mark = page.section("Curves").get_by_role("button", name=words, exact=True).first
    mark.hover()
    expect(page.page.get_by_role("tooltip")).to_have_text(words)
    mark.click()
    page.show_all([32, 32])
    page.page.get_by_role("radio", name="Share").click()
    expect(mark).to_be_visible()
    page.page.get_by_role("radio", name="Norms").click()
    expect(page.section("Curves").get_by_role("button", name=words, exact=True)).to_have_count(2)


def test_each_column_has_the_mistakes_of_its_run_at_the_step(compare: Open, own: Server) -> None:
    put_run(own, "other")
    page = compare("/compare?runs=example,other").painted()
    for key, step in (("End", STEPS_OF_THE_EXAMPLE), ("Home", 0)):
        page.thumb.press(key)
        page.show_all([step, step])
        counts = example().snapshot(step).confusion
        assert counts is not None
        wrong = counts.sum() - counts.trace()
        for name in (example().label, "other"):
            matrix = page.column(name).get_by_role("application", name=f"Mistakes at step {step}: {wrong} of 179")
            expect(matrix).to_be_visible()
            words = page.column(name).get_by_text(f"{wrong} of 179 validation images")
            assert words.evaluate("text => text.getBoundingClientRect().height") < 30, (
                "one line, in a narrow column too"
            )


def test_a_run_that_ended_before_its_first_step_says_so(compare: Open, own: Server) -> None:
    empty = Run(own.runs / put_run(own, "empty"))
    for path in empty.path.glob("*.safetensors"):
        path.unlink()
    page = compare("/compare?runs=example,empty").painted()
    expect(page.column("empty")).to_contain_text("no step is saved")
    expect(page.column("empty")).to_contain_text("It ended before its first step")
    expect(page.section("Where they differ")).to_contain_text("one of them has no saved step")


def test_an_explanation_stands_in_every_column(compare: Open, own: Server) -> None:
    put_run(own, "other")
    page = compare("/compare?runs=example,other").painted()
    page.page.get_by_label("Why it decided so").select_option("saliency")
    for name in (example().label, "other"):
        expect(page.column(name).locator("[data-map=there]")).to_be_visible(timeout=30_000)
    until(lambda: page.query.get("maps") == "saliency", 5, "the address says the method")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen_or_keeps_anybody_out(
    compare: Open, own: Server, theme: str
) -> None:
    many = train("digits", "alexnet_small", epochs=1, batch_size=512, out=own.runs)  # its filters are wider
    page = compare(f"/compare?runs=example,{many.id}", theme=theme, device=PHONE).painted()
    page.show_all([200, many.planned_steps])
    assert page.page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert barriers(page) == []
