"""Behind a proxy the app lives under a prefix: page, socket and downloads."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.serving import serving
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("prefixed"), base="/lab/cnn") as server:
        yield server


def test_page_socket_and_downloads_work_under_a_prefix(prefixed: Server, tab: OpenTab, tmp_path) -> None:
    page = tab(prefixed)
    sockets = []
    page.page.on("websocket", lambda socket: sockets.append(socket.url))
    page.open()
    run = page.start()
    page.reach(page.step + 5)
    assert page.connection == "live"
    assert any(f"/lab/cnn/live/{run}?" in url for url in sockets)
    page.stop()
    assert page.take("the loss curve", "Numbers", tmp_path).stat().st_size > 100
    page.button("Evaluate on the test part").click()
    expect(page.section("Mistakes").get_by_text("Test accuracy")).to_be_visible(timeout=20_000)
    page.page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    page.page.get_by_role("button", name="More").first.click()
    link = page.page.get_by_role("link", name="Download").first.get_attribute("href")
    assert link.startswith(f"/lab/cnn/file/{run}?")
    assert page.context.request.get(prefixed.url.removesuffix("/lab/cnn") + link).body()[:2] == b"PK"


def test_a_deep_link_works_under_a_prefix(prefixed: Server, tab: OpenTab) -> None:
    page = tab(prefixed).open("/train?step=8&layer=conv1")
    page.show(8)
    assert page.query == {"step": "8", "layer": "conv1"}
