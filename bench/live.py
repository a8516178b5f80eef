"""From the worker that writes a picture to that picture drawn in the browser, while it trains."""

from pathlib import Path

from playwright.sync_api import Browser

from bench.browser import chromium, context, wait_live
from bench.figures import Figure, p95, spread
from bench.servers import BENCH_APP, Server, serving
from bench.watchers import ask

LIMIT = 100  # ms
CASES = {  # what a first visit sees, and the heaviest there is: a worker at full speed, many large maps
    "digits_small at 20 steps/s": "dataset=digits&network=digits_small&epochs=200&pace=20",
    "keras_example at full speed": "dataset=digits&network=keras_example&epochs=200&pace=0&batch_size=64",
}


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """The 95th percentile for two runs."""
    figures = []
    for number, (what, wish) in enumerate(CASES.items()):
        with serving(BENCH_APP, folder / str(number)) as server, chromium() as browser:
            server.settle()
            times = _latencies(server, browser, wish, 4 if quick else 30)
        figures.append(
            Figure(
                f"worker to painted p95, {what}",
                f"{p95(times):.0f} ms",
                f"{LIMIT} ms",
                spread(times, unit=" ms"),
                p95(times) < LIMIT,
            )
        )
    return figures


def _latencies(server: Server, browser: Browser, wish: str, seconds: int) -> list[float]:
    made = ask(server.port, f"/bench/start?{wish}")["run"]
    with context(browser) as person:
        page = person.new_page()
        page.goto(f"{server.url}/train?run={made}")
        wait_live(page)
        page.wait_for_timeout(2_000)  # what is slow once only: first drawing of everything, the page's own scripts
        page.evaluate("bench.pictures.length = 0")
        page.wait_for_timeout(1_000 * seconds)
        pictures = page.evaluate("bench.pictures")
    assert pictures, "no picture came"
    return [drawn - written for written, drawn in pictures]
