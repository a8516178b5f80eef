"""One thread or two: never a matter of numbers, only of time."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

TRIAL = (True, False) * 6  # steps of a trial: at once and one after the other, in turn
EVERY = 3.0  # s from one trial to the next: a neighbour may have come or gone
SHARE = (4, 50)  # a trial takes at most one part in so many of the time: the first, when a training has just begun and
# writes at every step, may mislead, so the second comes soon; then each half as often, down to the last


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch divide no operation among threads: it adds up gradients in another order for every number of them.

    Where another process keeps a core busy, its threads also wait for each other at every operation: two are then up to
    twenty times slower than one.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Pair:
    """Does two pieces of work, at once on two threads where that is the quicker way, else one after the other.

    Which it is, a short trial says again and again, by the clock.
    """

    def __init__(self) -> None:
        self._pool = one_more_thread("second-half")
        self._is_possible = cores() > 1
        self._at_once = False
        self._trial: list[bool] = []
        self._seconds: dict[bool, list[float]] = {True: [], False: []}
        self._due, self._share = 0.0, SHARE[0]

    def both(
        self, first: Callable[[], T], second: Callable[[], T], in_turn: Callable[[], Sequence[T]] | None = None
    ) -> Sequence[T]:
        """What the two give; `in_turn` gives both on one thread, if that can be done in a quicker way."""
        begun = time.perf_counter()
        if self._is_possible and not self._trial and begun >= self._due:
            self._trial = list(TRIAL)
        is_trial = bool(self._trial)
        at_once = self._trial.pop() if is_trial else self._at_once
        given = self._together(first, second) if at_once else in_turn() if in_turn else (first(), second())
        if is_trial:
            self._judge(at_once, time.perf_counter() - begun)
        return given

    def _together(self, first: Callable[[], T], second: Callable[[], T]) -> tuple[T, T]:
        other = self._pool.submit(second)
        try:
            own = first()
        finally:
            other.exception()  # wait, also where the first one failed
        return own, other.result()

    def _judge(self, at_once: bool, seconds: float) -> None:
        self._seconds[at_once].append(seconds)
        if self._trial:
            return
        beside, in_turn = sum(self._seconds[True]), sum(self._seconds[False])
        self._at_once = beside < in_turn  # sums and no medians: what waits for a neighbour counts too
        rest = self._share * (beside + in_turn)
        self._due = time.perf_counter() + (rest if self._share < SHARE[1] else max(EVERY, rest))
        self._share = min(SHARE[1], 2 * self._share)
        self._seconds = {True: [], False: []}


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cores_of_machine() -> int:
    """How many there are, whoever may use them: always the same on one machine."""
    return os.cpu_count() or 1


def one_more_thread(name: str) -> ThreadPoolExecutor:
    """A thread that does one piece of work after another; it ends with whoever holds it."""
    return ThreadPoolExecutor(1, name, _begin)


def _begin() -> None:
    import torch

    torch.set_num_threads(1)
