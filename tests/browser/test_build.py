"""Build: from nothing to a network that trains; mistakes marked and mended; nothing is lost."""

from typing import Any

import pytest
import torch
from playwright.sync_api import expect

from cnnviz.networks.saved import read_network_link
from tests.browser.conftest import DESK, PHONE, OpenBuild
from tests.browser.serving import until
from tests.browser.test_looks import barriers, wide

pytestmark = pytest.mark.browser
slow = pytest.mark.slow
QUICK = 100  # ms from a change to its account
_ANSWER_TIME = """() => {
  const root = document.querySelector('[data-testid=stMain]');
  const find = (node) => node.querySelector?.('[data-part=builder]') ??
    [...node.querySelectorAll('*')].map((one) => one.shadowRoot && find(one.shadowRoot)).find(Boolean);
  const part = find(root);
  const field = part.querySelector('input[name=out_channels]');
  return new Promise((done) => {
    field.value = String(Number(field.value) + 1);
    const begun = performance.now();
    new MutationObserver((_, seen) => {
      if (part.dataset.draft !== 'judged') return;
      seen.disconnect();
      done(performance.now() - begun);
    }).observe(part, {attributes: true, attributeFilter: ['data-draft']});
    field.dispatchEvent(new Event('input', {bubbles: true}));
  });
}"""


@pytest.mark.slow
def test_a_layer_that_cannot_work_is_marked_and_mended_and_all_can_be_undone(build: OpenBuild) -> None:
    page = build()
    assert page.names == ["conv1", "relu1", "conv2", "relu2", "pool1", "flatten1", "fc1"]
    expect(page.card("conv1")).to_contain_text("(8 + 2·1 − 3)/1 + 1 = 8")
    page.set("conv2", "Padding", "0")
    page.set("conv2", "Kernel size", "11")
    assert page.wrong() == ["conv2"]
    expect(page.card("conv2")).to_contain_text("kernel 11x11 is larger than its input 8x8")
    expect(page.card("relu2")).to_contain_text("Not reached")
    expect(page.button("Train this network")).to_be_disabled()
    page.mend("conv2", "Padding 2")
    assert (page.wrong(), page.gives("conv2")) == ([], "32×2×2")
    for wanted in (["conv2"], [], []):  # the mend, the kernel, the padding
        page.page.keyboard.press("Control+z")
        page.judged()
        assert page.wrong() == wanted
    assert (page.gives("conv2"), page.button("Undo").is_disabled()) == ("32×8×8", True)


@slow
def test_a_network_is_built_from_nothing(build: OpenBuild) -> None:
    page = build()
    page.begin_with("Nothing: no layers yet")
    expect(page.part("builder")).to_contain_text("The network has no layers")
    for kind in ("Convolution", "ReLU", "Fully connected"):
        page.add(kind)
    assert page.wrong() == ["fc1"]
    page.mend("fc1", "Put flatten before it")
    page.add("Max pooling", before="flatten1")
    page.add("Residual block", before="pool1")
    page.add("Inception block", before="pool1")
    assert page.names == ["conv1", "relu1", "block1", "block2", "pool1", "flatten1", "fc1"]
    assert [page.gives(name) for name in page.names] == [
        *("16×6×6", "16×6×6", "16×6×6", "32×6×6", "32×3×3"),
        *("288 values", "10 values"),
    ]
    until(lambda: len(page.record.get("layers", [])) == len(page.names), 5, "the address follows")
    spec = read_network_link(page.link)
    assert spec.build(0)(torch.zeros(1, 1, 8, 8)).shape == (1, 10)
    count = sum(one.numel() for one in spec.build(0).parameters())
    expect(page.total).to_contain_text(f"{count:,}")


@slow
def test_layers_are_moved_by_mouse_by_buttons_and_by_keys(build: OpenBuild) -> None:
    page = build()
    before = page.names
    grip = page.button("Move relu1, 2 of 7, with the arrow keys").bounding_box()
    target = page.card("conv2").bounding_box()
    assert grip
    assert target
    page.page.mouse.move(grip["x"] + 8, grip["y"] + 20)
    page.page.mouse.down()
    page.page.mouse.move(grip["x"] + 8, target["y"] + target["height"] - 4, steps=5)
    page.page.mouse.up()
    page.judged()
    assert page.names == ["conv1", "conv2", "relu1", *before[3:]]
    page.head("relu1").focus()
    page.page.keyboard.press("Alt+ArrowUp")
    page.judged()
    assert page.names == before
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("Delete")
    page.judged()
    assert page.names == [name for name in before if name != "conv2"]
    page.open_layer("relu2")
    page.button("Move down relu2").click()
    page.judged()
    assert page.names == ["conv1", "relu1", "pool1", "relu2", "flatten1", "fc1"]
    page.button("Duplicate relu2").click()
    page.judged()
    assert "relu3" in page.names
    for _ in range(5):
        page.button("Undo").click()
    page.judged()
    assert page.names == before
    for _ in range(5):
        page.button("Redo").click()
    page.judged()
    assert "relu3" in page.names


@slow
def test_what_is_typed_is_kept_and_one_step_back(build: OpenBuild) -> None:
    page = build()
    field = page.field("conv1", "Filters")
    field.press("ControlOrMeta+a")
    field.press_sequentially("9999")
    page.judged()
    expect(page.card("conv1")).to_contain_text("Filters: 9999 is above 512; use 1 to 512.")
    expect(field).to_have_value("9999")
    page.mend("conv1", "Filters 512")
    expect(field).to_have_value("512")
    page.page.keyboard.press("Control+z")
    page.page.keyboard.press("Control+z")
    page.judged()
    expect(field).to_have_value("16")


@slow
def test_the_answer_to_a_change_is_quick(build: OpenBuild) -> None:
    page = build()
    page.open_layer("conv1")
    times = []
    for _ in range(9):
        times.append(page.page.evaluate(_ANSWER_TIME))
        page.judged()
    assert sorted(times)[4] < QUICK, times


@slow
def test_other_images_make_a_preset_anew_and_are_marked_in_a_network_of_ones_own(build: OpenBuild) -> None:
    page = build("network=lenet5")
    data = page.part("builder").get_by_label("Images")
    data.select_option("cifar100")
    page.judged()
    until(lambda: page.record.get("classes") == 100, 5, "the preset is made for 100 classes")
    assert read_network_link(page.link).outputs == 100
    assert page.wrong() == []
    page.set(page.names[-1], "Units", "99")
    assert page.wrong() == [page.names[-1]]
    page.mend(page.names[-1], "Units 100")
    assert page.wrong() == []
    data.select_option("fashion_mnist")
    page.judged()
    assert page.wrong() == [page.names[-1]]
    expect(page.card(page.names[-1])).to_contain_text("it gives 100 values for 10 classes; use units of 10.")


@slow
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_anybody_out(build: OpenBuild, theme: str, device: dict[str, Any]) -> None:
    page = build(theme=theme, device=device)
    page.set("conv2", "Kernel size", "12")
    assert barriers(page) == []
    assert wide(page) == []
