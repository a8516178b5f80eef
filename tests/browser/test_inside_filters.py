"""The weights of every layer: read, moved over, opened, linked, taken home; and what is not a number."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from cnnviz.runs import EXAMPLE_FOLDER, example
from tests.browser.conftest import PHONE
from tests.browser.inside_page import InsidePage
from tests.browser.serving import until
from tests.browser.test_looks import barriers
from tests.conftest import Server

pytestmark = pytest.mark.browser
Open = Callable[..., InsidePage]
LEVEL = 1 / 253  # of the largest weight: how far a byte may be off

# Four cells, the second not a number, enlarged so much: the colours in each, by the page's own modules.
_ENLARGED = """async (side) => {
  const loaded = performance.getEntriesByType('resource').map(({name}) => name);
  const load = (name) => import(loaded.find((one) => one.includes(`/${name}`)));
  const [{Sheets, enlarge}, {themeOf}] = await Promise.all(['shade.js', 'palette.js'].map(load));
  const canvas = Object.assign(document.createElement('canvas'), {width: 4 * side, height: side});
  const context = canvas.getContext('2d');
  context.imageSmoothingEnabled = false;
  const theme = themeOf(document.querySelector('[data-testid=stApp]'));
  const map = {values: Float32Array.from([1, NaN, -Infinity, 0]), rows: 1, columns: 4, full: 1};
  enlarge(context, theme, new Sheets().of('one', map, theme), 0, 0, 4 * side, side);
  return [0, 1, 2, 3].map((n) => {
    const {data} = context.getImageData(n * side, 0, side, side);
    return [...new Set(new Uint32Array(data.buffer))].map((word) => word & 255); // red alone tells them apart
  });
}"""
# A layer of this shape with all its kernels, at one and a half times the size: width, height, units, pixels a weight.
_OPENED = """async (shape) => {
  const loaded = performance.getEntriesByType('resource').map(({name}) => name);
  const load = (name) => import(loaded.find((one) => one.includes(`/${name}`)));
  const [{layOutKernels}, {themeOf}] = await Promise.all(['kernels.js', 'palette.js'].map(load));
  const theme = themeOf(document.querySelector('[data-testid=stApp]'));
  const opened = new Set(['one']);
  const layout = layOutKernels([{name: 'one', shape, scale: 1}], {theme, scale: 1.5, room: 1000, opened});
  const [{shownOutputs, w, wide}] = layout.blocks;
  return [layout.width, layout.height, shownOutputs, w / wide];
}"""
_THIRD = """canvas => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Uint32Array(data.buffer).filter((word) => word === 0xff7b746f).length;
}"""


def weights(step: int = 200) -> dict[str, np.ndarray]:
    """The example's own, with those of fc1 over the maps that it reads."""
    found = example().snapshot(step).weights
    return {**found, "fc1.weight": found["fc1.weight"].reshape(10, 32, 4, 4)}


def check_weight(page: InsidePage, name: str, step: int = 200) -> None:
    until(lambda: page.weight[0] == name, 3, f"{name} is pointed at")
    layer, _, rest = name.partition("[")
    own = weights(step)[f"{layer}.weight"]
    index = tuple(int(part) for part in rest.rstrip("]").split(","))
    assert page.weight[1] == pytest.approx(own[index], abs=float(np.abs(own).max()) * LEVEL)


@pytest.mark.slow
def test_a_very_large_layer_opens_no_larger_than_a_browser_can_draw(inside: Open) -> None:
    page = inside("picture=filters")
    for shape in ([512, 512, 3, 3], [512, 512, 8, 8], [64, 64, 3, 3]):
        width, height, shown, weight = page.page.evaluate(_OPENED, shape)
        assert width * height < 1.1 * 2**24
        assert weight >= 1
        assert shown == 512 or width * height > 0.9 * 2**24 or shape[0] == 64


@pytest.mark.slow
def test_weights_are_read_by_keys_and_open_their_unit_with_what_they_read(inside: Open) -> None:
    page = inside("picture=filters")
    page.kernels.focus()
    page.kernels.press("ArrowDown")
    check_weight(page, "conv1[0, 0, 0, 0]")
    expect(page.section("Filters")).to_contain_text("conv1[0] reads input[0]")
    page.kernels.press("ArrowDown")
    check_weight(page, "conv1[0, 0, 1, 0]")
    for _ in range(4 * 3):  # four kernels in a row, then the next layer
        page.kernels.press("ArrowRight")
    check_weight(page, "conv2[0, 0, 1, 0]")
    for key in ("ArrowDown", "ArrowDown", *["ArrowRight"] * 7):
        page.kernels.press(key)
    check_weight(page, "conv2[1, 2, 0, 1]")
    expect(page.section("Filters")).to_contain_text("conv2[1] reads relu1[2]")
    page.kernels.press("Enter")
    page.shows("conv2", 1, "4.4")
    expect(page.unit).to_have_attribute("data-source", "2")
    page.page.keyboard.press("Escape")
    expect(page.kernels).to_be_visible()
    check_weight(page, "conv2[1, 2, 0, 1]")
    until(lambda: page.query.get("picture") == "filters" and "unit" not in page.query, 3, "the address says so")


@pytest.mark.slow
def test_the_weights_of_a_row_lie_over_the_maps_it_reads(inside: Open) -> None:
    page = inside("picture=filters")
    box = page.kernels.bounding_box()
    assert box
    page.page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 100)
    until(lambda: page.weight[0].startswith("fc1["), 3, "a weight of fc1 is pointed at")
    name = page.weight[0]
    check_weight(page, name)
    unit, source, row, column = (int(part) for part in name[4:-1].split(","))
    expect(page.section("Filters")).to_contain_text(f"fc1[{unit}] reads pool1[{source}]")
    page.page.mouse.down()
    page.page.mouse.up()
    expect(page.unit).to_have_attribute("data-node", "fc1")
    expect(page.unit).to_have_attribute("data-unit", str(unit))
    expect(page.unit).to_have_attribute("data-source", str((source * 4 + row) * 4 + column))


@pytest.mark.slow
def test_the_scale_is_the_units_the_layers_or_all(inside: Open) -> None:
    page = inside("picture=filters")
    page.kernels.focus()
    page.kernels.press("ArrowDown")
    layer = np.abs(weights()["conv1.weight"])
    everything = max(np.abs(values).max() for name, values in weights().items() if name.endswith("weight"))
    for scale, full in (("Unit", layer[0].max()), ("Network", everything), ("Layer", layer.max())):
        page.page.get_by_role("radio", name=scale).click()
        until(lambda full=full: page.full == pytest.approx(full, rel=0.01), 3, f"the legend says {full}")  # type: ignore[misc]


@pytest.mark.slow
def test_they_follow_the_time_line_and_a_link_shows_them(inside: Open) -> None:
    page = inside()
    expect(page.section("Filters")).to_be_hidden()
    page.page.get_by_role("radio", name="Filters").click()
    until(lambda: page.query.get("picture") == "filters", 3, "the address names the filters")
    page.kernels.focus()
    page.kernels.press("ArrowDown")
    page.thumb.focus()
    page.thumb.press("Home")
    expect(page.section("Filters")).to_have_attribute("data-step", "0")
    check_weight(page, "conv1[0, 0, 0, 0]", step=0)
    until(lambda: page.query.get("step") == "0", 3, "the address names the step")
    other = inside(page.address.partition("?")[2])
    expect(other.section("Filters")).to_have_attribute("data-step", "0")
    other.page.get_by_role("radio", name="Maps").click()
    expect(other.columns).to_be_visible()
    until(lambda: "picture" not in other.query, 3, "the address forgets the filters")


@pytest.mark.slow
def test_all_kernels_can_be_shown(inside: Open) -> None:
    page = inside("picture=filters")
    low = page.kernels.bounding_box()
    page.button("Show all, conv2").click()
    expect(page.button("Show fewer, conv2")).to_be_focused()
    high = page.kernels.bounding_box()
    assert low
    assert high
    assert high["height"] > 1.8 * low["height"]  # all 32 units, not 16
    page.page.mouse.move(high["x"] + 400, high["y"] + high["height"] - 10)
    until(lambda: page.weight[0].startswith("conv2[31,"), 3, "the last unit is there")
    check_weight(page, page.weight[0])


@pytest.mark.slow
def test_weights_and_units_can_be_taken_home(inside: Open, tmp_path: Path) -> None:
    page = inside("picture=filters")
    with Image.open(page.take("the filters", "PNG", tmp_path)) as image:
        assert len(image.convert("RGB").getcolors(maxcolors=1 << 24)) > 100
    with np.load(page.take("the filters", "Numbers", tmp_path)) as taken:
        np.testing.assert_array_equal(taken["conv2.weight"], weights()["conv2.weight"])
    other = inside("layer=conv2&unit=5&cell=3.0")
    other.shows("conv2", 5, "3.0")
    with np.load(other.take("the unit", "Numbers", tmp_path)) as taken:
        assert taken["output"][3, 0] == pytest.approx(other.value, abs=1e-5)
        assert taken["products"].sum() + taken["bias"] == pytest.approx(other.value, abs=1e-5)
    table = other.take("the unit", "CSV", tmp_path)
    assert table.name == "example-200-conv2-5.csv"
    assert f"bias,conv2,5,,,{weights()['conv2.bias'][5]}"[:18] in table.read_text()


@pytest.mark.slow
def test_on_a_phone_one_layer_lies_below_another(inside: Open) -> None:
    page = inside("picture=filters", theme="dark", device=PHONE)
    box = page.kernels.bounding_box()
    assert box
    assert box["height"] > box["width"]
    assert page.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth")
    assert barriers(page) == []
    page.kernels.tap(position={"x": 20, "y": 60})
    expect(page.unit).to_have_attribute("data-node", "conv1")
    expect(page.unit).to_have_attribute("data-unit", "0")


@pytest.mark.slow
def test_a_run_that_broke_shows_what_is_not_a_number(shared: Server, inside: Open) -> None:
    broken = shared.runs / "broken"
    shutil.copytree(next(path for path in EXAMPLE_FOLDER.glob("*") if path.is_dir()), broken, dirs_exist_ok=True)
    (broken / "name.txt").write_text("Broken", "utf-8")  # others look for the example by its name
    file = broken / "step-00000200.safetensors"
    with safe_open(file, "np") as opened:
        words = opened.metadata()
    arrays = load_file(file)
    arrays["weight/conv1.weight"][3, 0, 1, 1] = np.nan
    arrays["probe/conv1"][3] = np.nan
    save_file(arrays, file, words)
    whole, page = inside(), inside("run=broken")
    columns = page.section("Network map").locator(".sheet > canvas").first
    assert columns.evaluate(_THIRD) > 50 + whole.section("Network map").locator(".sheet > canvas").first.evaluate(
        _THIRD
    )
    page.columns.focus()
    for _ in range(26):  # from the middle of the first map to the fourth
        page.columns.press("ArrowDown")
    expect(page.section("Network map")).to_contain_text("Not a number, everywhere on this image")
    page.columns.press("Enter")
    page.shows("conv1", 3, page.cell["cell"])
    assert page.cell["value"] == page.cell["torch"] == "NaN"
    assert page.cell["equal"] == "true"


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_not_a_number_is_hatched_at_any_size(inside: Open, theme: str) -> None:
    page = inside(theme=theme)
    for side in (40, 9, 6):
        positive, unknown, infinite, zero = page.page.evaluate(_ENLARGED, side)
        assert len(unknown) > 1, side
        assert [len(cell) for cell in (positive, infinite, zero)] == [1, 1, 1]
        assert positive != zero != infinite
    assert all(len(cell) == 1 for cell in page.page.evaluate(_ENLARGED, 1))  # each cell a pixel: still drawn
