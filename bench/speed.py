"""Training speed: a watched session of ours against the loop that people write, Keras, and the bare computation.

Each is a process of its own; they train in turns, and what is said are ratios of turns that followed each other. Keras
is an optional peer: `$CNNVIZ_BENCH_KERAS` names a Python that has tensorflow and keras.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np

from bench.data import Mnist, make_folder, register
from bench.figures import Figure, interval
from bench.servers import ROOT
from cnnviz.datasets import dataset
from cnnviz.training.devices import available

VARIABLE = "CNNVIZ_BENCH_KERAS"
IMAGES = 9_600  # of a turn; a multiple of both batch sizes
BRIEF = 3_200  # of a turn that is taken often
SPIN = "while True: pass"
# By precision and batch: at least so many times as fast as the tutorials' loop, and as Keras.
LIMITS = {
    ("bfloat16", 32): (2.5, 1.7),
    ("bfloat16", 128): (None, 2.0),
    ("float32", 32): (2.0, 1.3),
    ("float32", 128): (None, 1.0),
}
BARE, BARE_LIMIT = ("bfloat16", 128), 0.85
BUSY_LIMIT = 0.9


class Contender:
    """A process that trains in turns."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.cpu: list[float] = []  # images per second of the processor, turn by turn

    def hear(self) -> dict[str, float]:
        """What it says next, once it is ready or a turn is over."""
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith(('"', "{")):
                said: dict[str, float] = json.loads(line)
                return said
        raise RuntimeError(f"A process that was to be measured has ended: {' '.join(map(str, self._process.args))}")

    def turn(self, images: int) -> float:
        """Images per second of one turn."""
        assert self._process.stdin
        self._process.stdin.write(f"{images}\n")
        self._process.stdin.flush()
        said = self.hear()
        self.cpu.append(said["images"] / said["cpu"])
        return said["images"] / said["seconds"]

    def end(self) -> None:
        """Let it go."""
        self._process.kill()
        self._process.communicate()


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """The ratios for each precision that this processor has, and for two batch sizes."""
    make_folder(folder.parent / "mnist")
    register()
    rounds, often, images = (2, 4, BRIEF) if quick else (6, 20, IMAGES)
    figures = []
    for precision, batch in LIMITS:
        what = f"{precision}, batch {batch}"
        if precision not in available()["cpu"]:
            figures.append(Figure(what, "not measured", peer=f"this processor does not work in {precision}"))
            continue
        figures += _against_peers(folder, precision, batch, rounds, images)
        if (precision, batch) == BARE:
            figures.append(_against_pure(precision, batch, often))
        if batch == 32:
            figures.append(_beside_a_neighbour(precision, batch, rounds, images))
    return figures


def _against_peers(folder: Path, precision: str, batch: int, rounds: int, images: int) -> list[Figure]:
    loop_limit, keras_limit = LIMITS[precision, batch]
    kinds = ["ours", "tutorial", "tutorial_2"] if loop_limit else ["ours"]
    commands, keras = {kind: _ours(kind, batch, precision) for kind in kinds}, _keras(folder, batch)
    with contenders(commands | ({"keras": keras} if keras else {})) as known:
        rates = _rounds(known, images, rounds)
        told = {name: known[name].cpu for name in known}
    figures = []
    if loop_limit:
        loop = max(("tutorial", "tutorial_2"), key=lambda kind: median(rates[kind]))  # with as many threads as is best
        figures.append(_ratio(f"{precision}, batch {batch}, to the tutorials' loop", rates, told, loop, loop_limit))
    what = f"{precision}, batch {batch}, to Keras model.fit"
    if keras:
        figures.append(_ratio(what, rates, told, "keras", keras_limit))
    else:
        why = f"set {VARIABLE} to a Python that has tensorflow and keras"
        figures.append(Figure(what, "not measured", f"{keras_limit}x", why))
    return figures


def _against_pure(precision: str, batch: int, turns: int) -> Figure:
    """The lower end of the interval counts; the best of the bare computations is the one to be compared with."""
    commands = {kind: _ours(kind, batch, precision) for kind in ("ours", "pure", "pure_2")}
    with contenders(commands) as known:
        rates = _rounds(known, BRIEF, turns)
    best = max(("pure", "pure_2"), key=lambda kind: median(rates[kind]))
    cost, low, high = interval(list(zip(rates["ours"], rates[best], strict=True)))
    return Figure(
        f"{precision}, batch {batch}, to the bare computation on one batch",
        f"{1 - cost:.2f}x ({1 - high:.2f} to {1 - low:.2f})",
        f"{BARE_LIMIT}x at the lower end",
        f"{median(rates['ours']):,.0f} against {median(rates[best]):,.0f} images/s ({best}), {turns} turns",
        1 - high >= BARE_LIMIT,
    )


def _beside_a_neighbour(precision: str, batch: int, rounds: int, images: int) -> Figure:
    """With another process that keeps one core busy."""
    commands = {kind: _ours(kind, batch, precision) for kind in ("ours", "one_thread")}
    with contenders(commands) as known, _neighbour():
        rates = _rounds(known, images, rounds)
        told = {name: known[name].cpu for name in known}
    what = f"{precision}, batch {batch}, a neighbour keeps a core busy, to one thread"
    return _ratio(what, rates, told, "one_thread", BUSY_LIMIT)


def _ratio(what: str, rates: dict[str, list[float]], told: dict[str, list[float]], peer: str, limit: float) -> Figure:
    ratios = [one / other for one, other in zip(rates["ours"], rates[peer], strict=True)]
    by_cpu = median(told["ours"]) / median(told[peer])
    return Figure(
        what,
        f"{median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})",
        f"{limit}x",
        f"{median(rates['ours']):,.0f} against {median(rates[peer]):,.0f} images/s ({peer}), {len(ratios)} turns; "
        f"per second of the processor {by_cpu:.2f}x",
        median(ratios) >= limit,
    )


def _rounds(known: "dict[str, Contender]", images: int, rounds: int) -> dict[str, list[float]]:
    """Images per second, turn by turn; each begins a round in turn. The first round warms all, and does not count."""
    rates: dict[str, list[float]] = {name: [] for name in known}
    order = list(known)
    for turn in range(rounds + 1):
        for name in order[turn % len(order) :] + order[: turn % len(order)]:
            rate = known[name].turn(images)
            if turn:
                rates[name].append(rate)
    for contender in known.values():
        del contender.cpu[0]
    return rates


@contextmanager
def contenders(commands: "dict[str, list[str]]") -> "Iterator[dict[str, Contender]]":
    """All of them, ready; ended whatever happens."""
    known: dict[str, Contender] = {}
    try:
        for name, command in commands.items():
            known[name] = Contender(command)
        for contender in known.values():
            contender.hear()
        yield known
    finally:
        for contender in known.values():
            contender.end()


@contextmanager
def _neighbour() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", SPIN])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _ours(kind: str, batch: int, precision: str) -> list[str]:
    return [sys.executable, "-m", "bench.contenders", kind, str(batch), precision]


def _keras(folder: Path, batch: int) -> list[str] | None:
    """The command of the peer, or None where there is no Python for it."""
    python = os.environ.get(VARIABLE) or (sys.executable if find_spec("tensorflow") and find_spec("keras") else None)
    if python is None:
        return None
    images = folder / "images.npz"
    if not images.exists():
        train = dataset(Mnist.name).split(0).train
        np.savez(images, images=train.images[:IMAGES].transpose(0, 2, 3, 1), labels=train.labels[:IMAGES])
    return [python, str(ROOT / "bench" / "peer_keras.py"), str(batch), str(images)]
