"""A network as a file of plain PyTorch that needs nothing of cnnviz and gives the same outputs."""

import json
from collections.abc import Iterator

from cnnviz.errors import counted
from cnnviz.layers import Layer, Node, Shape
from cnnviz.layers.block import GIVEN
from cnnviz.networks.base import NetworkSpec

INDENT = "    "


def export_source(spec: NetworkSpec, weights_file: str | None = None) -> str:
    """A Python file with the network as modules of torch, whose weights have the names that they have here.

    Args:
        spec: The network.
        weights_file: The name of a safetensors file with its weights, beside the file; None for fresh weights only.
    """
    classes: dict[str, str] = {}  # the text of a block's class without its name -> that name
    shape, made = spec.input_shape, []
    for name, layer in spec.layers:
        given, shape = shape, layer.output_shape(shape)
        made.append((name, _constructor(layer, given, classes), shape))
    parts = [
        _opening(spec, weights_file),
        *(f"class {name}(nn.Module):\n{body}" for body, name in classes.items()),
        "\n".join(_network(made)),
        *([_LOAD.format(file=json.dumps(weights_file))] if weights_file else []),
        _MAIN.format(made="load()" if weights_file else "Network().eval()", shape=_sizes(1, spec.input_shape)),
    ]
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


_LOAD = '''
def load(path: str = {file}) -> Network:
    """The network with its weights, ready to answer."""
    network = Network()
    network.load_state_dict(load_file(path))
    return network.eval()
'''
_MAIN = """
if __name__ == "__main__":
    network = {made}
    with torch.no_grad():
        print(network(torch.zeros({shape})))
"""


def _opening(spec: NetworkSpec, weights_file: str | None) -> str:
    account = spec.account()
    title = spec.name.replace("\\", "/").replace('"', "'")  # in a docstring
    parameters, multiply_adds = account.parameters.value, account.multiply_adds.value
    costs = f"{counted(parameters, 'parameter')}, {counted(multiply_adds, 'multiply-add')}"
    lines = [
        f'"""{title}: {costs} an image.',
        "",
        f"Takes images ({_sizes('N', spec.input_shape)}), gives logits (N, {spec.outputs}). Written by cnnviz; "
        f"needs torch{' and safetensors' if weights_file else ''}.",
        '"""',
        "",
        "import torch",
        *(["from safetensors.torch import load_file"] if weights_file else []),
        "from torch import nn",
    ]
    return "\n".join(lines)


def _network(made: list[tuple[str, str, Shape]]) -> Iterator[str]:
    """The class of the whole: layer after layer."""
    yield "class Network(nn.Module):"
    yield f"{INDENT}def __init__(self) -> None:"
    yield f"{2 * INDENT}super().__init__()"
    for name, constructor, _ in made:
        yield f"{2 * INDENT}self.{name} = {constructor}"
    yield ""
    yield f"{INDENT}def forward(self, images: torch.Tensor) -> torch.Tensor:"
    values = "images"
    for name, _, shape in made:
        yield f"{2 * INDENT}values = self.{name}({values})  # ({_sizes('N', shape)})"
        values = "values"
    yield f"{2 * INDENT}return values"


def _constructor(layer: Layer, shape: Shape, classes: dict[str, str]) -> str:
    """The expression that makes a layer; a block's class is written first, once for all that are alike."""
    modules = layer.made(shape)
    if modules:
        written = ", ".join(map(str, modules))
        return written if len(modules) == 1 else f"nn.Sequential({written})"
    body = "\n".join(_block(layer, shape, classes))
    if body not in classes:
        name = type(layer).__name__
        alike = sum(known.rstrip("0123456789") == name for known in classes.values())
        classes[body] = f"{name}{alike + 1}"
    return f"{classes[body]}()"


def _block(layer: Layer, shape: Shape, classes: dict[str, str]) -> Iterator[str]:
    """The body of a block's class: its parts, and how they hang together."""
    nodes = layer.nodes("", GIVEN, shape)
    yield f'{INDENT}"""{layer.title}, ({_sizes("N", shape)}) to ({_sizes("N", nodes[-1].shape)})."""'
    yield ""
    yield f"{INDENT}def __init__(self) -> None:"
    yield f"{2 * INDENT}super().__init__()"
    for node in nodes:
        if _is_module(node):
            yield f"{2 * INDENT}self.{node.name} = {_constructor(node.layer, node.input_shape, classes)}"
    yield ""
    yield f"{INDENT}def forward(self, given: torch.Tensor) -> torch.Tensor:"
    for node in nodes:
        inputs = ["given" if one == GIVEN else one for one in node.inputs]
        result = f"self.{node.name}({inputs[0]})" if _is_module(node) else node.layer.code("", inputs)
        yield f"{2 * INDENT}{node.name} = {result}"
    yield f"{2 * INDENT}return {nodes[-1].name}"


def _sizes(count: int | str, shape: Shape) -> str:
    """The shape of a batch: `N, 16, 8, 8`."""
    return ", ".join(map(str, (count, *shape)))


def _is_module(node: Node) -> bool:
    """Whether it is one, or what joins several inputs, which plain PyTorch says in an expression."""
    return len(node.inputs) == 1
