"""The host: a process of its own beside the server that forks a worker for every run.

`python -m cnnviz.training.host ADDRESS` connects to the server that started it, with the key that its stdin says. The
connection is its life line: when the server is gone, however it ended, the host ends its workers and itself.

The host imports torch but runs none of it: a process forked after a multi-threaded operation hangs in its first one.
"""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NoReturn

from cnnviz.errors import CnnvizError, RunError
from cnnviz.jobs import News
from cnnviz.runs import Run, State
from cnnviz.training.control import Command
from cnnviz.training.messages import Answer, Ask, Begin, Cancel, Gone, Heard, Queue, Steer, Train, Worked
from cnnviz.training.worker import do_jobs, inspect, work

_ENDS: tuple[State, ...] = ("finished", "stopped", "failed")
_TRY_AGAIN = "The process that looks into networks has ended; it has been started again. Try again."


def places() -> int:
    """How many runs train at once: one core less than there are, at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


@dataclass
class _Child:
    """A process of ours, and our end of the pipe to it."""

    process: BaseProcess
    connection: Connection
    run: Path | None = None
    state: State = "waiting"
    asked: set[int] = field(default_factory=set)


class Host:
    """Keeps the workers: one a run, one more kept warm, an inspector, and one for jobs once there is any."""

    def __init__(self, server: Connection, slots: int | None = None) -> None:
        self._server = server
        self._slots = slots or places()
        self._context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._workers: dict[Path, _Child] = {}
        self._waiting: deque[Train] = deque()
        self._watched: set[Path] = set()
        self._alive: list[_Child] = []
        self._warm = self._begin(work)
        self._inspector = self._begin(inspect)
        self._jobs: _Child | None = None

    def serve(self) -> NoReturn:
        """Do as told until the server is gone."""
        while True:
            children = {child.connection: child for child in self._alive}
            for ready in wait([self._server, *children]):
                if ready is self._server:
                    self._hear_server()
                elif ready in children:
                    self._hear_child(children[ready])

    def _begin(self, target: Callable[..., None]) -> _Child:
        ours, theirs = self._context.Pipe()
        known = [self._server, ours, *(child.connection for child in self._alive)] if self._forks else []
        process = self._context.Process(target=target, args=(theirs, known), daemon=True)
        process.start()
        theirs.close()
        child = _Child(process, ours)
        self._alive.append(child)
        return child

    @property
    def _forks(self) -> bool:
        return bool(self._context.get_start_method() == "fork")

    # From the server, and to it

    def _tell(self, message: Heard | Queue | Gone | Answer | Worked) -> None:
        try:
            self._server.send(message)
        except OSError:  # it is gone
            self._end()

    def _hear_server(self) -> None:
        try:
            message = self._server.recv()
        except (EOFError, OSError):
            self._end()
        match message:
            case Train():
                self._line_up(message)
            case Steer(run, command):
                self._steer(run, command)
            case Ask(number):
                self._inspector.asked.add(number)
                self._send(self._inspector, message)
            case Begin(number):
                self._jobs = self._jobs or self._begin(do_jobs)
                self._jobs.asked.add(number)
                self._send(self._jobs, message)
            case Cancel(number) if self._jobs:
                self._jobs.asked.discard(number)
                self._send(self._jobs, message)

    def _line_up(self, wish: Train) -> None:
        known = self._workers.get(wish.run)
        if any(waiting.run == wish.run for waiting in self._waiting) or (known and known.state != "paused"):
            return
        self._waiting.append(wish)
        self._fill()

    def _steer(self, run: Path, command: Command) -> None:
        if command.verb == "watch":
            (self._watched.add if command.value else self._watched.discard)(run)
        if command.verb == "resume":
            self._line_up(Train(run, 0))
            return
        if command.verb in ("stop", "pause") and any(waiting.run == run for waiting in self._waiting):
            self._waiting = deque(waiting for waiting in self._waiting if waiting.run != run)
            if run not in self._workers:
                self._never_started(run)
            self._tell_queue()
        if run in self._workers:
            self._send(self._workers[run], command)

    def _never_started(self, run: Path) -> None:
        try:
            found = Run(run)
            with found.lock():
                found.add_event("stopped", found.status().step)
        except CnnvizError:  # deleted meanwhile: nothing to write it into
            pass
        self._tell(Gone(run))

    def _fill(self) -> None:
        """Give free places to those who wait."""
        while self._waiting and sum(child.state == "training" for child in self._workers.values()) < self._slots:
            wish = self._waiting.popleft()
            paused = self._workers.get(wish.run)
            if paused:
                paused.state = "training"
                self._send(paused, Command("resume"))
                continue
            worker, self._warm = self._warm, self._begin(work)
            worker.run, worker.state = wish.run, "training"
            self._workers[wish.run] = worker
            self._send(worker, wish)
            if wish.run in self._watched:
                self._send(worker, Command("watch", 1))
        self._tell_queue()

    def _tell_queue(self) -> None:
        self._tell(Queue([wish.run for wish in self._waiting]))

    # From the children

    def _hear_child(self, child: _Child) -> None:
        try:
            message = child.connection.recv()
        except (EOFError, OSError):  # an OSError where it was killed in the middle of a message
            self._bury(child)
            return
        if isinstance(message, Answer):
            child.asked.discard(message.number)
            self._tell(message)
        elif isinstance(message, Worked):
            if message.news.over:
                child.asked.discard(message.news.number)
            self._tell(message)
        elif child.run is not None:
            self._tell(Heard(child.run, message))
            was, child.state = child.state, message.state
            if was == "training" != child.state and child.state not in _ENDS:  # at its end, its process tells
                self._fill()

    def _bury(self, child: _Child) -> None:
        child.connection.close()
        child.process.join()
        self._alive.remove(child)
        if child is self._inspector:
            for number in child.asked:
                self._tell(Answer(number, error=RunError(_TRY_AGAIN)))
            self._inspector = self._begin(inspect)
        elif child is self._jobs:
            for number in child.asked:
                self._tell(Worked(News(number, over=True, error=RunError(_TRY_AGAIN))))
            self._jobs = None
        elif child is self._warm:
            self._warm = self._begin(work)
        elif child.run is not None:
            del self._workers[child.run]
            self._tell(Gone(child.run))
            self._fill()

    def _send(self, child: _Child, message: Train | Command | Ask | Begin | Cancel) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # it is ending; `_bury` follows
            child.connection.send(message)

    def _end(self) -> NoReturn:
        for child in self._alive:
            child.process.kill()  # every file of a run is whole at any instant
        for child in self._alive:
            child.process.join()
        os._exit(0)


def main() -> None:
    """Connect, import what workers need, serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    key = bytes.fromhex(sys.stdin.readline().strip())
    server = Client(sys.argv[1], authkey=key)
    import torch
    import torch._dynamo  # noqa: F401 - making an optimizer imports it; here it is done once for all workers

    Host(server).serve()


if __name__ == "__main__":
    main()
