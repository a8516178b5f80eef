"""A training on a node of a cluster: an actor, which knows nothing of the server but who made it."""

import os
import queue
import shutil
import tempfile
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from cnnviz.datasets import Split
from cnnviz.errors import CnnvizError
from cnnviz.training.control import Command, Report
from cnnviz.training.memory import keep_freed_memory
from cnnviz.training.messages import Train
from cnnviz.training.parcels import Changes, Parcel
from cnnviz.training.worker import train


class _Home:
    """A folder of this actor's own, held by a lock beside it, which the system lets go of however the actor ends.

    Who makes one removes what is left of those that were killed on this node.
    """

    def __init__(self) -> None:
        for left in Path(tempfile.gettempdir()).glob("cnnviz-node-*.lock"):
            with suppress(Timeout, OSError), FileLock(left, timeout=0):  # another one's, or another person's
                _remove(left)
        file, name = tempfile.mkstemp(".lock", "cnnviz-node-")
        os.close(file)
        self._lock = FileLock(name, thread_local=False)
        self._lock.acquire()
        self.path = Path(name).with_suffix("")
        self.path.mkdir(0o700)

    def leave(self) -> None:
        """Remove it."""
        self._lock.release()
        _remove(Path(self._lock.lock_file))


def _remove(lock: Path) -> None:
    shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
    lock.unlink(missing_ok=True)


class Trainer:
    """Trains a run in a folder of its own, and keeps what there is to tell until somebody asks.

    Args:
        wish: What was asked for; its folder is the server's.
        files: What the run's folder must hold to go on.
        split: Its images, for which this node need not have the files.

    Attributes:
        thread: In which it is trained.
    """

    def __init__(self, wish: Train, files: dict[str, bytes], split: Split) -> None:
        keep_freed_memory()  # an actor's process does nothing else
        self._home = _Home()
        folder = self._home.path / wish.run.name
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / "events.jsonl").touch()
        self._changes = Changes(folder)
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._parcel = Parcel()
        self._news = threading.Condition()
        self.thread = threading.Thread(target=self._train, args=(replace(wish, run=folder), split), daemon=True)
        self.thread.start()

    def steer(self, command: Command) -> None:
        """Pass a command on."""
        self._commands.put(command)

    def news(self) -> Parcel:
        """Wait until there is something to tell, and tell it."""
        with self._news:
            self._news.wait_for(lambda: self._parcel.reports or self._parcel.over)
            parcel, self._parcel = self._parcel, Parcel()
            return parcel

    # What the training asks for: see `Control`

    def receive(self, seconds: float | None) -> Command | None:
        """As `Control.receive`."""
        try:
            return self._commands.get(timeout=seconds) if seconds != 0 else self._commands.get_nowait()
        except queue.Empty:
            return None

    def send(self, report: Report) -> None:
        """As `Control.send`; what was written until now goes along."""
        with self._news:
            self._changes.since(self._parcel)
            self._parcel.reports.append(report)
            self._news.notify()

    def _train(self, wish: Train, split: Split) -> None:
        import torch

        torch.set_num_threads(1)  # it holds for the thread that asks
        reason = None
        try:
            train(wish, self, split)
        except (CnnvizError, OSError) as error:
            reason = str(error)
        finally:
            with self._news:
                with suppress(OSError):  # its folder was removed
                    self._changes.since(self._parcel)
                self._parcel.over, self._parcel.reason = True, reason
                self._news.notify()
            self._home.leave()  # an actor is killed at its end, and nothing would do it then
