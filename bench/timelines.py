"""Thirty people who move the time line once a second, while a run trains at full speed."""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path

from bench.data import Mnist, make_folder
from bench.figures import Figure, p95, spread
from bench.servers import BENCH_APP, Server, serving
from bench.watchers import Watcher, ask, session, watching

PEOPLE = 30
SECONDS = 20
ANSWER_LIMIT = 0.150
MEMORY_LIMIT = 5.0  # MiB a session
START = "/bench/start?dataset={data}&network=keras_example&epochs=20&batch_size=64"
SNAPSHOTS = 10  # saved steps there must be before people begin to choose among them
START_LIMIT = 60  # s until there are


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """The answers' 95th percentile, and what a session costs in memory."""
    make_folder(folder.parent / "mnist")
    people, seconds = (8, 5) if quick else (PEOPLE, SECONDS)
    with serving(BENCH_APP, folder) as server:
        server.settle()
        made = ask(server.port, START.format(data=Mnist.name))["run"]
        answers, before, after = asyncio.run(_load(server, made, people, seconds))
    growth = (after - before) / people
    return [
        Figure(
            f"{people} time lines moved each second, answer p95",
            f"{1000 * p95(answers):.0f} ms",
            f"{1000 * ANSWER_LIMIT:.0f} ms",
            f"{spread(answers, 1000, ' ms')}; keras_example trains on 60,000 images",
            p95(answers) < ANSWER_LIMIT,
        ),
        Figure(
            "  memory of the server for each of them",
            f"{growth:.2f} MiB",
            f"{MEMORY_LIMIT:.0f} MiB",
            f"{before:.0f} MiB with one, {after:.0f} MiB with {people} more",
            growth < MEMORY_LIMIT,
        ),
    ]


async def _load(server: Server, made: str, people: int, seconds: int) -> tuple[list[float], float, float]:
    async with AsyncExitStack() as everybody:
        token = await everybody.enter_async_context(session(server.port, made))
        first = await everybody.enter_async_context(watching(server.port, made, token))
        async with asyncio.timeout(START_LIMIT):
            while len(first.snapshots) < SNAPSHOTS:
                await asyncio.sleep(0.1)
        await first.show(min(first.snapshots))
        before = server.memory()
        watchers = []
        for _ in range(people):
            token = await everybody.enter_async_context(session(server.port, made))
            watchers.append(await everybody.enter_async_context(watching(server.port, made, token)))
        moves = [_move(watcher, number, people, seconds) for number, watcher in enumerate(watchers)]
        answers = [seconds for person in await asyncio.gather(*moves) for seconds in person]
        return answers, before, server.memory()


async def _move(watcher: Watcher, number: int, people: int, seconds: int) -> list[float]:
    """One person: every second another saved step; people do not all move in the same instant."""
    chosen, answers = random.Random(number), []
    loop = asyncio.get_running_loop()
    begun, last = loop.time() + number / people, -1
    for turn in range(seconds):
        await asyncio.sleep(begun + turn - loop.time())
        last = chosen.choice(sorted(watcher.snapshots - {last}))
        answers.append(await watcher.show(last))
    return answers
