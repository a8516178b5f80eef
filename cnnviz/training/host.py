"""The host: a process of its own beside the server that has every run trained, in turn, and questions answered.

`python -m cnnviz.training.host ADDRESS` connects to the server that started it, with the key that its stdin says. The
connection is its life line: when the server is gone, however it ended, the host ends its workers and itself.

The host imports torch but runs none of it: a process forked after a multi-threaded operation hangs in its first one.
"""

import os
import signal
import sys
from multiprocessing.connection import Client, Connection, wait
from typing import NoReturn

from cnnviz.errors import RunError
from cnnviz.jobs import News
from cnnviz.training.children import Child, Children
from cnnviz.training.dispatch import TICK, Dispatch
from cnnviz.training.executors import Executor, wanted
from cnnviz.training.messages import Answer, Ask, Begin, Cancel, End, Gone, Heard, Queue, Steer, Train, Worked
from cnnviz.training.order import pass_of_both
from cnnviz.training.worker import do_jobs, inspect

_TRY_AGAIN = "The process that looks into networks has ended; it has been started again. Try again."


def places() -> int:
    """How many runs train at once: one core less than there are, at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


class Host:
    """Hears the server and passes on: runs to whoever trains them, questions to an inspector, jobs to one for jobs."""

    def __init__(self, server: Connection, chosen: Executor | None = None) -> None:
        self._server = server
        self._children = Children(server)
        self._executor = chosen or wanted()(self._children, places())
        self._runs = Dispatch(self._executor, self._tell)
        self._inspector = self._children.begin(inspect)
        self._jobs: Child | None = None

    def serve(self) -> NoReturn:
        """Do as told until the server is gone."""
        while True:
            ours = {child.connection: child for child in (self._inspector, self._jobs) if child}
            theirs = set(self._executor.connections())
            for ready in wait([self._server, *ours, *theirs], TICK if self._runs.has_to_look else None):
                if ready is self._server:
                    self._hear_server()
                elif ready in ours:
                    self._hear_child(ours[ready])
                elif ready in theirs:
                    self._runs.heard(self._executor.hear(ready))
            self._runs.look()

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
            case End():
                self._end()
            case Train():
                self._runs.line_up(message)
            case Steer(run, command):
                self._runs.steer(run, command)
            case Ask(number):
                self._inspector.asked.add(number)
                self._inspector.send(message)
            case Begin(number):
                self._jobs = self._jobs or self._children.begin(do_jobs)
                self._jobs.asked.add(number)
                self._jobs.send(message)
            case Cancel(number) if self._jobs:
                self._jobs.asked.discard(number)
                self._jobs.send(message)

    # From those who answer

    def _hear_child(self, child: Child) -> None:
        try:
            message: Answer | Worked = child.connection.recv()
        except (EOFError, OSError):  # an OSError where it was killed in the middle of a message
            self._bury(child)
            return
        if isinstance(message, Answer):
            child.asked.discard(message.number)
        elif message.news.over:
            child.asked.discard(message.news.number)
        self._tell(message)

    def _bury(self, child: Child) -> None:
        self._children.bury(child)
        error = RunError(_TRY_AGAIN)
        if child is self._inspector:
            for number in child.asked:
                self._tell(Answer(number, error=error))
            self._inspector = self._children.begin(inspect)
        else:
            for number in child.asked:
                self._tell(Worked(News(number, over=True, error=error)))
            self._jobs = None

    def _end(self) -> NoReturn:
        self._children.end()
        os._exit(0)


def main() -> None:
    """Connect, import what workers need, serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    key = bytes.fromhex(sys.stdin.readline().strip())
    server = Client(sys.argv[1], authkey=key)
    import torch
    import torch._dynamo  # noqa: F401 - making an optimizer imports it; here it is done once for all workers

    pass_of_both()  # likewise what Numba compiles
    Host(server).serve()


if __name__ == "__main__":
    main()
