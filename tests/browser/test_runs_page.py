"""Runs: open, rename, take home, delete and bring back."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Download, Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.pages import TrainPage
from tests.browser.serving import put_run, until
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def runs_page(shared: Server, tab: OpenTab, request: pytest.FixtureRequest) -> TrainPage:
    """The page, with a run of the test's own on it."""
    page = tab(shared)
    put_run(shared, name_of(request))
    page.page.goto(f"{shared.url}/runs")
    expect(page.page.get_by_text(name_of(request))).to_be_visible(timeout=15_000)
    return page


def name_of(request: pytest.FixtureRequest) -> str:
    return "digits_small-" + format(abs(hash(request.node.name)) % 36**6, "06d")[:6]


def row(page: TrainPage, name: str) -> Locator:
    return (
        page.page.get_by_test_id("stHorizontalBlock")
        .or_(page.page.locator("[class*=st-key-row-]"))
        .filter(has_text=name)
        .last
    )


def test_rename(runs_page: TrainPage, shared: Server, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    row(runs_page, name).get_by_role("button", name="Rename").click()
    box = runs_page.page.get_by_role("textbox", name="Name")
    box.fill("Seven *or* one?")
    box.press("Enter")
    expect(runs_page.page.get_by_text("Seven *or* one? finished")).to_be_visible()
    assert (shared.runs / name / "name.txt").read_text().strip() == "Seven *or* one?"
    runs_page.page.goto(f"{shared.url}/train?run={name}")
    runs_page.painted()
    expect(runs_page.button(re.compile(r"^Run Seven \*or\* one\? finished"))).to_be_visible()


def test_open(runs_page: TrainPage, request: pytest.FixtureRequest) -> None:
    row(runs_page, name_of(request)).get_by_role("button", name="Open").click()
    runs_page.painted().show(200)
    assert runs_page.query["run"] == name_of(request)


def test_download_is_the_whole_run(
    runs_page: TrainPage, shared: Server, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    name = name_of(request)
    got: list[Download] = []

    def keep(file: Download) -> None:  # got.append itself will not do: Playwright marks its handlers
        got.append(file)

    runs_page.page.on("download", keep)
    runs_page.context.on("page", lambda popup: popup.on("download", keep))
    row(runs_page, name).get_by_role("link", name="Download").click()
    until(lambda: runs_page.address and got, 10, "a file comes")
    assert got[0].suggested_filename == f"{name}.zip"
    got[0].save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert archive.testzip() is None
        inside = {Path(one).name for one in archive.namelist()}
    assert inside == {path.name for path in (shared.runs / name).iterdir() if path.name != "lock"}


def test_delete_and_undo(runs_page: TrainPage, shared: Server, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    row(runs_page, name).get_by_role("button", name="Delete").click()
    expect(runs_page.page.get_by_text(f"Deleted {name}.")).to_be_visible()
    expect(row(runs_page, f"{name} finished")).to_have_count(0)
    assert not (shared.runs / name).exists()
    runs_page.button("Undo").click()
    expect(runs_page.page.get_by_text(f"{name} finished")).to_be_visible()
    assert (shared.runs / name / "run.json").exists()
    expect(runs_page.button("Undo")).to_have_count(0)


def test_what_a_stranger_started_can_be_neither_renamed_nor_deleted(
    training: TrainPage, shared: Server, tab: OpenTab
) -> None:
    name = training.query["run"]
    other = tab(shared)
    other.page.goto(f"{shared.url}/runs")
    expect(row(other, name).get_by_role("button", name="Open")).to_be_visible(timeout=15_000)
    expect(row(other, name).get_by_role("button", name="Rename")).to_have_count(0)
    expect(row(other, name).get_by_role("button", name="Delete")).to_have_count(0)
    training.page.get_by_role("link", name="Runs", exact=True).click()
    expect(row(training, name).get_by_role("button", name="Rename")).to_be_visible()
    expect(row(training, name).get_by_role("button", name="Delete")).to_be_disabled()  # it trains
    row(training, name).get_by_role("button", name="Open").click()
    training.painted()
    expect(training.button("Stop")).to_be_visible()
