"""Training speed: a session of ours against the loop of the PyTorch tutorials, in one process with one thread."""

import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.data import FewMnist, make_folder, register
from bench.figures import Figure
from cnnviz.networks import NetworkSpec
from cnnviz.recipe import Recipe
from cnnviz.runs import Run
from cnnviz.training.control import CallControl
from cnnviz.training.session import Session
from cnnviz.training.start import new_run

CASES = {"digits_small": ("digits", 5), "keras_example": (FewMnist.name, 1)}  # data set, epochs


def run(folder: Path, *, quick: bool) -> list[Figure]:
    """Images per second of both, alternated."""
    import torch

    make_folder(folder.parent / "mnist")
    register()
    torch.set_num_threads(1)
    figures = []
    for network, (data, epochs) in CASES.items():
        measured: dict[str, list[float]] = {"ours": [], "tutorial": []}
        for turn in range(3 if quick else 8):
            made = new_run(data, network, Recipe(epochs=epochs, learning_rate=0.003, seed=turn), folder=folder / "runs")
            for which in ("ours", "tutorial") if turn % 2 else ("tutorial", "ours"):
                measured[which].append(_ours(made) if which == "ours" else _tutorial(made))
        pairs = list(zip(measured["ours"], measured["tutorial"], strict=True))[1:]  # the first warms both
        ratios = [ours / theirs for ours, theirs in pairs]
        ours, theirs = (median(column) for column in zip(*pairs, strict=True))
        figures.append(
            Figure(
                f"training {network}, ratio to the tutorial loop",
                f"{median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})",
                peer=f"{ours:,.0f} against {theirs:,.0f} images/s, {len(ratios)} pairs; with all snapshots",
            )
        )
    return figures


def _ours(made: Run) -> float:
    """A whole session at full speed, with all that it saves and validates."""
    session = Session(made, CallControl(lambda _: None))
    begun = time.perf_counter()
    session.train()
    seconds = time.perf_counter() - begun
    recipe = session.recipe
    per_epoch = min(len(session.split.train), made.record["steps_per_epoch"] * recipe.batch_size)
    return per_epoch * recipe.epochs / seconds


def _tutorial(made: Run) -> float:
    """The same network and images as the tutorials train them: a data loader, a transform of each image, `.item()`."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader

    session = Session(made, CallControl(lambda _: None))
    recipe, network = session.recipe, NetworkSpec.from_record(made.record["network"]).build(0)
    loader = DataLoader(_Pictures(session.split.train), batch_size=recipe.batch_size, shuffle=True)
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    criterion = nn.CrossEntropyLoss()
    images = 0
    begun = time.perf_counter()
    for _ in range(recipe.epochs):
        running_loss, correct = 0.0, 0
        for inputs, labels in loader:
            optimizer.zero_grad()
            outputs = network(inputs)
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
