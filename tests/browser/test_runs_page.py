"""Runs: find, open, name, annotate, compare, take home, bring in, delete and bring back."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Download, Locator, expect

from cnnviz.runs import Run, write_archive
from tests.browser.conftest import OpenTab
from tests.browser.pages import TrainPage
from tests.browser.serving import put_run, until
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def runs_page(shared: Server, tab: OpenTab, request: pytest.FixtureRequest) -> TrainPage:
    """The page, with a run of the test's own on it."""
    page = tab(shared)
    shutil.rmtree(shared.runs / name_of(request), ignore_errors=True)  # of a try before
    put_run(shared, name_of(request))
    page.page.goto(f"{shared.url}/runs")
    expect(page.page.get_by_text(f"{name_of(request)} finished")).to_be_visible(timeout=15_000)
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


def more(page: TrainPage, name: str) -> None:
    """Open what there is more of a run."""
    row(page, name).get_by_role("button", name="More").click()


def taken(page: TrainPage, link: str) -> Download:
    """What comes when a link is followed."""
    got: list[Download] = []

    def keep(file: Download) -> None:  # got.append itself will not do: Playwright marks its handlers
        got.append(file)

    page.page.on("download", keep)
    page.context.on("page", lambda popup: popup.on("download", keep))
    page.page.get_by_role("link", name=link).click()
    until(lambda: page.address and got, 20, "a file comes")
    return got[0]


def test_rename(runs_page: TrainPage, shared: Server, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    more(runs_page, name)
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
    more(runs_page, name)
    got = taken(runs_page, "Download the run as one file")
    assert got.suggested_filename == f"{name}.zip"
    got.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert archive.testzip() is None
        inside = {Path(one).name for one in archive.namelist()}
    assert inside == {path.name for path in (shared.runs / name).iterdir() if path.name != "lock"}


def test_events_for_tensorboard_come_as_a_file(
    runs_page: TrainPage, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    more(runs_page, name_of(request))
    taken(runs_page, "TensorBoard events").save_as(tmp_path / "events.zip")
    with zipfile.ZipFile(tmp_path / "events.zip") as archive:
        assert any("events.out.tfevents" in name for name in archive.namelist())


def test_a_note_is_kept_and_runs_are_found_by_it(runs_page: TrainPage, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    more(runs_page, name)
    box = runs_page.page.get_by_role("textbox", name="Note")
    box.fill(f"Learned quickly {name[-4:]}")
    box.press("Control+Enter")
    runs_page.page.keyboard.press("Escape")
    expect(runs_page.page.get_by_text(f"Learned quickly {name[-4:]}")).to_be_visible()
    runs_page.page.get_by_label("Find runs").first.fill(f"quickly {name[-4:]}")
    expect(runs_page.page.get_by_role("button", name="Open")).to_have_count(1)
    expect(row(runs_page, name).get_by_role("button", name="Open")).to_be_visible()
    runs_page.page.get_by_label("Find runs").first.fill("no such word")
    expect(runs_page.page.get_by_text("No run has no such word")).to_be_visible()


def test_chosen_runs_are_compared_in_a_table(
    runs_page: TrainPage, shared: Server, request: pytest.FixtureRequest
) -> None:
    other = "other-" + name_of(request).removeprefix("digits_small-")
    shutil.rmtree(shared.runs / other, ignore_errors=True)  # of a try before
    put_run(shared, other)
    runs_page.page.reload()
    expect(runs_page.page.get_by_text(f"{other} finished")).to_be_visible(timeout=15_000)
    for name in (name_of(request), other):
        row(runs_page, name).get_by_text(f"Compare {name}").locator("xpath=ancestor::label").click()
        expect(row(runs_page, name).get_by_role("checkbox")).to_be_checked()
    runs_page.button("Compare").click()
    table = runs_page.page.get_by_role("dialog").locator("canvas table")  # which a screen reader is given
    expect(table.get_by_text("Best validation")).to_be_attached(timeout=15_000)
    expect(table.get_by_text(name_of(request))).to_be_attached()
    runs_page.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    runs_page.button("Clear").click()
    expect(runs_page.button("Compare")).to_have_count(0)


def test_a_file_becomes_a_run_and_what_is_none_is_said(
    runs_page: TrainPage, shared: Server, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    name, file = name_of(request), tmp_path / "run.zip"
    runs_page.trouble.forgive("422")
    write_archive(Run(shared.runs / name), file)
    (tmp_path / "torn.zip").write_bytes(file.read_bytes()[:5_000])
    runs_page.button("Bring in a run").click()
    for path, answer in (
        (tmp_path / "torn.zip", "torn.zip is no zip file, or is damaged"),
        (file, "A run's file as Download gives it"),
    ):
        with runs_page.page.expect_file_chooser() as chooser:
            runs_page.button("Choose a file").click()
        chooser.value.set_files(path)
        expect(runs_page.page.get_by_role("status").filter(has_text=answer)).to_be_visible(timeout=30_000)
    expect(runs_page.page.get_by_text("Brought in digits_small-")).to_be_visible()
    runs_page.page.keyboard.press("Escape")
    runs_page.button("Open it").click()
    runs_page.painted().show(200)
    assert runs_page.query["run"] != name
    assert Run(shared.runs / runs_page.query["run"]).steps() == Run(shared.runs / name).steps()


def test_delete_and_undo(runs_page: TrainPage, shared: Server, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    more(runs_page, name)
    runs_page.button("Delete").click()
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
    training.pause()  # so that it is not over before all is looked at
    other = tab(shared)
    other.page.goto(f"{shared.url}/runs")
    expect(row(other, name).get_by_role("button", name="Open")).to_be_visible(timeout=15_000)
    more(other, name)
    expect(other.page.get_by_role("link", name="Download the run as one file")).to_be_visible()
    expect(other.page.get_by_role("textbox", name="Name")).to_have_count(0)
    expect(other.page.get_by_role("button", name="Delete")).to_have_count(0)
    training.page.get_by_role("link", name="Runs", exact=True).click()
    more(training, name)
    expect(training.page.get_by_role("textbox", name="Name")).to_be_visible()
    expect(training.page.get_by_role("button", name="Delete")).to_be_disabled()  # it may go on
    training.page.keyboard.press("Escape")
    row(training, name).get_by_role("button", name="Open").click()
    training.painted()
    expect(training.button("Stop")).to_be_visible()
