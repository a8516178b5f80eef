"""Light and dark, desk and phone, and whoever cannot see or point."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE, OpenTab
from tests.browser.pages import SECTIONS, TrainPage
from tests.browser.serving import until
from tests.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 23, 26)"}


def wide(page: TrainPage) -> list[str]:
    """What makes the page scroll sideways: elements that do so, with their widths."""
    return page.page.evaluate(
        """() => ['html', 'body', '[data-testid=stMain]', '[data-testid=stAppViewContainer]']
          .map((name) => [name, document.querySelector(name)])
          .filter(([, element]) => element && element.scrollWidth > innerWidth)
          .map(([name, element]) => `${name} ${element.scrollWidth}`)"""
    )


def barriers(page: TrainPage) -> list[str]:
    """What axe finds serious or critical on a page: the rule, and the element."""
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['html'][:160]}"
        for one in Axe().run(page.page).response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("where", ["home", "train", "inside", "explain", "runs"])
def test_nothing_keeps_anybody_out(shared: Server, tab: OpenTab, where: str, theme: str, device: dict) -> None:
    page = tab(shared, theme=theme, device=device)
    page.page.goto(f"{shared.url}/{'' if where == 'home' else where}")
    expect(page.page.get_by_role("heading", level=1)).to_be_visible(timeout=15_000)
    if where != "runs":
        main = "board" if where == "train" else where
        page.page.wait_for_selector(f"[data-part={main}][data-painted]", timeout=15_000)
        expect(page.part("timeline").get_by_role("slider")).to_be_visible()
    else:
        expect(page.page.locator("[class*=st-key-row-]").first).to_be_visible()
    assert page.page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == GROUND[theme]
    assert barriers(page) == []
    assert wide(page) == []


def test_the_pictures_are_painted_for_their_theme(shared: Server, tab: OpenTab) -> None:
    seen = {theme: tab(shared, theme=theme).open() for theme in ("light", "dark")}
    assert all(seen["light"].picture()[name] != seen["dark"].picture()[name] for name in SECTIONS)
    assert {name for name in SECTIONS if seen["dark"].colours(name) < 10} == set()
    assert seen["dark"].part("board").get_attribute("data-theme") == "dark"


def test_the_theme_may_change_while_the_page_is_open(example: TrainPage, shared: Server, tab: OpenTab) -> None:
    example.page.emulate_media(color_scheme="dark")
    expect(example.part("board")).to_have_attribute("data-theme", "dark")
    wanted = tab(shared, theme="dark").open().picture()
    until(lambda: example.picture() == wanted, 5, "all is painted as in a page that was dark from the start")


def test_a_phone_shows_one_section_at_a_time(shared: Server, tab: OpenTab) -> None:
    page = tab(shared, device=PHONE).open()
    tabs = page.page.get_by_role("tab")
    expect(tabs).to_have_text(["Maps", "Curves", "Layers", "Mistakes"])
    for name in ("Curves", "Layers", "Mistakes", "Maps"):
        page.page.get_by_role("tab", name=name).tap()
        expect(page.page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        panels = page.page.get_by_role("tabpanel")
        expect(panels).to_have_count(1)
        assert panels.evaluate("panel => panel.clientHeight") > 100
        assert wide(page) == []
    assert page.page.get_by_role("application", name=re.compile("^conv1, ")).is_visible()


def test_a_phones_main_buttons_are_large_enough_for_a_finger(shared: Server, tab: OpenTab) -> None:
    page = tab(shared, device=PHONE).open()

    def small() -> list[str]:
        named = [page.button(re.compile(name)) for name in ("^Start", "^Recipe", "^Run ", "^Play", "^Speed of play")]
        named += [page.button(name) for name in ("Pause", "One step", "Stop", "Live")]
        named += page.page.get_by_role("tab").all()
        boxes = [(one.inner_text(), one.bounding_box()) for one in named if one.is_visible()]
        assert len(boxes) >= 8
        return [f"{name!r} {box}" for name, box in boxes if min(box["width"], box["height"]) < 43.5]

    assert small() == []
    page.start()
    assert small() == []
    assert wide(page) == []
    page.stop()
