"""Build: networks are kept, sent, taken home, brought in, and trained."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import expect

from cnnviz.networks import NETWORKS, NetworkSpec
from tests.browser.conftest import OpenBuild
from tests.browser.serving import until
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_network_is_saved_loaded_deleted_and_brought_back(build: OpenBuild) -> None:
    page = build()
    page.trouble.forgive("422")
    page.own_name.fill("Mine <b>1</b>")
    page.judged()
    page.button("Save").click()
    expect(page.part("builder")).to_contain_text("cannot be a saved network's name")
    page.own_name.fill("Mine 1")
    page.set("conv1", "Filters", "4")
    page.button("Save").click()
    expect(page.part("builder")).to_contain_text("Saved as Mine 1")
    other = build("network=lenet5")
    other.own_name.fill("Mine 1")
    other.judged()
    other.button("Save").click()
    expect(other.part("builder")).to_contain_text("There is a saved network Mine 1 already.")
    other.begin_with("Mine 1")
    assert other.gives("conv1") == "4×8×8"
    other.button("Open").click()
    other.button("Delete Mine 1").click()
    dialog = other.page.get_by_role("dialog", name="Open")
    expect(dialog).to_contain_text("Mine 1 was deleted.")
    expect(dialog.get_by_role("button", name="Mine 1", exact=True)).to_have_count(0)
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_role("button", name="Mine 1", exact=True)).to_be_visible()


def test_a_link_opens_the_same_with_its_mistakes(build: OpenBuild) -> None:
    page = build("network=tinyvgg")
    page.set("conv2", "Filters", "7")
    page.add("Flatten", before="conv3")
    until(lambda: len(page.record.get("layers", [])) == len(page.names), 5, "the address holds the network")
    there = build(page.address.partition("?")[2])
    assert there.names == page.names
    assert there.wrong() == page.wrong() == ["conv3"]
    assert there.gives("conv2") == page.gives("conv2")
    assert there.own_name.input_value() == page.own_name.input_value() == "My TinyVGG"


def test_a_reload_and_a_visit_to_another_page_lose_nothing(build: OpenBuild) -> None:
    page = build()
    page.set("conv1", "Filters", "5")
    page.page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    assert "network" not in page.query
    page.page.get_by_role("link", name="Build", exact=True).click()
    page.painted()
    assert page.gives("conv1") == "5×8×8"
    page.button("Undo").click()
    page.judged()
    assert page.gives("conv1") == "16×8×8"
    page.button("Redo").click()
    page.judged()
    until(lambda: page.record.get("layers", [{}])[0].get("out_channels") == 5, 5, "the address follows")
    page.page.reload()
    page.painted()
    assert page.gives("conv1") == "5×8×8"


def test_what_is_unfinished_is_kept_wherever_the_page_is_left(build: OpenBuild) -> None:
    page = build()
    page.field("conv1", "Filters").fill("0")
    page.page.reload()  # before the address can follow
    page.painted()
    assert page.wrong() == ["conv1"]
    page.button("Save").click()
    expect(page.part("builder")).to_contain_text("Saved as My Small for digits, unfinished. Layer 1 (conv1): Filters")
    page.page.get_by_role("link", name="Runs", exact=True).click()
    page.page.wait_for_url("**/runs")
    page.page.reload()
    page.page.get_by_role("link", name="Build", exact=True).click()
    page.painted()
    assert page.wrong() == ["conv1"]
    page.page.goto(f"{page.url}/build?network=lenet5")
    page.painted()
    assert page.wrong() == []
    page.button("Undo").click()
    page.judged()
    assert page.wrong() == ["conv1"]
    page.begin_with("My Small for digits")
    assert page.wrong() == ["conv1"]


def test_a_damaged_file_is_refused_and_a_good_one_opened(build: OpenBuild, tmp_path: Path) -> None:
    page = build()
    page.trouble.forgive("422")
    before = page.names
    for content, words in (
        (b"\x80\xff", "no text"),
        (b"{", "no JSON"),
        (b"{}", "no network"),
        (b'{"a": 1e999}', "no network"),
    ):
        file = tmp_path / "network.json"
        file.write_bytes(content)
        page.give_file(file)
        expect(page.page.get_by_role("dialog", name="Open")).to_contain_text(words)
        page.page.keyboard.press("Escape")
        assert page.names == before
    record = NETWORKS["lenet5"].spec((1, 28, 28), 10).to_record()
    record["layers"][2]["kernel_size"] = 77
    (tmp_path / "network.json").write_text(json.dumps(record))
    page.give_file(tmp_path / "network.json")
    until(lambda: page.names != before, 5, "the file is opened")
    page.judged()
    assert page.wrong() == [record["layers"][2]["name"]]


def test_what_is_downloaded_is_the_network(build: OpenBuild, tmp_path: Path) -> None:
    page = build("network=small_resnet")
    page.own_name.fill("Mine, too")
    page.judged()
    page.taken("Network (JSON)").save_as(tmp_path / "network.json")
    spec = NetworkSpec.from_record(json.loads((tmp_path / "network.json").read_text()))
    assert (spec.name, spec.layers) == ("Mine, too", NETWORKS["small_resnet"].spec((1, 8, 8), 10).layers)
    source = page.taken("PyTorch source")
    assert source.suggested_filename == "mine_too.py"
    source.save_as(tmp_path / "source.py")
    text = (tmp_path / "source.py").read_text()
    names: dict[str, Any] = {"__name__": "source"}
    exec(compile(text, "source.py", "exec"), names)
    theirs, ours = names["Network"]().eval(), spec.build(3).eval()
    theirs.load_state_dict(ours.state_dict())
    images = torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    assert torch.equal(theirs(images), ours(images))
    page.button("Code").click()
    expect(page.page.get_by_role("complementary", name="Code")).to_contain_text("class Network(nn.Module):")


def test_it_is_trained(build: OpenBuild, shared: Server) -> None:
    page = build()
    page.set("conv1", "Filters", "6")
    page.own_name.fill("Six")
    page.judged()
    page.button("Train this network").click()
    expect(page.recipe).to_be_visible(timeout=20_000)  # to be looked over before it starts
    expect(page.page.get_by_role("combobox", name="Network")).to_have_value("Six (yours)")
    page.button("Start").click()
    run = until(lambda: page.query.get("run"), 10, "the address names the run")
    expect(page.button("Pause")).to_be_visible(timeout=15_000)
    record = json.loads((shared.runs / run / "run.json").read_text())
    assert (record["network"]["name"], record["network"]["layers"][0]["out_channels"]) == ("Six", 6)
    page.stop()
    page.open_recipe()
    page.page.get_by_role("link", name="Change its layers in Build").click()
    page.painted()
    assert page.gives("conv1") == "6×8×8"
