"""Any picture and its numbers can be taken home; the test part is looked at on demand only."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.pages import TrainPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_every_picture_is_saved_as_seen(example: TrainPage, tmp_path: Path) -> None:
    for what in ("the loss curve", "the accuracy curve", "the maps", "the filters", "the mistakes"):
        with Image.open(example.take(what, "PNG", tmp_path)) as image:
            assert image.format == "PNG"
            assert min(image.size) > 300, what  # twice what is on screen
            assert len(image.convert("RGB").getcolors(maxcolors=1 << 24)) > 10, what


def test_the_numbers_are_those_of_the_step_on_screen(example: TrainPage, tmp_path: Path) -> None:
    example.thumb.focus()
    example.thumb.press("Home")
    example.show(0)
    with np.load(example.take("the maps", "Numbers", tmp_path)) as maps:
        assert maps["conv1"].shape == (16, 8, 8)
        first = maps["conv1"].copy()
    example.thumb.press("End")
    example.show(200)
    with np.load(example.take("the maps", "Numbers", tmp_path)) as maps:
        assert not np.allclose(maps["conv1"], first)
    with np.load(example.take("the filters", "Numbers", tmp_path)) as filters:
        assert filters["conv1.weight"].shape == (16, 1, 3, 3)
    with example.take("the mistakes", "Numbers", tmp_path).open(newline="") as file:
        counts = np.array([row[1:] for row in csv.reader(file)][1:], int)
    errors = f"{counts.sum() - counts.trace()} of {counts.sum()} validation images"
    expect(example.section("Mistakes")).to_contain_text(errors)
    with example.take("the loss curve", "Numbers", tmp_path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(201))
    assert float(rows[-1]["validation_loss"]) == pytest.approx(float(example.number["Validation loss"]), abs=5e-4)


def test_evaluate_says_how_it_does_on_the_test_part(example: TrainPage) -> None:
    assert "Test accuracy" not in example.section("Mistakes").inner_text()
    example.button("Evaluate on the test part").click()
    said = example.section("Mistakes").get_by_text("Test accuracy")
    expect(said).to_be_visible(timeout=20_000)
    percent, right, count, step = re.search(
        r"Test accuracy ([\d.]+)\s%\s\((\d+) of (\d+) images\), step (\d+)", said.inner_text()
    ).groups()
    assert int(step) == 200
    assert abs(int(count) - 1797 / 5) < 1  # a fifth of all
    assert float(percent) == pytest.approx(100 * int(right) / int(count), abs=0.06)
    assert int(right) > 330


def test_precision_and_recall_by_class(example: TrainPage) -> None:
    example.button("By class").click()
    table = example.section("Mistakes").get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(11)
    expect(table).to_contain_text(re.compile("precision", re.I))
    example.button("Matrix").click()
    expect(table).to_be_hidden()


def test_study_opens_charts_with_the_numbers(example: TrainPage) -> None:
    example.button(re.compile("Study curves")).click()
    dialog = example.page.get_by_role("dialog")
    expect(dialog.locator(".js-plotly-plot")).to_have_count(3, timeout=20_000)
    expect(dialog).to_contain_text("Precision and recall by class, validation images, step 200")
