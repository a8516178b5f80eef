"""Two halves of a batch gone through as one, on one thread, with the numbers that they give one after the other.

Forward, and back to what comes in, every image is by itself: there one operation on all is quicker than two on half of
them. Only what is summed up over images, the gradients of weights, is worked out half by half.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.tasks import Task
from cnnviz.training.replica import Given, Piece, Replica, judged, keep_some


class Joined:
    """Leaves the gradients of two halves where each of them would.

    A library may take other instructions where there are more images. So for every size of a batch it is tried once
    whether the numbers are the same to the last bit; where they are not, the halves are worked out one by one.

    Args:
        made: A replica that nobody else uses, of a network that `may_join`.
        halves: Those that the halves are worked out with.
    """

    def __init__(self, made: Replica, halves: Sequence[Replica]) -> None:
        self._made, self._halves = made, halves
        self._sizes: list[int] = []  # images of each half
        self._agrees: dict[int, bool] = {}  # by the images of a batch
        for name, module in made.network.named_modules():
            if isinstance(module, nn.Dropout):
                module.forward = partial(self._drop, module)  # type: ignore[method-assign]
            elif type(module) in WEIGHTED:
                gradients = [_gradients(half.network.get_submodule(name)) for half in halves]
                own = WEIGHTED[type(module)](module)
                module.forward = partial(self._apply, own, gradients)

    def learn(self, task: Task, images: Tensor, pieces: Sequence[Piece]) -> list[Given]:
        """As the pieces would, which divide these images."""
        count = len(images)
        if self._agrees.get(count):
            return self._learn(task, images, pieces)
        given = [piece.learn(task) for piece in pieces]
        if count not in self._agrees and all(math.isfinite(one.loss) for one in given):
            self._agrees[count] = self._does_agree(task, images, pieces, given)
        return given

    def _does_agree(self, task: Task, images: Tensor, pieces: Sequence[Piece], given: list[Given]) -> bool:
        buffers = [half.gradients[0] for half in self._halves]
        kept = [one.clone() for one in buffers]
        for one in buffers:
            one.zero_()
        is_same = self._learn(task, images, pieces) == given and all(map(torch.equal, buffers, kept))
        for one, other in zip(buffers, kept, strict=True):
            one.copy_(other)
        return is_same

    def _learn(self, task: Task, images: Tensor, pieces: Sequence[Piece]) -> list[Given]:
        for piece in pieces:
            piece.made.seed(piece.seed)
        self._sizes = [len(piece.images) for piece in pieces]
        logits = self._made.logits(images).split_with_sizes(self._sizes)
        first, second = (judged(task, own, one.labels, one.share) for own, one in zip(logits, pieces, strict=True))
        if math.isfinite(first[1].loss) and math.isfinite(second[1].loss):
            (first[0] + second[0]).backward()  # type: ignore[no-untyped-call]
        return [first[1], second[1]]

    def _drop(self, module: nn.Dropout, values: Tensor) -> Tensor:
        """Each half by its own generator."""
        kept = torch.empty_like(values)
        for half, own in zip(self._halves, kept.split_with_sizes(self._sizes), strict=True):
            keep_some(own, module.p, half.chance)
        return values * kept

    def _apply(self, own: "_Convolution | _Linear", gradients: "list[Gradients]", values: Tensor) -> Tensor:
        given: Tensor = _ByHalves.apply(own.padded(values), own.weight, own, gradients, self._sizes)
        return given


def may_join(network: nn.Module) -> bool:
    """Whether all weights of a network are in modules that are known here."""
    weighted = [one for one in network.modules() if next(one.parameters(recurse=False), None) is not None]
    return all(type(one) in WEIGHTED for one in weighted)


Gradients = tuple[Tensor, Tensor | None]  # of weights and biases


def _gradients(module: Any) -> Gradients:
    return module.weight.grad, None if module.bias is None else module.bias.grad


class _ByHalves(torch.autograd.Function):
    """What a module with weights gives for a whole batch, and the gradients of its weights by halves."""

    @staticmethod
    def forward(
        ctx: Any,
        values: Tensor,
        weight: Tensor,
        own: "_Convolution | _Linear",
        gradients: list[Gradients],
        sizes: list[int],
    ) -> Tensor:
        del weight  # is among the arguments so that there is something to go back for
        ctx.save_for_backward(values)
        ctx.rest = own, gradients, sizes
        return own.forward(values)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, None, None, None]:
        (values,), (own, gradients, sizes) = ctx.saved_tensors, ctx.rest
        halves = zip(gradient.split_with_sizes(sizes), values.split_with_sizes(sizes), gradients, strict=True)
        for above, below, (of_weight, of_bias) in halves:
            own.weights_backward(above, below, of_weight, of_bias)
        back = own.backward(gradient, values) if ctx.needs_input_grad[0] else None
        return back, None, None, None, None


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

    def forward(self, values: Tensor) -> Tensor:
        return functional.conv2d(values, self.weight, self._bias, *self._sliding, self._groups)

    def backward(self, gradient: Tensor, values: Tensor) -> Tensor:
        given: Tensor = self._back(gradient, values, [True, False, False])[0]
        return given

    def weights_backward(self, gradient: Tensor, values: Tensor, of_weight: Tensor, of_bias: Tensor | None) -> None:
        _, weight, bias = self._back(gradient, values, [False, True, of_bias is not None])
        of_weight.copy_(weight)
        if of_bias is not None:
            of_bias.copy_(bias)

    def _back(self, gradient: Tensor, values: Tensor, wanted: list[bool]) -> Any:
        sizes = [len(self.weight)]
        rest = (*self._sliding, False, (0, 0), self._groups, wanted)
        return torch.ops.aten.convolution_backward(gradient, values, self.weight, sizes, *rest)


class _Linear:
    """`linear` on (B, values), and its gradients as PyTorch works them out."""

    def __init__(self, module: nn.Linear) -> None:
        self.weight, self._bias = module.weight, module.bias

    def padded(self, values: Tensor) -> Tensor:
        return values

    def forward(self, values: Tensor) -> Tensor:
        return functional.linear(values, self.weight, self._bias)

    def backward(self, gradient: Tensor, values: Tensor) -> Tensor:
        del values
        return gradient.mm(self.weight)

    def weights_backward(self, gradient: Tensor, values: Tensor, of_weight: Tensor, of_bias: Tensor | None) -> None:
        torch.mm(gradient.t(), values, out=of_weight)
        if of_bias is not None:
            torch.sum(gradient, 0, out=of_bias)


WEIGHTED: dict[type[nn.Module], Any] = {nn.Conv2d: _Convolution, nn.Linear: _Linear}
