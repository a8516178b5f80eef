"""Data: the sets, what is done to their images, archives, and sets made of drawings and photographs."""

import re
import socket
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from cnnviz.datasets import Preparation, dataset
from cnnviz.datasets.own import own_sets
from cnnviz.runs import Run
from tests.browser.conftest import PHONE
from tests.browser.data_page import DataPage
from tests.browser.pages import SOON, TrainPage
from tests.browser.serving import until
from tests.chromium import FLAGS, find
from tests.conftest import Server
from tests.datasets.pictures import picture, pictures, zipped

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Open = Callable[..., DataPage]
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture
def opened(person: Callable[..., BrowserContext]) -> Iterator[Open]:
    """Opens the page of a server; nothing may break in it."""
    pages: list[DataPage] = []

    def make(server: Server, query: str = "", context: BrowserContext | None = None, **person_is: object) -> DataPage:
        pages.append(DataPage(context or person(**person_is), server.url))
        return pages[-1].open(query)

    yield make
    for page in pages:
        page.check()


def train_page(page: DataPage) -> TrainPage:
    """The page of the same tab, once it is Train."""
    page.page.wait_for_url(re.compile("/train"))
    page.page.wait_for_selector("[data-part=board][data-painted]", timeout=SOON)
    train = TrainPage.__new__(TrainPage)
    train.context, train.url, train.page, train.trouble, train.sockets = (
        page.page.context, page.url, page.page, page.trouble, [],
    )  # fmt: skip
    return train


def test_counts_examples_and_means_follow_the_preparation(shared: Server, opened: Open) -> None:
    page = opened(shared, "data=digits")
    plain = dataset("digits").counts()
    assert page.counts == np.stack([plain[part] for part in ("train", "validation", "test")], axis=1).tolist()
    examples, mean = page.pixels("images labelled 3"), page.pixels("Mean image of 3")
    page.field("Preparation", "Balance").check()
    balanced = dataset("digits").counts(None, Preparation(balance=True))
    until(lambda: [row[0] for row in page.counts] == balanced["train"].tolist(), 5, "the counts are balanced")
    page.field("Preparation", "Size").fill("4")
    until(lambda: page.pixels("images labelled 3") != examples, 5, "the examples are smaller")
    until(lambda: page.pixels("Mean image of 3") != mean, 5, "the mean is smaller")
    page.move("Preparation", "Label noise", 40)
    expect(page.page.get_by_text(re.compile(r"Framed: \d+ of these \d+ have a wrong label"))).to_be_visible()
    until(lambda: "prepare=size" in page.page.evaluate("location.href"), 5, "the address says it")


def test_on_a_phone_what_is_chosen_comes_into_sight(shared: Server, opened: Open) -> None:
    page = opened(shared, device=PHONE)
    for choose, name in ((lambda: page.choose("Faces"), "Faces"), (page.button("Make").click, "Make your own")):
        choose()
        heading = page.page.get_by_role("heading", name=name, exact=True)
        until(lambda heading=heading: 0 <= heading.bounding_box()["y"] < 200, 5, f"{name} is at the top")


def test_augmentation_is_seen_while_a_slider_is_moved(shared: Server, opened: Open) -> None:
    page = opened(shared, "data=digits")
    sheet = re.compile("images, each as it is and 8 times varied")
    expect(page.page.get_by_text("Nothing is varied yet")).to_be_visible()
    seen = [page.pixels(sheet)]
    for place in (10, 60):
        page.move("Augmentation", "Rotate", place)
        until(lambda: page.pixels(sheet) != seen[-1], 5, "the images are turned")
        page.page.wait_for_function(
            "place => new URL(location.href).searchParams.get('vary') === `rotate:${place}`", arg=place
        )
        seen.append(page.pixels(sheet))
    page.button("Draw again").click()
    until(lambda: page.pixels(sheet) != seen[-1], 5, "other random numbers are drawn")
    page.move("Augmentation", "Rotate", 0)
    until(lambda: page.pixels(sheet) == seen[0], 5, "all is as it was")


def test_a_link_shows_the_same_elsewhere(shared: Server, opened: Open) -> None:
    page = opened(shared, "data=faces&prepare=size:16&vary=flip:0.5,rotate:30")
    expect(page.page.get_by_role("heading", name="Faces")).to_be_visible()
    expect(page.field("Preparation", "Size")).to_have_value("16")
    expect(page.field("Augmentation", "Flip")).to_have_attribute("aria-valuetext", "0.5")
    expect(page.field("Augmentation", "Rotate")).to_have_attribute("aria-valuetext", "30")
    page.button("Code").click()
    code = page.page.get_by_role("complementary", name="Code")
    expect(code).to_contain_text("# cnnviz train --dataset faces --size 16 --rotate 30.0 --flip 0.5")
    page.move("Preparation", "Fraction", 50)
    expect(code).to_contain_text("Preparation(size=16, fraction=0.032)")


def test_train_on_this_fills_the_form(shared: Server, opened: Open) -> None:
    page = opened(shared, "data=faces&prepare=fraction:0.5&vary=flip:0.5")
    page.button("Train on this").click()
    train = train_page(page)
    expect(train.recipe).to_be_visible()
    expect(train.recipe).to_contain_text("Prepared: fraction 0.5. Augmented: flip 0.5.")
    expect(train.recipe).to_contain_text("Faces: ")
    train.recipe.get_by_role("link", name="See and change it in Data").click()
    expect(page.page.get_by_role("heading", name="Faces")).to_be_visible(timeout=SOON)


def test_an_archive_becomes_a_set_and_what_is_left_out_is_named(own: Server, opened: Open) -> None:
    page = opened(own)
    page.button("Bring in pictures").click()
    wrong = {"dogs/notes.txt": b"none", "cats/broken.png": b"\x89PNG", "dogs/more.zip": b"x"}
    files = {**pictures({"cats": 5, "dogs": 4}), **wrong}
    page.send_zip("pets.zip", zipped(files))
    said = page.page.get_by_text("9 pictures of 2 classes are the data set pets; 3 files are left out")
    expect(said).to_be_visible(timeout=SOON)
    for name in wrong:
        expect(page.page.get_by_role("listitem").filter(has_text=name)).to_be_visible()
    page.button("See the data set").click()
    page.seen()
    until(lambda: page.counts == [[3, 1, 1], [2, 1, 1]], 20, "the counts are those of the set")
    page.button("Delete").click()
    page.button("Delete for good").click()
    expect(page.sets.get_by_text("pets")).to_have_count(0)
    assert "pets" not in [one.title for one in own_sets().values()]


def test_an_archive_that_is_none_is_said_and_the_next_one_taken(own: Server, opened: Open) -> None:
    page = opened(own)
    page.button("Bring in pictures").click()
    for content, sentence in (
        (b"no archive at all", "pets.zip is no ZIP archive"),
        (zipped(pictures({"cats": 5})), "found were only those of cats"),
        (zipped({"a/../../x.png": picture(), "b.txt": b""}), "found were none"),
    ):
        page.send_zip("pets.zip", content)
        expect(page.page.get_by_text(sentence)).to_be_visible(timeout=SOON)
        expect(page.button("See the data set")).to_be_hidden()
    page.send_zip("pets.zip", zipped(pictures({"cats": 3, "dogs": 3})))
    expect(page.button("See the data set")).to_be_visible(timeout=SOON)
    assert len(own_sets()) == 1


@pytest.mark.parametrize("device", ["desk", "phone"])
def test_a_set_is_drawn_on_the_pad_and_trained(own: Server, opened: Open, device: str) -> None:
    page = opened(own, **({"device": PHONE} if device == "phone" else {}))
    page.button("Make your own").click()
    for at, name in enumerate(("upright", "flat")):
        box = page.page.get_by_role("textbox", name=f"Name of class {at + 1}")
        box.fill(name)
        box.press("Enter")
        card = page.own_class(name)
        card.get_by_role("button", name="Draw").click()
        for number in range(6):
            place = 0.3 + 0.06 * number
            ends = ((place, 0.15), (place + 0.04, 0.85)) if name == "upright" else ((0.15, place), (0.85, place + 0.04))
            page.stroke(card, *ends)
            expect(card.get_by_text(f"{number + 1} picture")).to_be_visible()
        if at == 0:
            expect(page.page.get_by_text("needs 3 more pictures.")).to_be_visible()
            expect(page.button("Make the data set")).to_be_disabled()
    page.own_class("flat").get_by_role("button", name="Remove picture 2 of flat").click()
    expect(page.own_class("flat").get_by_text("5 pictures")).to_be_visible()
    expect(page.own_class("flat").get_by_role("button", name="Remove picture 1 of flat")).to_be_focused()
    page.own_class("flat").get_by_role("button", name=re.compile("^Bring back")).click()
    expect(page.own_class("flat").get_by_text("6 pictures")).to_be_visible()
    page.own_class("flat").get_by_role("button", name="Remove picture 2 of flat").click()
    page.page.reload()  # nothing is lost
    page.button("Make your own").click()
    expect(page.own_class("upright").get_by_text("6 pictures")).to_be_visible(timeout=SOON)
    page.button("Make the data set").click()
    expect(page.page.get_by_role("heading", name="My classes")).to_be_visible(timeout=SOON)
    page.seen()
    assert [sum(row) for row in page.counts] == [6, 5]
    page.button("Train on this").click()
    train = train_page(page)
    train.at_rest()
    train.button("Start").click()
    until(lambda: train.query.get("run", "example") != "example", 20, "the address names the new run")
    run = Run(own.runs / train.query["run"])
    until(lambda: run.status().state == "finished", 60, "it is trained")
    assert run.record["classes"] == ["upright", "flat"]
    assert (run.last_validation_accuracy() or 0) == 1


def test_pictures_come_from_files_and_what_is_none_is_named(own: Server, opened: Open) -> None:
    page = opened(own)
    page.button("Make your own").click()
    card = page.own_class("Class 1")
    expect(card).to_be_visible(timeout=SOON)
    page.trouble.forgive("422.*/add", "status of 422")  # which the browser writes on its console
    page.add_files(card, {"a.png": picture(1), "b.png": b"none", "c.png": picture(2)})
    expect(card.get_by_text("2 pictures")).to_be_visible(timeout=SOON)
    expect(page.page.get_by_text("Left out is b.png: The file is no picture")).to_be_visible()
    page.button("Add a class").click()
    expect(page.own_class("Class 3")).to_be_visible()
    page.own_class("Class 1").get_by_role("button", name="Remove class").click()
    page.own_class("Class 1").get_by_role("button", name="Remove them").click()
    expect(page.own_class("Class 1")).to_have_count(0)
    page.button("Throw it all away").click()
    page.button("Throw away").last.click()
    expect(page.own_class("Class 1")).to_be_visible()


def test_a_drawing_waits_for_a_server_that_does_not_answer(own: Server, opened: Open) -> None:
    page = opened(own)
    page.button("Make your own").click()
    card = page.own_class("Class 1")
    card.get_by_role("button", name="Draw").click()
    page.trouble.forgive("add?", "ERR_FAILED")
    page.page.route("**/add?*", lambda route: route.abort())
    page.stroke(card, (0.2, 0.5), (0.8, 0.5))
    expect(page.page.get_by_text("The server does not answer; what is made here is kept")).to_be_visible()
    expect(card.get_by_text("0 pictures, 1 coming")).to_be_visible()
    page.page.unroute("**/add?*")
    expect(card.get_by_text("1 picture", exact=True)).to_be_visible()
    expect(page.page.get_by_text("The server does not answer")).to_be_hidden()


def test_pictures_come_from_the_camera_one_a_click_and_many_while_held(
    own: Server, opened: Open, browser: Browser
) -> None:
    seeing = browser.browser_type.launch(executable_path=find(), args=[*FLAGS, *CAMERA])
    try:
        context = seeing.new_context(viewport={"width": 1440, "height": 900})
        page = opened(own, context=context)
        page.button("Make your own").click()
        card = page.own_class("Class 1")
        card.get_by_role("button", name="Camera").click()
        take = page.button("Take, or hold for many")
        expect(take).to_be_enabled(timeout=SOON)
        take.click()
        expect(card.get_by_text("1 picture", exact=True)).to_be_visible()
        take.hover()
        page.page.mouse.down()
        until(lambda: card.get_by_role("listitem").count() >= 6, 10, "many come")
        page.page.mouse.up()
        card.get_by_role("button", name="Camera").click()
        expect(page.page.locator("video")).to_have_count(0)
        page.check()
    finally:
        seeing.close()


def test_where_there_is_no_camera_a_sentence_says_what_would_do(shared: Server, opened: Open) -> None:
    page = opened(shared)
    page.button("Make your own").click()
    card = page.own_class("Class 1")
    card.get_by_role("button", name="Camera").click()
    expect(card.get_by_role("alert")).to_contain_text("Draw", timeout=SOON)
    expect(page.button("Take, or hold for many")).to_be_hidden()
    card.get_by_role("button", name="Draw").click()
    expect(card.get_by_role("application")).to_be_visible()


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A network on which nobody answers, for servers that start from now on; and how to make it none at all."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield listener.close


def test_a_download_can_be_cancelled_and_offline_it_names_the_folder(
    silent: Callable[[], None], own: Server, opened: Open
) -> None:
    page = opened(own)
    page.choose("MNIST")
    expect(page.page.get_by_text(re.compile("It is not here yet. Fetch it, or put .*MNIST/raw"))).to_be_visible()
    expect(page.button("Train on this")).to_be_hidden()
    download = page.button(re.compile("^Download, 12"))
    download.click()
    expect(page.page.get_by_role("progressbar")).to_be_visible()
    page.button("Cancel").click()
    expect(page.page.get_by_text("Cancelled.")).to_be_visible(timeout=SOON)
    silent()
    download.click()
    offline = re.compile(
        "MNIST could not be fetched: .* Without a network, put train-images-idx3-ubyte.* into .*MNIST/raw"
    )
    expect(page.page.get_by_text(offline)).to_be_visible(timeout=60_000)
    expect(download).to_be_visible()
