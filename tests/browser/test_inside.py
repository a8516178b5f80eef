"""Every layer on one image, and every value in numbers: read, moved over, linked, compared with PyTorch."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, expect
from torch.nn import functional

import cnnviz.ui
from cnnviz.figures.units import unit_message
from cnnviz.inspection.units import open_unit
from tests.browser.inside_page import InsidePage, as_number
from tests.browser.serving import until
from tests.layers.hooked import OneLayer, alone, hooked, state_of
from tests.layers.kinds import KINDS

pytestmark = pytest.mark.browser
Open = Callable[..., InsidePage]
ASSETS = Path(cnnviz.ui.__file__).parent / "components" / "assets"

# Every cell of a message, worked out by the page's own modules: how far the furthest is from what PyTorch gave.
CELLS = """async ([message, wire, cells]) => {
  const load = (source) => import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
  const [{parse}, {cellAt}] = [await load(wire), await load(cells)];
  const opened = parse(Uint8Array.from(atob(message), (letter) => letter.charCodeAt(0)));
  const {values, shape: [rows, columns]} = opened.arrays.output;
  const found = {off: 0, equal: true, cells: 0};
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const cell = cellAt(opened, row, column);
    const expected = values[row * columns + column];
    found.off = Math.max(found.off, Math.abs(cell.value - expected) / Math.max(1, Math.abs(expected)));
    found.equal &&= cell.equal;
    found.cells++;
  }
  return found;
}"""


# What the page says that layers do, by the records that they send.
WORDS = """async ([cells]) => {
  const {kernelWord} = await import(URL.createObjectURL(new Blob([cells], {type: 'text/javascript'})));
  const unit = (name, weight, window = [1, 1], more = {}) => ({
    function: name, window, bias: 0, ...more,
    arrays: {weight: weight && {values: Float32Array.from(weight)}, values: {shape: [1, 8, 8]}},
  });
  return [
    unit('relu', [1]), unit('leaky_relu', [1], [1, 1], {slope: 0.1}), unit('tanh', [1]), unit('identity', null, [2, 2]),
    unit('identity', [1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9, 1 / 9], [3, 3]), unit('identity', [1]),
    unit('identity', [1, 2, 3, 4], [2, 2]), unit('identity', [3], [1, 1], {bias: 0.5}),
    unit('gelu', [1]), unit('elu', [1], [1, 1], {slope: 1}), unit('elu', [1], [1, 1], {slope: 0.5}),
  ].map(kernelWord);
}"""


def test_every_cell_of_every_kind_of_layer_is_worked_out_as_pytorch_does(browser: Browser) -> None:
    page = browser.new_page()
    modules = [(ASSETS / name).read_text() for name in ("wire.js", "cells.js")]
    for kind, (layer, shape) in KINDS.items():
        network, nodes = alone(layer, shape)
        given = hooked(network, nodes, np.random.default_rng(3).normal(size=shape).astype(np.float32))
        for node in nodes:
            for number in {0, node.shape[0] - 1}:
                opened = open_unit(OneLayer(nodes), state_of(network), given, node.name, number)  # type: ignore[arg-type]
                message = unit_message(SimpleNamespace(id="run"), 0, "image", opened)  # type: ignore[arg-type]
                found = page.evaluate(CELLS, [base64.b64encode(message).decode(), *modules])
                assert found["cells"] == np.prod(node.shape[1:] or (1,)), (kind, node.name)
                assert found["off"] < 1e-5, (kind, node.name, number)
                assert found["equal"], (kind, node.name, number)
    page.close()


def test_a_map_is_opened_by_keys_and_its_cell_is_pytorchs(inside: Open, seen: dict[str, torch.Tensor]) -> None:
    page = inside()
    page.columns.focus()
    for _ in range(2):
        page.columns.press("ArrowDown")
    expect(page.section("Network map")).to_contain_text("conv1[0, 5, 4] ≈ ")
    page.columns.press("Enter")
    page.shows("conv1", 0, "5.4")
    assert page.cell["equal"] == "true"
    assert page.value == pytest.approx(seen["conv1"][0, 0, 5, 4].item(), abs=1e-5)
    until(lambda: "arrow keys move the cell" in page.holds_the_keyboard, 2, "the keyboard moves the cell")
    for key, cell in (("ArrowRight", "5.5"), ("ArrowUp", "4.5"), ("End", "7.7"), ("Home", "0.0")):
        page.graph.press(key)
        page.shows("conv1", 0, cell)
        row, column = map(int, cell.split("."))
        assert page.value == pytest.approx(seen["conv1"][0, 0, row, column].item(), abs=1e-5)
    expect(page.unit).to_contain_text("Equal to PyTorch’s output.")
    page.button("Next unit").click()
    page.shows("conv1", 1, "0.0")
    page.page.keyboard.press("Escape")
    expect(page.columns).to_be_visible()
    expect(page.unit).to_be_hidden()
    until(lambda: "unit" not in page.query, 2, "the address forgets the unit")


@pytest.mark.slow
def test_a_cell_in_numbers_says_what_it_is_made_of(inside: Open, seen: dict[str, torch.Tensor]) -> None:
    page = inside("layer=conv2&unit=5&cell=3.0")
    page.shows("conv2", 5, "3.0")
    window = functional.pad(seen["relu1"][0], (1, 1, 1, 1))[:, 3:6, 0:3]
    sums = (window * seen["conv2.weight"][5]).sum((1, 2))
    assert page.value == pytest.approx(seen["conv2"][0, 5, 3, 0].item(), abs=1e-5)
    assert as_number(page.said("16 inputs")) == pytest.approx(sums.sum().item(), abs=6e-5)
    assert as_number(page.said("bias")) == pytest.approx(seen["conv2.bias"][5].item(), abs=6e-5)
    assert as_number(page.said("conv2[5, 3, 0]")) == pytest.approx(page.value, abs=6e-5)
    assert as_number(page.said("after ReLU")) == pytest.approx(max(0.0, page.value), abs=6e-5)
    bars = page.page.get_by_role("application", name=re.compile("left and right arrows choose the input"))
    bars.focus()
    bars.press("Home")
    for source in range(3):
        expect(page.unit).to_have_attribute("data-source", str(source))
        said = re.search(r"adds: (\S+);", bars.get_attribute("aria-label") or "")
        assert said
        assert as_number(said[1]) == pytest.approx(sums[source].item(), abs=6e-5)
        bars.press("ArrowRight")


@pytest.mark.slow
def test_the_lines_under_a_cell_follow_it(inside: Open, seen: dict[str, torch.Tensor]) -> None:
    page = inside("layer=conv2&unit=5&cell=3.0")
    page.shows("conv2", 5, "3.0")
    code = page.unit.get_by_label("Code for this value")
    for key, row, column in (("Shift", 3, 0), ("ArrowRight", 3, 1), ("ArrowDown", 4, 1)):
        page.graph.press(key)
        page.shows("conv2", 5, f"{row}.{column}")
        first, last = code.locator(".line").all_inner_texts()
        assert first == "conv2 = F.conv2d(relu1, network.conv2.weight, network.conv2.bias, stride=1, padding=1)"
        assert last == f"conv2[0, 5, {row}, {column}]  # {seen['conv2'][0, 5, row, column]:.4f}"
    other = inside("layer=fc1&unit=3")
    other.shows("fc1", 3, "0.0")
    last = other.unit.get_by_label("Code for this value").locator(".line").last
    assert last.inner_text() == f"fc1[0, 3]  # {seen['fc1'][0, 3]:.4f}"
    other.context.grant_permissions(["clipboard-read", "clipboard-write"])
    other.unit.get_by_role("button", name="Copy").click()
    expect(other.unit.get_by_text("Copied")).to_be_visible()
    copied = other.page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[-1] == last.inner_text()
    assert len(copied.splitlines()) == 2


@pytest.mark.slow
def test_pooling_rows_and_the_softmax_are_in_numbers_too(inside: Open, seen: dict[str, torch.Tensor]) -> None:
    page = inside("layer=pool1&unit=7&cell=1.2")
    page.shows("pool1", 7, "1.2")
    assert page.value == pytest.approx(seen["pool1"][0, 7, 1, 2].item(), abs=1e-6)
    expect(page.unit).to_contain_text("The largest of four wins")
    page.unit.get_by_role("button", name="Open relu2, map 7").click()
    row, column = divmod(int(seen["relu2"][0, 7, 2:4, 4:6].argmax()), 2)
    page.shows("relu2", 7, f"{2 + row}.{4 + column}")  # the winner
    assert page.value == pytest.approx(seen["pool1"][0, 7, 1, 2].item(), abs=1e-6)
    page.page.keyboard.press("Escape")
    box = page.section("Network map").get_by_role("img", name=re.compile("^Probabilities"))
    height = (box.bounding_box() or {})["height"]
    box.click(position={"x": 20, "y": height * 0.25})  # the third of ten classes
    expect(page.unit).to_have_attribute("data-node", "fc1")
    assert page.value == pytest.approx(seen["fc1"][0, 2].item(), abs=1e-5)
    shares = functional.softmax(seen["fc1"][0], 0)
    rows = page.unit.locator("table.classes tbody tr")
    assert [as_number(text) for text in rows.locator("td:nth-child(2)").all_inner_texts()] == pytest.approx(
        seen["fc1"][0].tolist(), abs=6e-5
    )
    assert [as_number(text) for text in rows.locator("td:nth-child(4)").all_inner_texts()] == pytest.approx(
        (shares * 100).tolist(), abs=0.051
    )
    expect(page.unit).to_contain_text(f"= {shares[2]:#.4g}")
    expect(page.unit.locator(".softmax")).to_have_attribute("data-equal", "true")


@pytest.mark.slow
def test_the_pointer_moves_the_cell_and_the_keys_and_a_link_keep_it(inside: Open) -> None:
    page = inside("layer=relu1&unit=2")
    page.shows("relu1", 2, "4.4")
    box = page.graph.bounding_box()
    assert box
    found: set[str] = set()
    for x in range(int(box["width"]) - 140, int(box["width"]), 19):
        page.page.mouse.move(box["x"] + x, box["y"] + box["height"] / 2)
        page.frames(2)
        found.add(page.cell["cell"])
    assert len(found) > 5  # over the output, eight columns wide, the cell follows
    page.page.mouse.move(box["x"] + 2, box["y"] + box["height"] - 4)
    page.shows("relu1", 2, "4.4")
    until(lambda: page.query.get("unit") == "2", 3, "the address names the unit")
    page.graph.press("ArrowLeft")
    until(lambda: page.query.get("cell") == "4.3", 3, "the address names the cell")
    other = inside(page.address.partition("?")[2])
    other.shows("relu1", 2, "4.3")
    assert other.value == page.value
    page.thumb.focus()
    page.thumb.press("Home")
    expect(page.unit).to_have_attribute("data-step", "0")
    page.shows("relu1", 2, "4.3")
    assert page.cell["equal"] == "true"


@pytest.mark.slow
def test_what_is_not_multiplied_is_not_told_as_a_product(inside: Open, seen: dict[str, torch.Tensor]) -> None:
    page = inside("layer=relu2&unit=3&cell=4.4")
    page.shows("relu2", 3, "4.4")
    expect(page.unit).to_contain_text(re.compile(r"max\(0, −?\d+\.\d{4}\) = "))
    said = re.search(r"max\(0, (\S+)\) = (\S+)", page.unit.locator(".sentence").inner_text())
    assert said
    assert as_number(said[1]) == pytest.approx(seen["conv2"][0, 3, 4, 4].item(), abs=6e-5)
    assert as_number(said[2]) == pytest.approx(seen["relu2"][0, 3, 4, 4].item(), abs=6e-5)
    expect(page.unit).not_to_contain_text("product")
    taken = page.page.evaluate(WORDS, [ASSETS.joinpath("cells.js").read_text()])
    usual = ["max(0, z)", "max(z, 0.1 z)", "tanh(z)", "largest of", "mean of", "as it is", "kernel", "factor"]
    assert taken == [*usual, "z × Φ(z)", "z or exp(z) − 1", "z or 0.5 (exp(z) − 1)"]


@pytest.mark.slow
def test_a_unit_that_is_not_there_is_said(inside: Open) -> None:
    page = inside("layer=conv9&unit=1")
    expect(page.part("inside")).to_contain_text("There is no layer 'conv9'")
    expect(page.columns).to_be_visible()


@pytest.mark.slow
def test_back_closes_an_opened_unit_and_closing_leaves_no_way_back_to_it(inside: Open) -> None:
    page = inside("layer=conv1")
    page.page.goto(f"{page.url}/inside?image=validation-7")  # where the last Back leads away from
    page.painted()
    page.columns.focus()
    page.columns.press("ArrowRight")
    page.columns.press("Enter")
    expect(page.unit).to_be_visible()
    layer = page.cell["node"]
    page.page.go_back()
    expect(page.columns).to_be_visible()
    expect(page.unit).to_be_hidden()
    assert page.holds_the_keyboard == page.columns.get_attribute("aria-label")
    assert page.query == {"image": "validation-7", "layer": layer}
    page.page.go_forward()
    expect(page.unit).to_have_attribute("data-node", layer)
    page.button("Network map").click()
    expect(page.columns).to_be_visible()
    until(lambda: "unit" not in page.query, 3, "the address names no unit")
    page.page.go_back()
    until(lambda: "image" not in page.query, 3, "the page before is shown")
