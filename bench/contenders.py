"""Those whose training speed is compared: each a process of its own, which trains when it is told to.

`python -m bench.contenders KIND BATCH PRECISION` says "ready" when it has warmed up. For every number on a line it then
trains at least so many images, and says in JSON how many, in how many seconds, and in how many of the processor.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from bench.data import Mnist, register
from cnnviz.datasets import Images, dataset
from cnnviz.networks import network
from cnnviz.recipe import Recipe
from cnnviz.training import engine
from cnnviz.training.control import Command
from cnnviz.training.memory import keep_freed_memory
from cnnviz.training.order import pooled_first
from cnnviz.training.session import Session
from cnnviz.training.start import new_run

WARM = 100  # steps before the first turn: the first ones are all saved
LONGEST = 6.0  # s of a turn: two threads beside a busy neighbour may crawl
RATE = 0.001


def main() -> None:
    """Train turn by turn, until the one who asks has gone."""
    kind, batch, precision = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    register()
    KINDS[kind](batch, precision, Turns())


class Turns:
    """Counts images, and waits when a turn is over until the next is asked for."""

    def __init__(self) -> None:
        self._steps = self._images = self._wanted = 0
        self._begun = self._begun_cpu = 0.0

    def took(self, images: int) -> None:
        """A step was taken of so many images."""
        self._steps += 1
        self._images += images
        seconds = time.perf_counter() - self._begun
        if self._steps == WARM:
            self._wait("ready")
        elif self._wanted and (self._images >= self._wanted or seconds > LONGEST):
            cpu = time.process_time() - self._begun_cpu
            self._wait({"images": self._images, "seconds": seconds, "cpu": cpu})

    def _wait(self, said: Any) -> None:
        print(json.dumps(said), flush=True)
        line = sys.stdin.readline()
        if not line:
            raise SystemExit
        self._images, self._wanted = 0, int(line)
        self._begun, self._begun_cpu = time.perf_counter(), time.process_time()


def ours(batch: int, precision: str, turns: Turns) -> None:
    """A whole training as a worker does it, watched live: what is saved, measured and reported included."""

    class Watched:
        """Says first that somebody looks, then nothing; hears everything."""

        first: Command | None = Command("watch", 1)

        def receive(self, seconds: float | None) -> Command | None:
            del seconds
            command, self.first = self.first, None
            if command is None:
                turns.took(batch)
            return command

        def send(self, report: object) -> None:
            del report

    keep_freed_memory()
    recipe = Recipe(learning_rate=RATE, schedule="constant", batch_size=batch, epochs=200, precision=precision)
    with tempfile.TemporaryDirectory(prefix="cnnviz-bench-") as folder:
        Session(new_run(Mnist.name, "keras_example", recipe, folder=folder), Watched()).train()


def one_thread(batch: int, precision: str, turns: Turns) -> None:
    """The same on one thread, which then need not divide a batch."""
    engine.WORTH_HALVING = sys.maxsize
    ours(batch, precision, turns)


def pure(batch: int, precision: str, turns: Turns, threads: int = 1) -> None:
    """Nothing but the computation, on one batch again and again, in the best way that plain PyTorch knows."""
    import torch

    keep_freed_memory()
    torch.set_num_threads(threads)
    dtype = getattr(torch, precision)
    images = _images()
    pixels = torch.from_numpy(images.images[:batch]).to(dtype).contiguous(memory_format=torch.channels_last)
    labels = torch.from_numpy(images.labels[:batch])
    built = pooled_first(network("keras_example").spec(Mnist.shape, 10).build(0))
    built.to(memory_format=torch.channels_last, dtype=dtype)
    optimizer = torch.optim.Adam(built.parameters(), lr=RATE, fused=True)
    for _ in count():
        loss = torch.nn.functional.cross_entropy(built(pixels).float(), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        turns.took(batch)


def tutorial(batch: int, precision: str, turns: Turns, threads: int = 1) -> None:
    """As in PyTorch's "Training with PyTorch": torchvision's data set and two transforms, `.item()` in every step."""
    del precision
    import torch
    from torch import nn
    from torch.utils.data import DataLoader

    torch.set_num_threads(threads)
    loader = DataLoader(_pictures(_images()), batch_size=batch, shuffle=True)
    built = network("keras_example").spec(Mnist.shape, 10).build(0)
    optimizer = torch.optim.Adam(built.parameters(), lr=RATE)
    criterion = nn.CrossEntropyLoss()
    for _ in count():
        running_loss = 0.0
        for inputs, labels in loader:
            optimizer.zero_grad()
            outputs = built(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
            turns.took(len(labels))


def _pictures(images: Images) -> Any:
    """Images as torchvision's own MNIST hands them out: each a Pillow picture, transformed when it is asked for."""
    import torch
    from torchvision.datasets import MNIST
    from torchvision.transforms import Compose, Normalize, ToTensor

    pictures = MNIST.__new__(MNIST)  # its files were read already, and may lie compressed
    pictures.data = torch.from_numpy((images.images[:, 0] * 255).astype("uint8"))  # (N, H, W)
    pictures.targets = torch.from_numpy(images.labels)
    pictures.transform, pictures.target_transform = Compose([ToTensor(), Normalize((0.5,), (0.5,))]), None
    return pictures


def _images() -> Images:
    return dataset(Mnist.name).split(0).train


KINDS: dict[str, Callable[[int, str, Turns], None]] = {
    "ours": ours,
    "one_thread": one_thread,
    "pure": pure,
    "pure_2": lambda batch, precision, turns: pure(batch, precision, turns, threads=2),
    "tutorial": tutorial,
    "tutorial_2": lambda batch, precision, turns: tutorial(batch, precision, turns, threads=2),
}

if __name__ == "__main__":
    main()
