"""Two halves of a batch gone through as one, on one thread, with the numbers that they give one after the other.

Forward, and back to what comes in, every image is by itself: there one operation on all is quicker than two on half of
them. Only the gradients of weights, which are summed up over images, and products of matrices are taken half by half.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.tasks import Task
from cnnviz.training.flat import FlatOptimizer
from cnnviz.training.replica import Given, Piece, Replica, judged, keep_some, total

TRIED = 3  # steps: the few gradients of a small layer may agree once by chance
ALIGNED = 64  # bytes: where PyTorch has every tensor begin, and MKL may add up in another order where it does not


class Joined:
    """Leaves the gradient of a batch in the optimizer, as the sum of those of its halves.

    A library may take other instructions where there are more images. So for every size of a batch the first steps are
    done both ways; if the numbers are not the same to the last bit, the halves are worked out one by one from then on.

    Args:
        made: A replica that nobody else uses, of a network that `may_join`.
        halves: Those that the halves are worked out with.
        network: That of record.
        optimizer: Takes the gradient.
    """

    def __init__(self, made: Replica, halves: Sequence[Replica], network: nn.Module, optimizer: FlatOptimizer) -> None:
        self._made, self._halves = made, halves
        self._gradient = optimizer.gradient
        self._sizes: list[int] = []  # images of each half
        self._left: dict[int, int] = {}  # steps still to be tried, by the images of a batch; below 0 for good: no
        for name, module in made.network.named_modules():
            if isinstance(module, nn.Dropout):
                module.forward = partial(self._drop, module)  # type: ignore[method-assign]
            elif type(module) in WEIGHTED:
                record = network.get_submodule(name).parameters(recurse=False)
                gradients = [optimizer.view(self._gradient, one) for one in record]
                module.forward = partial(self._apply, WEIGHTED[type(module)](module), gradients)

    def learn(self, task: Task, images: Tensor, pieces: Sequence[Piece]) -> list[Given]:
        """What the whole batch gave; or each of the pieces, which divide it, with a gradient in each."""
        count = len(images)
        left = self._left.setdefault(count, TRIED)
        if not left:
            return [self._learn(task, images, pieces)]
        given = [piece.learn(task) for piece in pieces]
        if left > 0 and all(math.isfinite(one.loss) for one in given):
            self._left[count] = left - 1 if self._does_agree(task, images, pieces, total(given)) else -1
        return given

    def _does_agree(self, task: Task, images: Tensor, pieces: Sequence[Piece], given: Given) -> bool:
        before = self._gradient.clone()
        first, second = (half.gradients[0] for half in self._halves)
        is_same = self._learn(task, images, pieces) == given and torch.equal(self._gradient, first.float() + second)
        self._gradient.copy_(before)
        return is_same

    def _learn(self, task: Task, images: Tensor, pieces: Sequence[Piece]) -> Given:
        for piece in pieces:
            piece.made.seed(piece.seed)
        self._sizes = [len(piece.images) for piece in pieces]
        logits = self._made.logits(images).split_with_sizes(self._sizes)
        first, second = (judged(task, own, one.labels, one.share) for own, one in zip(logits, pieces, strict=True))
        if math.isfinite(first[1].loss) and math.isfinite(second[1].loss):
            (first[0] + second[0]).backward()  # type: ignore[no-untyped-call]
        return total((first[1], second[1]))

    def _drop(self, module: nn.Dropout, values: Tensor) -> Tensor:
        """Each half by its own generator."""
        kept = torch.empty_like(values)
        for half, own in zip(self._halves, kept.split_with_sizes(self._sizes), strict=True):
            keep_some(own, module.p, half.chance)
        return values * kept

    def _apply(self, own: "_Convolution | _Linear", gradients: list[Tensor], values: Tensor) -> Tensor:
        given: Tensor = _ByHalves.apply(own.padded(values), own.weight, own, gradients, self._sizes)
        return given


def may_join(network: nn.Module) -> bool:
    """Whether nothing in a network is rounded by how many images there are, as far as that can be known beforehand.

    What is worked out value by value in more than one rounding (ELU, GELU, sigmoid, tanh) differs in the last bit for
    the last few values of a tensor, now and then: no trial would find that.
    """
    parts = [one for one in network.modules() if not list(one.children())]
    return all(type(one) in (*WEIGHTED, *EXACT) for one in parts)


class _ByHalves(torch.autograd.Function):
    """What a module with weights gives for a whole batch, and the gradients of its weights by halves."""

    @staticmethod
    def forward(
        ctx: Any,
        values: Tensor,
        weight: Tensor,
        own: "_Convolution | _Linear",
        gradients: list[Tensor],
        sizes: list[int],
    ) -> Tensor:
        del weight  # is among the arguments so that there is something to go back for
        ctx.save_for_backward(values)
        ctx.rest = own, gradients, sizes
        return own.forward(values, sizes)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, None, None, None]:
        (values,), (own, gradients, sizes) = ctx.saved_tensors, ctx.rest
        first, second = zip(_split(gradient, sizes), _split(values, sizes), strict=True)
        for kept, one in zip(gradients, own.weights_backward(*first), strict=False):
            kept.copy_(one)
        for kept, one in zip(gradients, own.weights_backward(*second), strict=False):
            kept.add_(one)
        back = own.backward(gradient, values, sizes) if ctx.needs_input_grad[0] else None
        return back, None, None, None, None


def _split(values: Tensor, sizes: list[int]) -> list[Tensor]:
    """Two parts, each as if it were a tensor of its own."""
    first, second = values.split_with_sizes(sizes)
    return [first, second.clone() if second.data_ptr() % ALIGNED else second]


class _Convolution:
    """`conv2d`, and its gradients as PyTorch works them out."""

    def __init__(self, module: nn.Conv2d) -> None:
        self.weight, self._bias = module.weight, module.bias
        self._mode = "constant" if module.padding_mode == "zeros" else module.padding_mode
        left, right, top, bottom = self._around = module._reversed_padding_repeated_twice
        own = self._mode == "constant" and left == right and top == bottom  # else it is padded before
        self._around = [0, 0, 0, 0] if own else self._around
        self._sliding = module.stride, (top, left) if own else (0, 0), module.dilation
        self._groups = module.groups

    def padded(self, values: Tensor) -> Tensor:
        return functional.pad(values, self._around, self._mode) if any(self._around) else values

    def forward(self, values: Tensor, sizes: list[int]) -> Tensor:
        del sizes
        return functional.conv2d(values, self.weight, self._bias, *self._sliding, self._groups)

    def backward(self, gradient: Tensor, values: Tensor, sizes: list[int]) -> Tensor:
        del sizes
        given: Tensor = self._back(gradient, values, [True, False, False])[0]
        return given

    def weights_backward(self, gradient: Tensor, values: Tensor) -> tuple[Tensor, ...]:
        _, *given = self._back(gradient, values, [False, True, self._bias is not None])
        return tuple(given)

    def _back(self, gradient: Tensor, values: Tensor, wanted: list[bool]) -> Any:
        sizes = [len(self.weight)]
        rest = (*self._sliding, False, (0, 0), self._groups, wanted)
        return torch.ops.aten.convolution_backward(gradient, values, self.weight, sizes, *rest)


class _Linear:
    """`linear` on (B, values), and its gradients as PyTorch works them out: all by halves.

    How a product of matrices is added up may depend on its number of rows, and where few values are added up, no trial
    would be sure to find it.
    """

    def __init__(self, module: nn.Linear) -> None:
        self.weight, self._bias = module.weight, module.bias

    def padded(self, values: Tensor) -> Tensor:
        return values

    def forward(self, values: Tensor, sizes: list[int]) -> Tensor:
        return torch.cat([functional.linear(part, self.weight, self._bias) for part in _split(values, sizes)])

    def backward(self, gradient: Tensor, values: Tensor, sizes: list[int]) -> Tensor:
        del values
        return torch.cat([part.mm(self.weight) for part in _split(gradient, sizes)])

    def weights_backward(self, gradient: Tensor, values: Tensor) -> tuple[Tensor, ...]:
        return gradient.t().mm(values), gradient.sum(0)


WEIGHTED: dict[type[nn.Module], Any] = {nn.Conv2d: _Convolution, nn.Linear: _Linear}
EXACT = (
    *(nn.ReLU, nn.LeakyReLU, nn.MaxPool2d, nn.AdaptiveMaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d),
    *(nn.Flatten, nn.Dropout, nn.Upsample, nn.Identity),
)
