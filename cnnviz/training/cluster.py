"""The process that has runs trained on a Ray cluster: it keeps their folders, and actors on any node train them.

No folder is shared with the nodes: an actor is given what it needs to go on from the last snapshot, and gives back what
it writes. Where it dies, or its node, another one is made, which takes the steps since that snapshot anew, to the same
numbers on the same kind of machine.
"""

import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cnnviz.datasets import split_of
from cnnviz.errors import CnnvizError
from cnnviz.runs import Run
from cnnviz.training.control import Command, Report
from cnnviz.training.faults import fault
from cnnviz.training.messages import Able, Gone, Heard, Steer, Train
from cnnviz.training.parcels import Parcel, to_go_on
from cnnviz.training.remote import Trainer
from cnnviz.training.worker import settle

LOOK_EVERY = 2.0  # s between two looks at how many cores the cluster has
CONNECT_EVERY = 10.0  # s
KNOCK = 3.0  # s
TRIES = 5  # actors of a run that may die one after another without having saved a step
_NO_RAY = "Ray is not installed here: `pip install 'cnnviz[ray]'`, or start the server without CNNVIZ_RAY_ADDRESS."


def speak(connection: Connection, inherited: Iterable[Connection], address: str, after: float) -> None:
    """Speak between the host and the cluster, until the host is gone; begin after so many seconds."""
    settle(inherited)
    time.sleep(after)
    Cluster(connection, address).serve()


@dataclass(eq=False)
class _Job:
    """A run that the cluster trains, and the actor that has it now.

    Attributes:
        held: The lock on the run's folder.
        images: Where the cluster has its images.
        has_spoken: Whether this actor has said anything; until then, what it is told waits in `commands`.
        died_at: The step last saved when an actor died, and how many died there.
    """

    run: Run
    wish: Train
    held: ExitStack
    images: Any = None
    actor: Any = None
    has_spoken: bool = False
    commands: list[Command] = field(default_factory=list)
    watched: Command | None = None
    died_at: tuple[list[int], int] = ([], 0)


@dataclass(frozen=True)
class _News:
    """What an actor answered, or how it died."""

    job: _Job
    actor: Any
    answer: "Future[Parcel]"


class Cluster:
    """The runs that the cluster trains.

    Args:
        host: The line to the host.
        address: Where the cluster is, as `ray.init` takes it.
    """

    def __init__(self, host: Connection, address: str) -> None:
        self._host = host
        self._address = address
        self._inbox: queue.SimpleQueue[Train | Steer | _News] = queue.SimpleQueue()
        self._jobs: dict[Path, _Job] = {}
        self._able: Able | None = None

    def serve(self) -> None:
        """Do as told until the host is gone."""
        threading.Thread(target=self._listen, daemon=True).start()
        while not self._connect():
            time.sleep(CONNECT_EVERY)
        looked = 0.0
        while True:
            if time.monotonic() > looked + LOOK_EVERY:
                looked = time.monotonic()
                self._look()
            with suppress(queue.Empty):
                self._take(self._inbox.get(timeout=LOOK_EVERY))

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._inbox.put(self._host.recv())
        os._exit(1)

    def _connect(self) -> bool:
        try:
            import ray

            _knock(self._address)
            ray.init(self._address, namespace="cnnviz", log_to_driver=False, logging_level=logging.WARNING)
        except ImportError:
            self._say_able(Able(0, _NO_RAY))
            return False
        except Exception as error:  # Ray raises all kinds: of the network, of versions, of its own
            self._say_able(Able(0, f"The Ray cluster at {self._address} does not answer: {_last_line(error)}"))
            return False
        self._trainer = ray.remote(Trainer)
        return True

    def _look(self) -> None:
        import ray

        cores = int(ray.cluster_resources().get("CPU", 0))
        self._say_able(Able(cores, None if cores else f"The Ray cluster at {self._address} has no free node now."))

    def _say_able(self, able: Able) -> None:
        if able != self._able:
            self._able = able
            self._say(able)

    def _say(self, message: Able | Heard | Gone) -> None:
        try:
            self._host.send(message)
        except OSError:
            os._exit(1)

    def _take(self, message: Train | Steer | _News) -> None:
        match message:
            case Train():
                self._begin(message)
            case Steer(run, command) if run in self._jobs:
                self._steer(self._jobs[run], command)
            case _News(job, actor, answer) if actor is job.actor:
                if answer.exception():
                    self._replace(job, str(answer.exception()))
                else:
                    self._hear(job, answer.result())

    # One run

    def _begin(self, wish: Train) -> None:
        held = ExitStack()
        try:
            run = Run(wish.run)
            held.enter_context(run.lock())
        except CnnvizError as error:
            self._say(Gone(wish.run, str(error)))
            return
        job = self._jobs[wish.run] = _Job(run, wish, held)
        try:
            run.tidy()
            job.images = self._images(run)
        except Exception as error:  # one run's images must not end the others
            self._end(job, *fault(error, run))
        else:
            self._submit(job, "A node of the cluster gets ready.")

    def _images(self, run: Run) -> Any:
        """A run's images in the cluster's memory: runs on the same ones share them, and no node need have the files."""
        import ray

        shared = (job.images for job in self._jobs.values() if job.images and _images_of(job.run) == _images_of(run))
        return next(shared, None) or ray.put(split_of(run.record))

    def _submit(self, job: _Job, why: str) -> None:
        saved = job.run.steps()
        try:
            files = to_go_on(job.run)
        except OSError as error:
            self._end(job, *fault(error, job.run))
            return
        self._say(Heard(job.run.path, Report("waiting", saved[-1] if saved else 0, job.wish.pace, why)))
        needs_gpu = job.run.record["recipe"].get("device") == "cuda"
        made = self._trainer.options(num_cpus=1, num_gpus=int(needs_gpu), max_concurrency=4)
        job.actor, job.has_spoken = made.remote(job.wish, files, job.images), False
        self._ask(job)

    def _ask(self, job: _Job) -> None:
        actor = job.actor
        answer = actor.news.remote().future()
        answer.add_done_callback(lambda done: self._inbox.put(_News(job, actor, done)))

    def _steer(self, job: _Job, command: Command) -> None:
        if command.verb == "watch":
            job.watched = command
        if job.has_spoken:
            job.actor.steer.remote(command)
        elif command.verb == "stop":
            self._end(job, "stopped", None)
        elif command.verb != "watch":
            job.commands.append(command)

    def _hear(self, job: _Job, parcel: Parcel) -> None:
        try:
            parcel.unpack(job.run)
        except OSError as error:
            self._end(job, *fault(error, job.run))
            return
        for report in parcel.reports:
            job.wish = replace(job.wish, pace=report.pace, paused=report.state == "paused")
            self._say(Heard(job.run.path, report))
        if parcel.over:
            self._let_go(job, parcel.reason)
            return
        if not job.has_spoken:
            job.has_spoken = True
            for command in (*job.commands, *([job.watched] if job.watched else [])):
                job.actor.steer.remote(command)
            job.commands.clear()
        self._ask(job)

    def _replace(self, job: _Job, error: str) -> None:
        """Have another actor go on where one has died."""
        self._kill(job)
        saved, (step, deaths) = job.run.steps()[-1:], job.died_at
        job.died_at = (saved, deaths + 1 if saved == step else 1)
        if job.died_at[1] >= TRIES:
            why = f"{TRIES} nodes in a row were lost with it: {_last_line(error)}; {job.run.can_go_on()}."
            self._end(job, "interrupted", why)
        else:
            self._submit(job, f"The node that trained it was lost; another one goes on at step {(saved or [0])[0]}.")

    def _end(self, job: _Job, state: Any, reason: str | None) -> None:
        """End a run from here, and write that down where it can be written."""
        self._kill(job)
        step = job.run.status().step
        with suppress(CnnvizError):
            job.run.add_event(state, step, **({"reason": reason} if reason else {}))
        self._say(Heard(job.run.path, Report(state, step, reason=reason)))
        self._let_go(job, reason)

    def _let_go(self, job: _Job, reason: str | None) -> None:
        self._kill(job)
        job.held.close()
        del self._jobs[job.run.path]
        self._say(Gone(job.run.path, reason))

    def _kill(self, job: _Job) -> None:
        if job.actor is None:
            return
        import ray

        with suppress(Exception):  # it is gone already
            ray.kill(job.actor)


def _images_of(run: Run) -> list[Any]:
    """What of a run's record says which images it has, in which order."""
    return [run.record["recipe"]["seed"], *(run.record.get(name) for name in ("dataset", "classes", "preparation"))]


def _knock(address: str) -> None:
    """Find out whether anybody listens there: Ray itself takes minutes to say that nobody does.

    Raises:
        OSError: If nobody does.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=KNOCK).close()


def _last_line(error: object) -> str:
    """What matters of a message that may hold a whole traceback, as a sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{lines[-1].rstrip('.')[:300]}." if lines else f"{type(error).__name__}."
