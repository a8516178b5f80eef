"""Training speed: a session of ours against the loop of the PyTorch tutorials, in one process with one thread."""

import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Figure
from cnnviz.networks import NetworkSpec, network
from cnnviz.training.control import CallControl
from cnnviz.training.loop import make_optimizer, train_steps
from cnnviz.training.session import Session
from cnnviz.training.start import new_run

CASES = ("digits_small", "keras_example")  # on the embedded digits, each with its preset's recipe
KINDS = ("loop", "session", "tutorial")


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """Images per second of our loop alone, of a session with all it saves, and of the tutorials' loop, alternated."""
    import torch

    torch.set_num_threads(1)
    figures = []
    for name in CASES:
        measured: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for turn in range(3 if quick else 8):
            for kind in KINDS[turn % 3 :] + KINDS[: turn % 3]:
                made = new_run("digits", name, replace(network(name).recipe, seed=turn), folder=folder / "runs")
                session = Session(made, CallControl(lambda _: None))
                measured[kind].append(_measure(kind, session))
        rounds = {kind: values[1:] for kind, values in measured.items()}  # the first warms all of them
        figures += [_figure(name, "the loop alone", rounds["loop"], rounds["tutorial"])]
        figures += [_figure(name, "with all that is saved", rounds["session"], rounds["tutorial"])]
    return figures


def _figure(name: str, what: str, ours: list[float], theirs: list[float]) -> Figure:
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return Figure(
        f"{name}, {what}, ratio to the tutorial loop",
        f"{median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})",
        peer=f"{median(ours):,.0f} against {median(theirs):,.0f} images/s, {len(ratios)} rounds",
    )


def _measure(kind: str, session: Session) -> float:
    """Images per second of one whole training."""
    recipe, train = session.plan.recipe, session.keeper.split.train
    images = min(len(train), session.run.record["steps_per_epoch"] * recipe.batch_size) * recipe.epochs
    if kind == "tutorial":
        return _tutorial(session)
    begun = time.perf_counter()
    if kind == "session":
        session.train()
    else:
        built = NetworkSpec.from_record(session.run.record["network"]).build(recipe.seed)
        for _ in train_steps(built, make_optimizer(recipe, built), session.keeper.task, train, session.plan):
            pass
    return images / (time.perf_counter() - begun)


def _tutorial(session: Session) -> float:
    """The same network and images as the tutorials train them: a data loader, a transform of each image, `.item()`."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader

    recipe, built = session.plan.recipe, NetworkSpec.from_record(session.run.record["network"]).build(0)
    loader = DataLoader(_Pictures(session.keeper.split.train), batch_size=recipe.batch_size, shuffle=True)
    optimizer = torch.optim.Adam(built.parameters(), lr=recipe.learning_rate)
    criterion = nn.CrossEntropyLoss()
    images = 0
    begun = time.perf_counter()
    for _ in range(recipe.epochs):
        running_loss, correct = 0.0, 0
        for inputs, labels in loader:
            optimizer.zero_grad()
            outputs = built(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
            correct += (outputs.argmax(1) == labels).sum().item()
            images += len(labels)
    return images / (time.perf_counter() - begun)


class _Pictures:
    """A data set as the tutorials write one: bytes, made into a tensor one by one by torchvision's `ToTensor`."""

    def __init__(self, images: Any) -> None:
        from torchvision.transforms import ToTensor

        self._bytes = (images.images * 255).astype("uint8").transpose(0, 2, 3, 1)  # (N, H, W, C)
        self._labels = images.labels
        self._transform = ToTensor()

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        return self._transform(self._bytes[index]), int(self._labels[index])
