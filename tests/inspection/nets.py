"""One small residual network written in the ways people write them; all have the same weights and give the same."""

import torch
from torch import Tensor, nn
from torch.nn import functional

SHAPE = (2, 8, 8)
CLASSES = 4


class Parts(nn.Module):
    """What they share."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(2, 5, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(5)
        self.conv2 = nn.Conv2d(5, 5, 3, padding=1)
        self.fc = nn.Linear(5 * 4 * 4, CLASSES)


class Modules(Parts):
    def __init__(self) -> None:
        super().__init__()
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, image: Tensor) -> Tensor:
        kept = self.relu1(self.bn1(self.conv1(image)))
        return self.fc(self.pool(self.relu2(self.conv2(kept) + kept)).flatten(1))


class Functional(Parts):
    def forward(self, image: Tensor, scale: float | None = None, *more: Tensor) -> Tensor:
        kept = functional.relu(self.bn1(self.conv1(image)))
        if scale is not None:  # never, but a stand-in for `scale` would go this way
            kept = kept * scale
        return self.fc(functional.max_pool2d(torch.relu(self.conv2(kept) + kept), 2).flatten(1))


class Methods(Parts):
    def forward(self, image: Tensor) -> Tensor:
        kept = self.bn1(self.conv1(image)).relu()
        return self.fc(torch.max_pool2d(self.conv2(kept).add(kept).relu(), 2).flatten(1))


class Reused(Parts):
    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, image: Tensor) -> Tensor:
        kept = self.relu(self.bn1(self.conv1(image)))
        return self.fc(self.pool(self.relu(self.conv2(kept) + kept)).flatten(1))


class InPlace(Parts):
    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, image: Tensor) -> Tensor:
        normed = self.bn1(self.conv1(image))
        self.relu(normed)  # which changes it
        summed = self.conv2(normed)
        summed += normed
        functional.relu_(summed)
        return self.fc(functional.max_pool2d(summed, 2).flatten(1))


class Branching(Parts):
    """Cannot be traced: where it goes depends on numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, image: Tensor) -> Tensor:
        kept = self.relu(self.bn1(self.conv1(image)))
        summed = self.conv2(kept) + kept
        if summed.sum() > -1e9:
            summed = torch.relu(summed)
        return self.fc(functional.max_pool2d(summed, 2).flatten(1))


TWINS: tuple[type[Parts], ...] = (Modules, Functional, Methods, Reused, InPlace)


def make(kind: type[Parts], seed: int = 0) -> Parts:
    """In train mode, with batch norms that have seen something: figures other than 0 and 1."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Modules()
        network.bn1.running_mean += torch.randn(5)
        network.bn1.running_var *= torch.rand(5) + 0.5
        network.bn1.weight.data = torch.randn(5)
    twin = kind()
    twin.load_state_dict(network.state_dict())
    return twin.train()


def image(seed: int = 0) -> Tensor:
    return torch.rand(SHAPE, generator=torch.Generator().manual_seed(seed))


def states(network: nn.Module) -> list[object]:
    """All that nobody may change in somebody else's network."""
    found: list[object] = [network.training, *(value.clone() for value in network.state_dict().values())]
    for part in network.modules():
        hooks = [vars(part)[name] for name in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")]
        found += [part.training, [list(one) for one in hooks], sorted(vars(part))]
    for weight in network.parameters():
        found += [weight.requires_grad, None if weight.grad is None else weight.grad.clone(), id(weight)]
    return found


def are_same(before: list[object], after: list[object]) -> bool:
    return len(before) == len(after) and all(
        torch.equal(one, other)
        if isinstance(one, Tensor) and isinstance(other, Tensor)
        else one is other or one == other
        for one, other in zip(before, after, strict=True)
    )
