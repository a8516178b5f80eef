"""From the click on "Start": the first point of the curve, and 97 % validation accuracy at full speed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bench.browser import LIMIT, chromium, context, noted, wait_live
from bench.figures import Figure, p95, spread
from bench.servers import CNNVIZ, Server, serving
from cnnviz.runs import Run

POINT_LIMIT = 0.6  # s
GOAL, GOAL_LIMIT = 0.97, 1.0  # validation accuracy, s
STARTS = 20
SEEDS = range(10)


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """Both, on one page of one server whose host is warm before every click."""
    with serving(CNNVIZ, folder) as server, chromium() as browser, context(browser) as person:
        page = person.new_page()
        page.goto(f"{server.url}/train")
        wait_live(page)
        points = [_first_point(server, page) for _ in range(3 if quick else STARTS)]
        _full_speed(page)
        seeds = list(SEEDS)[: 3 if quick else None]
        reached = {seed: _goal(server, page, seed) for seed in seeds}
    good = [seconds for seconds in reached.values() if seconds is not None and seconds <= GOAL_LIMIT]
    each = ", ".join(f"{seed}: {'never' if found is None else f'{found:.2f}'}" for seed, found in reached.items())
    return [
        Figure(
            "Start clicked to the first point painted, p95",
            f"{p95(points):.2f} s",
            f"{POINT_LIMIT} s",
            f"{spread(points, unit=' s')}; at the first pace of the form",
            p95(points) < POINT_LIMIT,
        ),
        Figure(
            "digits_small at 97 % validation accuracy, seeds",
            f"{len(good)} of {len(reached)} in {GOAL_LIMIT:.0f} s",
            "all",
            f"seconds from the click, by seed: {each}",
            len(good) == len(reached),
        ),
    ]


def _start(server: Server, page: Page) -> str:
    """Click on Start; the id of the new run."""
    server.settle()
    before = {path.name for path in server.runs.glob("digits_small-*")}
    page.locator(".st-key-start button").click()
    new = _until(lambda: {path.name for path in server.runs.glob("digits_small-*")} - before)
    return str(new.pop())


def _first_point(server: Server, page: Page) -> float:
    run_id = _start(server, page)
    painted = noted(page, f"points['{run_id}']")
    clicked = page.evaluate("bench.clicked")
    page.locator(".st-key-stop button").click()
    page.locator(".st-key-start button").wait_for()
    return float(painted - clicked) / 1000


def _goal(server: Server, page: Page, seed: int) -> float | None:
    """Seconds from the click until the first saved snapshot that reaches the goal was in its place; None if none."""
    _in_recipe(page, lambda: _fill(page, "seed", seed))
    made = Run(server.runs / _start(server, page))
    clicked = page.evaluate("bench.clicked") / 1000
    _until(lambda: made.status().state == "finished")
    page.locator(".st-key-start button").wait_for()
    log = made.log()
    for step, accuracy in zip(log.validation_step, log.validation_accuracy, strict=True):
        if accuracy >= GOAL:
            return made.step_path(int(step)).stat().st_mtime - clicked
    return None


def _full_speed(page: Page) -> None:
    def change() -> None:
        page.locator(".st-key-form-pace").get_by_role("slider").press("End")
        page.locator('.st-key-form-pace [aria-valuetext="Full speed"]').wait_for(state="attached")

    _in_recipe(page, change)


def _fill(page: Page, name: str, value: int) -> None:
    field = page.locator(f".st-key-form-{name} input")
    field.fill(str(value))
    field.press("Enter")


def _in_recipe(page: Page, change: Callable[[], None]) -> None:
    """Open the recipe, change something, close it, and wait until the server has it."""
    button = page.locator(".st-key-recipe button").first
    button.click()
    change()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Recipe").wait_for(state="hidden")
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(state="attached")


def _until(holds: Callable[[], Any]) -> Any:
    """The first true value of a condition."""
    end = time.monotonic() + LIMIT / 1000
    while not (value := holds()):
        if time.monotonic() > end:
            raise TimeoutError("What was waited for did not come.")
        time.sleep(0.02)
    return value
