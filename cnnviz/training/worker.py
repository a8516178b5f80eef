"""What runs in the processes the host keeps: a worker trains one run, one answers questions, one does jobs."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from cnnviz.datasets import Split
from cnnviz.errors import CnnvizError, RunError
from cnnviz.jobs import Turns
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.tasks import TASKS
from cnnviz.training.control import Command, Control, PipeControl, Report
from cnnviz.training.engine import Engine
from cnnviz.training.faults import fault
from cnnviz.training.loop import make_optimizer
from cnnviz.training.memory import keep_freed_memory
from cnnviz.training.messages import Answer, Ask, Begin, Cancel, Train, Worked
from cnnviz.training.session import Session


def work(connection: Connection, inherited: Iterable[Connection] = ()) -> None:
    """Get warm, wait for a run, train it, end."""
    settle(inherited)
    keep_freed_memory()
    _warm_up()
    try:
        wish = _wait_for_run(connection)
        train(wish, PipeControl(connection))
    except (EOFError, BrokenPipeError, ConnectionResetError):  # the host is gone, and so are we
        os._exit(1)


def inspect(connection: Connection, inherited: Iterable[Connection] = ()) -> None:
    """Answer one question after another."""
    settle(inherited)
    while True:
        try:
            asked: Ask = connection.recv()
        except (EOFError, ConnectionResetError):
            os._exit(1)
        try:
            answer = Answer(asked.number, value=asked.question.answer())
        except CnnvizError as error:
            answer = Answer(asked.number, error=error)
        except Exception as error:
            answer = Answer(asked.number, error=RunError(f"{type(error).__name__}: {error}"))
        connection.send(answer)


def do_jobs(connection: Connection, inherited: Iterable[Connection] = ()) -> None:
    """Do the jobs of all who ask, a step of each in turn, and hear of new ones between two steps."""
    settle(inherited)
    if hasattr(os, "nice"):
        os.nice(5)  # who trains or looks goes before who waits for a slow answer
    turns = Turns()
    try:
        while True:
            while turns.is_idle or connection.poll():
                _take(turns, connection.recv())
            news = turns.step()
            if news:
                connection.send(Worked(news))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(1)


def _take(turns: Turns, message: Begin | Cancel) -> None:
    match message:
        case Begin(number, owner, job):
            turns.begin(number, owner, job)
        case Cancel(number):
            turns.cancel(number)


def settle(inherited: Iterable[Connection]) -> None:
    """Let go of what a fork copied, so that the others notice when the host is gone; one thread a process."""
    import torch

    with suppress(OSError):  # Linux only: when memory runs out, one of these is to be ended, and never the server
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends the host
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    torch.set_num_threads(1)


def _warm_up() -> None:
    """One throw-away step: the first one of a process takes half a second."""
    import torch

    network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten())
    optimizer = make_optimizer(Recipe(), network)
    Engine(network, optimizer, TASKS["classify"], "float32").gradients(torch.zeros(2, 1, 8, 8), torch.tensor([0, 1]), 0)
    optimizer.step()


def _wait_for_run(connection: Connection) -> Train:
    """The run to train; whether somebody watches an idle worker does not matter."""
    while True:
        message: Train | Command = connection.recv()
        if isinstance(message, Train):
            return message


def train(wish: Train, control: Control, split: Split | None = None) -> None:
    """Train a run to its end, whatever that is; its files and whoever steers are told of it.

    Args:
        wish: Which run, and how.
        control: Whoever steers.
        split: The run's images, where they were read already.

    Raises:
        EOFError, ConnectionError: If whoever steers is gone.
        CnnvizError: If the run is gone or damaged before it begins.
    """
    run = Run(wish.run)
    try:
        session = Session(run, control, split)
        session.pace = wish.pace
        if wish.paused:
            session.state = "paused"
        session.train()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except Exception as error:
        state, reason = fault(error, run)
        step = run.status().step
        with suppress(OSError, CnnvizError), run.lock(timeout=0):  # there may be no room, or another process trains it
            run.add_event(state, step, reason=reason)
        control.send(Report(state, step, reason=reason))
