"""A network's graph rewritten so that it can be looked into: each operation a module of its own, none in place.

Captum hooks modules and knows no functions, so on a network that calls `relu` itself some of its methods silently give
something else. This module imports torch, so `prepare` imports it where it is used.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import torch
from torch import fx, nn

from cnnviz.inspection import operations
from cnnviz.inspection.recording import unused

_TRACING = threading.Lock()  # fx patches nn.Module while it traces; two at once would leave it patched
_ROOT = "module."


def rewrite(network: nn.Module) -> "Rewritten":
    """Rewrite a network in eval mode; it shares its weights with the result and is not changed.

    Raises:
        Exception: Whatever `torch.fx` or the network's own code raises where it cannot be traced.
    """
    if any(isinstance(module, torch.jit.ScriptModule) for module in network.modules()):
        raise TypeError("it holds TorchScript")  # which fx would take for one operation
    whole = _Whole(network)  # which also takes the constants that are found
    with _TRACING, torch.enable_grad():
        graph = _Tracer().trace(whole)
    module = fx.GraphModule(whole, graph)
    rewritten = Rewritten(module, module.graph)
    for node in list(rewritten.graph.nodes):
        rewritten.take(node)
    rewritten.network.delete_all_unused_submodules()
    rewritten.network.recompile()
    rewritten.network.eval()
    return rewritten


class _Whole(nn.Module):
    """Calls a network with an image alone, so that its other arguments take their defaults."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.module = network

    def forward(self, image: torch.Tensor) -> Any:
        return self.module(image)


class _Tracer(fx.Tracer):
    """Leaves alone what other threads call meanwhile: the patch is seen by all.

    It gives up where the graph would have another gradient than the network.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def create_proxy(self, *given: Any, **named: Any) -> fx.Proxy:
        if not torch.is_grad_enabled():  # nor are they where an autograd.Function works out what it gives
            raise TypeError("a part of it has no gradient, or one of its own, which would be lost")
        return super().create_proxy(*given, **named)

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        ours = type(m).__module__.startswith("cnnviz.layers.") and not m._modules  # one operation, with a name
        return ours or "is_one_layer" in vars(m) or super().is_leaf_module(m, module_qualified_name)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)


@dataclass(eq=False)
class Rewritten:
    """A network's graph and its rewriting, operation by operation in order of execution.

    Attributes:
        network: Answers as the one it was made from.
        graph: What it does.
        parts: Every operation worth seeing, by name, as a module that is called once, in order of execution.
        opaque: The parts whose inside is not seen.
    """

    network: fx.GraphModule
    graph: fx.Graph
    parts: dict[str, nn.Module] = field(default_factory=dict)
    opaque: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._order = {node: number for number, node in enumerate(self.graph.nodes)}
        self._calls = Counter(node.target for node in self.graph.nodes if node.op == "call_module")
        self._replaced: set[fx.Node] = set()
        self._numbers = count()
        self._paths = {str(path).removeprefix(_ROOT) for path in self._calls}
        self._of_image: set[fx.Node] = set()
        for node in self.graph.nodes:
            if node.op == "placeholder" or self._of_image.intersection(node.all_input_nodes):
                self._of_image.add(node)
        self._output = next(node for node in self.graph.nodes if node.op == "output")
        self._answer = self._output.args

    def take(self, node: fx.Node) -> None:
        """Give one operation a module of its own."""
        if not node.op.startswith("call"):
            return
        called = self._called(node)
        if operations.works_in_place(node, called):
            self._work_on_a_copy(node)
        module = operations.new_module(node, called)
        if module is not None:
            self._replace(node, module)
        elif called is not None:
            self._keep(node, called)
        elif operations.is_worth_seeing(node) and node in self._of_image:
            self._tap(node)
            if operations.is_of_others(node):
                self.opaque.append(f"the function {operations.function_name(node)}")

    def turn(self, names: Iterable[str]) -> None:
        """Have these parts, which give (N, H, W, C), give (N, C, H, W) to who looks at them."""
        called = (node for node in self.graph.nodes if node.op == "call_module")
        nodes = {self._called(node): node for node in called}
        for name in names:
            node, shown = nodes[self.parts[name]], nn.Identity()
            users = list(node.users)
            with self.graph.inserting_before(node.next):
                first = self.graph.call_method("permute", (node, 0, 3, 1, 2))
                tap = self.graph.call_module(self._add(name, shown), (first,))
                last = self.graph.call_method("permute", (tap, 0, 2, 3, 1))
            for user in users:
                user.replace_input_with(node, last)
        self.network.recompile()

    def cut_ending(self) -> str | None:
        """Have the network end in what goes into its last softmax or sigmoid, if it ends in one; which it is.

        The softmax itself is still worked out, for who looks at it.
        """
        self._answer, given = self._output.args, self._output.args[0]
        last: Any = given[0] if isinstance(given, tuple | list) and given else given
        followed: list[fx.Node] = []
        while isinstance(last, fx.Node) and operations.may_follow_an_ending(last, self._called(last)):
            followed.append(last)
            last = last.all_input_nodes[0]
        ending = operations.ending_of(last, self._called(last)) if isinstance(last, fx.Node) else None
        if not ending or not last.all_input_nodes:
            return None
        logits = self._after(last.all_input_nodes[0], followed)
        self._output.args = ((logits, *given[1:]) if isinstance(given, tuple | list) else logits,)
        self.network.recompile()
        return ending

    def leave_ending(self) -> None:
        """Have the network end again as it did before `cut_ending`."""
        self._output.args = self._answer
        self.network.recompile()

    def _after(self, logits: fx.Node, followed: list[fx.Node]) -> fx.Node:
        """The logits through what followed their ending, last first, as far as it is not about probabilities."""
        with self.graph.inserting_before(self._output):
            for node in reversed(followed):
                if self._called(node) is None and operations.function_name(node) in operations.REPEATED:
                    before = {node.all_input_nodes[0]: logits}
                    logits = self.graph.node_copy(node, lambda one, before=before: before.get(one, one))  # type: ignore[misc]
        return logits

    def _called(self, node: fx.Node) -> nn.Module | None:
        return self.network.get_submodule(str(node.target)) if node.op == "call_module" else None

    def _work_on_a_copy(self, node: fx.Node) -> None:
        """An operation in place changes a copy; who reads the original later reads the result, as before."""
        changed = node.all_input_nodes[0]
        others = self._sharing(changed) - {changed}
        if any(self._is_later(user, node) for other in others for user in other.users):
            raise ValueError("it changes in place what shares memory with something read later")
        later = [user for user in changed.users if self._is_later(user, node)]
        with self.graph.inserting_before(node):
            copy = self.graph.call_method("clone", (changed,))
        node.replace_input_with(changed, copy)
        for user in later:
            user.replace_input_with(changed, node)

    def _is_later(self, user: fx.Node, node: fx.Node) -> bool:
        return self._order.get(user, -1) > self._order[node]

    def _sharing(self, node: fx.Node) -> set[fx.Node]:
        """What may share its memory: itself, what it is a part or another shape of, and what is so of that."""
        source = node
        while source.all_input_nodes and operations.may_share(source, self._called(source)):
            source = source.all_input_nodes[0]
        found, left = {source}, [source]
        while left:
            users = [user for user in left.pop().users if operations.may_share(user, self._called(user))]
            left += [user for user in users if user not in found]
            found.update(users)
        return found

    def _replace(self, node: fx.Node, module: nn.Module) -> None:
        """A module of its own reads a tensor of its own: not what others read too, nor what its like gives.

        Captum hooks tensors, so what it does for one module would happen to all that share the tensor.
        """
        given = node.all_input_nodes[0]
        with self.graph.inserting_before(node):
            if len(given.users) > 1 or given in self._replaced:
                given = self.graph.call_method("clone", (given,))
            replacement = self.graph.call_module(self._add(self._name(node), module), (given,))
        self._replaced.add(replacement)
        node.replace_all_uses_with(replacement)
        self.graph.erase_node(node)
        self._order[replacement] = self._order[node]

    def _keep(self, node: fx.Node, called: nn.Module) -> None:
        name = str(node.target).removeprefix(_ROOT)
        if operations.is_opaque(called):
            self.opaque.append(f"{name} ({type(called).__name__})")
        if isinstance(called, nn.Identity):
            return
        if self._calls[node.target] > 1:
            self._tap(node)
        else:
            node.target = self._add(name, called)

    def _tap(self, node: fx.Node) -> None:
        """A part behind a function that gives what came in, so that there is something to hook."""
        with self.graph.inserting_after(node):
            tap = self.graph.call_module(self._add(self._name(node), nn.Identity()), (node,))
        node.replace_all_uses_with(tap, delete_user_cb=lambda user: user is not tap)
        self._order[tap] = self._order[node]

    def _add(self, name: str, module: nn.Module) -> str:
        """Take a module in as a part of this name, and return where it lies in the network."""
        path = f"part{next(self._numbers)}"
        self.network.add_module(path, module)
        vars(self.network)[path] = module  # where Python looks first: torch's own way takes as long as a small ReLU
        self.parts[name] = module
        return path

    def _name(self, node: fx.Node) -> str:
        """The module's path; of a function the path of the module that calls it, and its name. Repeated, a number."""
        if node.op == "call_module":
            name = str(node.target).removeprefix(_ROOT)
            return unused(name, self.parts.keys() | self._paths - {name})
        callers = [path for path, _ in node.meta.get("nn_module_stack", {}).values()]
        caller = f"{callers[-1]}.".removeprefix(_ROOT) if callers else ""
        return unused(f"{caller}{operations.function_name(node)}", self.parts.keys() | self._paths)
