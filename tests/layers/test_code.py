"""The line of PyTorch that a layer names gives what its module gives."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - as the lines say it
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.layers import LAYERS, Layer
from cnnviz.layers.block import Add
from cnnviz.networks import NETWORKS, NetworkSpec
from tests.layers.drawn import apart, quick, working


@pytest.mark.parametrize("member", LAYERS.values(), ids=list(LAYERS))
@quick
@given(draw=st.data())
def test_it_gives_what_the_module_gives(member: type[Layer], draw: st.DataObject) -> None:
    layer, shape = draw.draw(working(member, most=6))
    module = layer.build(shape).eval()
    values = apart(2, *shape).float()
    with torch.no_grad():
        given_here = eval(
            layer.code("module", ["values"]), {"torch": torch, "F": F, "module": module, "values": values}
        )
        torch.testing.assert_close(given_here, module(values), rtol=1e-5, atol=1e-6)


def test_an_add_adds() -> None:
    assert eval(Add().code("module", ["a", "b"]), {"a": 2, "b": 3}) == 5


@pytest.mark.parametrize("preset", NETWORKS.values(), ids=list(NETWORKS))
def test_the_lines_of_all_nodes_are_the_network(preset: NetworkSpec) -> None:
    spec = preset.spec((1, 8, 8), 10)
    network = spec.build(0).eval()
    values = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    seen = {"input": values}
    with torch.no_grad():
        for node in spec.nodes():
            inputs = [f"seen[{name!r}]" for name in node.inputs]
            line = node.layer.code(f"network.{node.name}", inputs)
            seen[node.name] = eval(line, {"torch": torch, "F": F, "network": network, "seen": seen})
        torch.testing.assert_close(seen[spec.nodes()[-1].name], network(values), rtol=1e-5, atol=1e-5)
