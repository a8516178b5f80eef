"""A map opened: what each input adds, and single values of it."""

import numpy as np
import pytest

from cnnviz.errors import LayerError
from cnnviz.inspection.units import open_unit
from cnnviz.layers import Convolution, Layer, Shape
from tests.layers.hooked import OneLayer, alone, hooked, state_of
from tests.layers.kinds import KINDS


@pytest.mark.parametrize(("layer", "shape"), KINDS.values(), ids=list(KINDS))
def test_what_the_inputs_add_is_the_sum_of_every_cells_products(layer: Layer, shape: Shape) -> None:
    network, nodes = alone(layer, shape)
    seen = hooked(network, nodes, np.random.default_rng(1).normal(size=shape).astype(np.float32))
    for node in nodes:
        opened = open_unit(OneLayer(nodes), state_of(network), seen, node.name, node.shape[0] - 1)
        results = opened.results()
        assert results.dtype == np.float32
        assert results.shape == (len(opened.values), *opened.output.shape)
        for row, column in np.ndindex(*opened.output.shape):
            cell = opened.cell(row, column)
            np.testing.assert_allclose(results[:, row, column], cell.products.sum((1, 2)), rtol=1e-4, atol=1e-5)
            assert cell.value == pytest.approx(opened.output[row, column], rel=1e-4, abs=1e-5)


def test_a_place_that_is_not_there_is_said() -> None:
    network, nodes = alone(Convolution(out_channels=2), (1, 8, 7))
    seen = hooked(network, nodes, np.zeros((1, 8, 7), np.float32))
    opened = open_unit(OneLayer(nodes), state_of(network), seen, "it", 1)
    with pytest.raises(LayerError, match="There is no column 5; choose from 0 to 4"):
        opened.cell(0, 5)
