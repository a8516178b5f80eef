"""Tabs to look through, in both themes and on a desk or a phone, and one server for all tests that leave it whole."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, BrowserContext
from torch.nn import functional

from cnnviz import runs
from cnnviz.inspection import load_network
from cnnviz.training.questions import LookAt
from tests.browser.build_page import BuildPage
from tests.browser.compare_page import ComparePage
from tests.browser.inside_page import InsidePage
from tests.browser.pages import TrainPage
from tests.browser.serving import serving
from tests.conftest import Server

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
OpenTab = Callable[..., TrainPage]
OpenBuild = Callable[..., BuildPage]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests share: runs may be added, nothing else may be changed."""
    with serving(tmp_path_factory.mktemp("shared")) as server:
        yield server


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A fresh server of this test alone; nobody has opened a page of it."""
    with serving(tmp_path / "own") as server:
        yield server


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Another person: a browser with cookies of its own."""
    contexts: list[BrowserContext] = []

    def make(theme: str = "light", device: dict[str, Any] = DESK, **more: Any) -> BrowserContext:
        contexts.append(browser.new_context(color_scheme=theme, **device, **more))
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def tab(person: Callable[..., BrowserContext]) -> Iterator[OpenTab]:
    """Opens tabs, `tab(server)` or `tab(server, context)`, and in the end checks that nothing broke in any of them."""
    tabs: list[TrainPage] = []

    def make(server: Server, context: BrowserContext | None = None, **person_is: Any) -> TrainPage:
        tabs.append(TrainPage(context or person(**person_is), server.url))
        return tabs[-1]

    yield make
    for one in tabs:
        one.check()


@pytest.fixture
def training(shared: Server, tab: OpenTab) -> Iterator[TrainPage]:
    """A tab in which a run trains, slowly enough to be seen; it is stopped afterwards, since few train at once."""
    page = tab(shared).open()
    page.start()
    yield page
    if not page.page.is_closed():
        page.stop()


@pytest.fixture
def example(shared: Server, tab: OpenTab) -> TrainPage:
    """A tab with the example on screen."""
    return tab(shared).open()


@pytest.fixture
def inside(shared: Server, person: Callable[..., BrowserContext]) -> Iterator[Callable[..., InsidePage]]:
    """Opens the page of the shared server, `inside("layer=conv2&unit=5")`; nothing may break in it."""
    pages: list[InsidePage] = []

    def make(query: str = "", **person_is: Any) -> InsidePage:
        pages.append(InsidePage(person(**person_is), shared.url))
        pages[-1].open(f"/inside?{query}")
        return pages[-1]

    yield make
    for page in pages:
        page.check()


@pytest.fixture
def build(shared: Server, person: Callable[..., BrowserContext]) -> Iterator[OpenBuild]:
    """Opens the page of the shared server, `build("network=lenet5")`; nothing may break in it."""
    pages: list[BuildPage] = []

    def make(query: str = "", **person_is: Any) -> BuildPage:
        pages.append(BuildPage(person(**person_is), shared.url))
        pages[-1].open(f"/build?{query}")
        return pages[-1]

    yield make
    for page in pages:
        page.check()


@pytest.fixture(scope="session")
def seen() -> dict[str, torch.Tensor]:
    """What PyTorch's own functions give for the example's probe image, layer by layer, and its weights."""
    run = runs.example()
    weights = {name: values.detach() for name, values in load_network(run, run.snapshot(200)).state_dict().items()}
    image, _ = LookAt(run.path, 200, run.record["probe"], Path()).values(run)
    given = {**weights, "input": torch.tensor(image)[None]}
    for number, before in ((1, "input"), (2, "relu1")):
        own = weights[f"conv{number}.weight"], weights[f"conv{number}.bias"]
        given[f"conv{number}"] = functional.conv2d(given[before], *own, padding=1)
        given[f"relu{number}"] = functional.relu(given[f"conv{number}"])
    given["pool1"] = functional.max_pool2d(given["relu2"], 2)
    given["fc1"] = functional.linear(given["pool1"].flatten(1), weights["fc1.weight"], weights["fc1.bias"])
    return given


@pytest.fixture
def compare(own: Server, person: Callable[..., BrowserContext]) -> Iterator[Callable[..., ComparePage]]:
    """Opens a page of a fresh server, `compare("/compare?runs=a,b")`; nothing may break in it."""
    pages: list[ComparePage] = []

    def make(path: str, **person_is: object) -> ComparePage:
        pages.append(ComparePage(person(**person_is), own.url))
        pages[-1].page.goto(own.url + path)
        return pages[-1]

    yield make
    for page in pages:
        page.check()
