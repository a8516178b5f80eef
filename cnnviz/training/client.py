"""The server's end of the line to the host."""

import math
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cnnviz.errors import RunError
from cnnviz.jobs import Job, News
from cnnviz.training.control import Command
from cnnviz.training.messages import (
    Answer,
    Ask,
    Begin,
    Cancel,
    End,
    Gone,
    Heard,
    Question,
    Queue,
    Steer,
    Train,
    Worked,
)

Message = Heard | Queue | Gone
RESTART_AFTER = (0.0, 0.5, 2.0, 10.0, 30.0)  # s: a host that dies again and again must not eat the machine
LIVES = 60.0  # s after which a host that dies is thought to have been well
ENDS_WITHIN = 5.0  # s
HOST = (sys.executable, "-m", "cnnviz.training.host")


class HostClient:
    """Starts a host and talks to it; a host that dies is started again, and the runs it trained are interrupted.

    Args:
        heard: Called in a thread of ours with everything the host says of runs.
        lost: Called when the host has died, before another one is started.
        command: How to start the host.
    """

    def __init__(
        self, heard: Callable[[Message], None], lost: Callable[[], None], command: Sequence[str] = HOST
    ) -> None:
        self._heard = heard
        self._lost = lost
        self._command = command
        self._numbers = count()
        self._asked: dict[int, Future[Any]] = {}
        self._jobs: dict[int, Callable[[News], None]] = {}
        self._lock = threading.Lock()  # around sending, and what waits to be sent
        self._connection: Connection | None = None
        self._unsent: list[Train | Steer | Ask | Begin | Cancel] = []
        self._process: subprocess.Popen[str] | None = None
        self._closed = threading.Event()

    def start(self) -> None:
        """Start the host; returns at once. What is asked before it is there is done when it is."""
        threading.Thread(target=self._keep, name="host", daemon=True).start()

    @property
    def is_ready(self) -> bool:
        """Whether a host is connected."""
        return self._connection is not None

    def train(self, run: Path, pace: float = 0) -> None:
        """Train a run, or go on with it, when there is a place."""
        self._send(Train(run, pace))

    def steer(self, run: Path, command: Command) -> None:
        """Pass a command on to a run that trains, waits or pauses."""
        self._send(Steer(run, command))

    def ask(self, question: Question) -> "Future[Any]":
        """Have a question answered by the inspector."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()  # one that a waiter cancelled could not be answered: an error in `_keep`
        number = next(self._numbers)
        self._asked[number] = future
        self._send(Ask(number, question))
        return future

    def begin(self, owner: str, job: Job, told: Callable[[News], None]) -> int:
        """Have a job done, its owner's jobs sharing their turns; its number.

        `told` is called in a thread of ours with all its news; the last says that it is over.
        """
        number = next(self._numbers)
        self._jobs[number] = told
        self._send(Begin(number, owner, job))
        return number

    def cancel(self, number: int) -> None:
        """End a job whose result nobody wants any more; nothing more is told of it."""
        if self._jobs.pop(number, None):
            self._send(Cancel(number))

    def close(self) -> None:
        """End the host and with it all workers."""
        self._closed.set()
        with self._lock:
            connection = self._connection
            if connection:
                with suppress(OSError):
                    connection.send(End())
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDS_WITHIN if connection else 0)
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDS_WITHIN)

    def _send(self, message: Train | Steer | Ask | Begin | Cancel) -> None:
        with self._lock:
            if self._connection is None:
                self._unsent.append(message)
                return
            with suppress(OSError):  # the host has just died; `_keep` sees it and says so
                self._connection.send(message)

    def _keep(self) -> None:
        tries, begun = 0, -math.inf
        while True:
            if time.monotonic() > begun + LIVES:
                tries = 0
            if self._closed.wait(RESTART_AFTER[min(tries, len(RESTART_AFTER) - 1)]):
                return
            tries, begun = tries + 1, time.monotonic()
            connection = self._connect()
            if connection is None:
                continue
            with suppress(EOFError, OSError):
                with self._lock:
                    self._connection = connection
                    for message in self._unsent:
                        connection.send(message)
                    self._unsent.clear()
                while not self._closed.is_set():
                    self._hear(connection.recv())
            with self._lock:
                self._connection = None
            connection.close()
            if not self._closed.is_set():
                self._fail_asked()
                self._lost()

    def _connect(self) -> Connection | None:
        """Start a process and wait for its call; None if it ended before."""
        key = secrets.token_bytes(32)
        # In a folder of its own, which goes as soon as it was called: a server that is killed leaves none behind.
        with TemporaryDirectory(prefix="cnnviz-") as folder, Listener(_address(folder), authkey=key) as listener:
            address = str(listener.address)
            process = subprocess.Popen(
                [*self._command, address], stdin=subprocess.PIPE, text=True, start_new_session=sys.platform != "win32"
            )
            self._process = process
            if process.stdin:
                with suppress(BrokenPipeError):
                    process.stdin.write(key.hex() + "\n")
                    process.stdin.flush()
            threading.Thread(target=_call_when_over, args=(process, address, key), daemon=True).start()
            connection = listener.accept()
        if process.poll() is not None:
            connection.close()
            return None
        return connection

    def _hear(self, message: Message | Answer | Worked) -> None:
        if isinstance(message, Worked):
            self._worked(message.news)
            return
        if not isinstance(message, Answer):
            self._heard(message)
            return
        future = self._asked.pop(message.number, None)
        if future is None:
            return
        if message.error is not None:
            future.set_exception(message.error)
        else:
            future.set_result(message.value)

    def _worked(self, news: News) -> None:
        told = self._jobs.pop(news.number, None) if news.over else self._jobs.get(news.number)
        if told:
            told(news)

    def _fail_asked(self) -> None:
        error = RunError("The process beside the server has ended and is started again. Try again.")
        for number in list(self._asked):
            self._asked.pop(number).set_exception(error)
        for number in list(self._jobs):
            self._worked(News(number, over=True, error=error))


def _address(folder: str) -> str | None:
    """Where a process is to call: a socket in a folder, or of Windows's own making."""
    return str(Path(folder) / "host") if sys.platform != "win32" else None


def _call_when_over(process: "subprocess.Popen[str]", address: str, key: bytes) -> None:
    """Let a listener that waits for a process go on when that has ended; otherwise nobody listens any more."""
    process.wait()
    with suppress(OSError, EOFError):
        Client(address, authkey=key).close()
