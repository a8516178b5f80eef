"""A run with a thousand saved steps: its curves and time line read whole, and any step opened; 500 runs listed."""

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.figures import Figure, p95, spread
from cnnviz.runs import Log, Run, Snapshot, create_run, example, list_entries, listing, logs, write_snapshot

LIMIT = 0.150  # s
SNAPSHOTS, BETWEEN = 1_000, 50
RUNS = 500
SHAPES = {  # those of keras_example on images of 28x28
    "conv1.weight": (32, 1, 3, 3),
    "conv1.bias": (32,),
    "conv2.weight": (64, 32, 3, 3),
    "conv2.bias": (64,),
    "fc1.weight": (10, 1600),
    "fc1.bias": (10,),
}
SEEN = {"input": (1, 28, 28), "conv1": (32, 26, 26), "pool1": (32, 13, 13), "conv2": (64, 11, 11), "pool2": (64, 5, 5)}
LAYERS = ("conv1", "conv2", "fc1")


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """How long it takes to know all saved steps, and to open one; the same as `.npz` files is the peer."""
    made = _make(folder, 100 if quick else SNAPSHOTS)
    turns = 5 if quick else 20
    peer, steps, chosen = folder / "npz", made.steps(), random.Random(0)
    first = _seconds(made.log)  # which joins what it has read
    whole, again, opened, unpacked = [], [], [], []
    for _ in range(turns):
        logs.forget()
        whole.append(_seconds(lambda: (made.steps(), made.log())))
        again.append(_seconds(lambda: (made.steps(), made.log())))
        for _ in range(10):
            step = chosen.choice(steps)
            opened.append(_seconds(lambda step=step: made.snapshot(step)))
            unpacked.append(_seconds(lambda step=step: dict(np.load(peer / f"{step}.npz"))))
    listed = _listed(folder / "many", 50 if quick else RUNS, turns)
    return [
        _figure(
            f"{len(steps)} saved steps and all curves read",
            whole,
            f"nothing of it in memory; {1000 * first:.0f} ms the very first time, file by file",
        ),
        _figure("  again, where nothing has changed", again, "as for the next page"),
        _figure("  any one opened", opened, f".npz of the same: {spread(unpacked, 1000, ' ms')}"),
        _figure(f"{RUNS} runs listed again", listed, "each with its state and last accuracy"),
    ]


def _figure(what: str, seconds: list[float], peer: str) -> Figure:
    holds = p95(seconds) < LIMIT
    about = f"{spread(seconds, 1000, ' ms')}; {peer}"
    return Figure(what, f"{1000 * p95(seconds):.1f} ms", f"{1000 * LIMIT:.0f} ms", about, holds)


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def _make(folder: Path, count: int) -> Run:
    """A run with so many saved steps, and their arrays once more as `.npz`."""
    numbers = np.random.default_rng(0)
    folder.joinpath("npz").mkdir()
    made = create_run(folder, {**example().record, "planned_steps": count * BETWEEN})
    for step in range(0, count * BETWEEN, BETWEEN):
        weights = {name: numbers.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}
        seen = {name: numbers.normal(size=shape).astype(np.float32) for name, shape in SEEN.items()}
        write_snapshot(
            made.step_path(step), Snapshot(step, weights, seen, 1, np.eye(10, dtype=np.int32), 0.5), _log(step)
        )
        np.savez(folder / "npz" / f"{step}.npz", **weights, **{f"seen {name}": values for name, values in seen.items()})
    return made


def _log(step: int) -> Log:
    steps = np.arange(step - BETWEEN + 1, step + 1, dtype=np.int32)
    loss = (steps / 9).astype(np.float32)
    one, norms = np.array([step], np.int32), np.ones((BETWEEN // 10, len(LAYERS)), np.float32)
    half = np.full(1, 0.5, np.float32)
    return Log(steps, loss, loss, one, half, half, one, steps[::10], norms, norms, LAYERS)


def _listed(folder: Path, count: int, turns: int) -> list[float]:
    """Seconds of a listing of so many runs that has been made before."""
    source = example()
    for number in range(count):
        target = folder / f"run-{number}"
        target.mkdir(parents=True)
        for name in ("run.json", "events.jsonl", source.step_path(200).name):
            shutil.copyfile(source.path / name, target / name)
    time.sleep(2 * listing.SETTLED / 1e9)  # until the files count as old
    assert len(list_entries(folder)) == count
    return [_seconds(lambda: list_entries(folder)) for _ in range(turns)]
