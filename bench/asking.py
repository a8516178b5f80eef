"""Who looks inside: another image, an opened unit, a stroke on the pad, an explanation; alone, and thirty at once."""

import asyncio
import json
import random
import struct
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from bench.figures import Figure, p95, spread
from bench.servers import BENCH_APP, Server, serving
from bench.watchers import ask, session
from cnnviz.figures.frames import unpack

PEOPLE = 30
SECONDS = 15
READY = "/bench/start?dataset=digits&network=tinyvgg&epochs=1"
TRAINS = "/bench/start?dataset=digits&network=tinyvgg&epochs=200"
UNITS = [("conv2", unit) for unit in range(10)] + [("conv4", unit) for unit in range(10)]
SLOW = {"method": "smooth_grad", "settings": {"samples": 500}}
Header = dict[str, Any]


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """The answers' 95th percentiles, from the wish sent to its answer here; drawing them comes on top."""
    times, people, seconds = (5, 5, 4) if quick else (40, PEOPLE, SECONDS)
    with serving(BENCH_APP, folder) as server:
        server.settle()
        made = ask(server.port, READY)["run"]
        alone = asyncio.run(_alone(server, made, times))
        trains = ask(server.port, TRAINS)["run"]
        crowd = asyncio.run(_crowd(server, trains, people, seconds))
    limits = {"another image": 0.150, "a unit": 0.200, "a stroke on the pad": 0.200, "the first of a slow map": 0.5}
    figures = [
        _figure(f"{what}, answer p95", taken, limits[what], "tinyvgg, one person") for what, taken in alone.items()
    ]
    return [
        *figures,
        _figure(
            f"{people} people, another image or unit each second, p95", crowd, 0.150, "tinyvgg, while one run trains"
        ),
    ]


def _figure(what: str, taken: list[float], limit: float, how: str) -> Figure:
    measured = p95(taken)
    peer = f"{spread(taken, 1000, ' ms')}; {how}"
    return Figure(what, f"{1000 * measured:.0f} ms", f"{1000 * limit:.0f} ms", peer, measured < limit)


class _Person:
    """A socket that waits for the answer to what it has asked."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def take(self, wish: object, is_answer: Callable[[Header], bool]) -> float:
        """Send a wish (words or bytes); seconds until its answer was here."""
        begun = time.perf_counter()
        await self._socket.send(wish if isinstance(wish, bytes) else json.dumps(wish))
        async with asyncio.timeout(30):
            while not is_answer(await self.next()):
                pass
        return time.perf_counter() - begun

    async def next(self) -> Header:
        content = await self._socket.recv()
        assert isinstance(content, bytes)
        header = unpack(content)[0]
        assert header["kind"] != "problem", header["text"]
        return header


async def _open(everybody: AsyncExitStack, server: Server, run: str, step: str) -> _Person:
    token = await everybody.enter_async_context(session(server.port, run))
    address = f"ws://127.0.0.1:{server.port}/live/{run}?token={token}&image=validation-0&step={step}"
    person = _Person(await everybody.enter_async_context(connect(address, max_size=None)))
    while (await person.next())["kind"] != "picture":
        pass
    return person


def _image(name: str) -> tuple[object, Callable[[Header], bool]]:
    return {"image": name}, lambda header: header["kind"] == "picture" and header["image"] == name


def _unit(node: str, unit: int) -> tuple[object, Callable[[Header], bool]]:
    wish = {"unit": {"node": node, "unit": unit}}
    return wish, lambda header: header["kind"] == "unit" and (header["node"], header["unit"]) == (node, unit)


def _stroke(turn: int) -> tuple[object, Callable[[Header], bool]]:
    """A frame of the pad with a line a little longer each time."""
    name, pixels = f"pad-bench-{turn}", np.zeros((112, 112), np.uint8)
    pixels[20 : 24 + 2 * turn, 50:60] = 255
    frame = bytes([len(name)]) + name.encode() + struct.pack("<HH", 112, 112) + pixels.tobytes()
    return frame, lambda header: header["kind"] == "picture" and header["image"] == name


async def _alone(server: Server, run: str, times: int) -> dict[str, list[float]]:
    async with AsyncExitStack() as everybody:
        person = await _open(everybody, server, run, "0")
        taken: dict[str, list[float]] = {"another image": [], "a unit": [], "a stroke on the pad": []}
        for turn in range(times):
            taken["another image"].append(await person.take(*_image(f"train-{turn}")))
            taken["a unit"].append(await person.take(*_unit(*UNITS[turn % len(UNITS)])))
        await person.take({"unit": None, "image": "train-0"}, lambda header: header["kind"] == "picture")
        for turn in range(times):
            taken["a stroke on the pad"].append(await person.take(*_stroke(turn)))
        first = []
        for turn in range(max(3, times // 8)):
            await person.take({"maps": [], **_dict(_image(f"train-{100 + turn}")[0])}, lambda h: h["kind"] == "picture")
            first.append(await person.take({"maps": [SLOW]}, lambda header: header["kind"] == "attribution"))
        return {**taken, "the first of a slow map": first}


def _dict(wish: object) -> dict[str, Any]:
    assert isinstance(wish, dict)
    return wish


async def _crowd(server: Server, run: str, people: int, seconds: int) -> list[float]:
    async with AsyncExitStack() as everybody:
        persons = [await _open(everybody, server, run, "0") for _ in range(people)]
        moves = [_move(person, number, people, seconds) for number, person in enumerate(persons)]
        return [taken for answers in await asyncio.gather(*moves) for taken in answers]


async def _move(person: _Person, number: int, people: int, seconds: int) -> list[float]:
    """One person: every second another image or another unit; not all in the same instant."""
    chosen, answers, loop = random.Random(number), [], asyncio.get_running_loop()
    begun = loop.time() + number / people
    for turn in range(seconds):
        await asyncio.sleep(begun + turn - loop.time())
        image = _image(f"train-{chosen.randrange(1000)}")
        answers.append(await person.take(*(_unit(*chosen.choice(UNITS)) if turn % 2 else image)))
    return answers
