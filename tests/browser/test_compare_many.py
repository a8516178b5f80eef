"""Compare with many runs, with a twin of a twin, and with the images of a cell of a run's confusion matrix."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import expect

from cnnviz import twin
from cnnviz.runs import example
from tests.browser.compare_page import ComparePage
from tests.browser.pages import SOON
from tests.browser.serving import put_run, until
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., ComparePage]
STEPS_OF_THE_EXAMPLE = 200


def test_of_many_runs_all_are_on_the_curves_and_in_the_table_and_the_columns_are_paged(
    compare: Open, own: Server
) -> None:
    names = [put_run(own, f"run{number}") for number in range(1, 8)]
    page = compare(f"/compare?runs={','.join(names)}").painted()
    page.show_all([STEPS_OF_THE_EXAMPLE] * 7)
    expect(page.section("Runs").locator("tbody tr")).to_have_count(7)
    curves = page.page.get_by_role("application", name=re.compile("^Loss of all runs"))
    for name in names:
        expect(curves).to_have_attribute("aria-label", re.compile(rf"\b{name} [\d.]+"))
    pages = page.page.get_by_role("status").filter(has_text=re.compile(r"^Runs \d"))
    expect(pages).to_have_text(re.compile(r"^Runs 1 to \d of 7$"))
    last = page.column("run7").get_by_role("img", name=re.compile("^Filters of conv1"))
    expect(last).not_to_be_in_viewport()
    on = page.page.get_by_role("button", name="Next", exact=True)
    while on.is_enabled():
        before = pages.inner_text()
        on.press("Enter")
        expect(pages).not_to_have_text(before)
    expect(pages).to_have_text(re.compile(r"to 7 of 7$"))
    page.column("run7").scroll_into_view_if_needed()
    expect(page.column("run7").get_by_role("application", name=re.compile("^Mistakes at step 200"))).to_be_visible()
    page.thumb.press("Home")  # what comes into view is that of the time line
    page.show_all([0] * 7)
    page.page.get_by_role("button", name="Previous", exact=True).click()
    expect(page.column("run3").get_by_role("application", name=re.compile("^Mistakes at step 0"))).to_be_visible()


def test_a_cell_of_a_matrix_opens_the_images_of_its_run_at_the_step(compare: Open, own: Server) -> None:
    put_run(own, "other")
    page = compare("/compare?runs=example,other&step=8").painted()
    page.show_all([8, 8])
    counts = example().snapshot(8).confusion
    assert counts is not None
    wrong = counts - np.diag(np.diag(counts))
    label, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    column = page.column("other")
    matrix = column.get_by_role("application", name=re.compile("^Mistakes at step 8"))
    matrix.focus()
    for key, presses in (("ArrowDown", label + 1), ("ArrowRight", said)):  # the first press comes to the first cell
        for _ in range(int(presses)):
            matrix.press(key)
    matrix.press("Enter")
    images = column.get_by_role("group", name=f"Images of label {label}, predicted {said}")
    expect(images.get_by_role("option")).to_have_count(int(wrong.max()), timeout=SOON)
    expect(images).to_be_focused()
    expect(page.column(example().label).get_by_role("group", name=re.compile("^Images of label"))).to_have_count(0)
    first = images.get_by_role("option").first
    name = first.get_attribute("data-image")
    first.press("Enter")  # the image is that of all columns
    until(lambda: page.query.get("image") == name, 5, "the address says the image")
    page.show_all([8, 8])

    page.thumb.press("Home")
    page.show_all([0, 0])
    before = example().snapshot(0).confusion
    assert before is not None
    expect(images.get_by_role("option")).to_have_count(min(60, int(before[label, said])), timeout=SOON)
    images.press("Escape")
    expect(images).to_be_hidden()
    expect(column.get_by_role("application", name=re.compile("^Mistakes at step 0"))).to_be_focused()


def test_a_twin_of_a_twin_stands_beside_both_and_all_go_on_being_heard(compare: Open, own: Server) -> None:
    one = twin(example(), out=own.runs, learning_rate=0.1)
    other = twin(one, out=own.runs, optimizer="sgd")
    page = compare(f"/compare?runs=example,{one.id},{other.id}").painted()
    page.show_all([STEPS_OF_THE_EXAMPLE] * 3)
    page.begin_twin()
    with page.script_run():
        page.dialog.get_by_label("A copy of").click()
        page.page.get_by_role("option", name="optimizer SGD, learning rate 0.1", exact=True).click()
    page.enter("Learning rate", "0.3")
    expect(page.dialog).to_contain_text(f"As {other.id}, with learning rate 0.3 in place of 0.1.")
    page.start_them("the twin")
    assert page.runs[:3] == ["example", one.id, other.id]
    page.finish()
    page.show_all([STEPS_OF_THE_EXAMPLE] * 4)  # those that were there before are heard still
    name = "optimizer SGD, learning rate 0.3"
    assert page.row(name)[:3] == ["SGD", "0.3", "optimizer SGD, learning rate 0.1"]
    page.thumb.press("Home")
    page.show_all([0] * 4)
