import math

import numpy as np
import pytest

from cnnviz.runs import BINS, Histogram


def by_hand(values: np.ndarray) -> tuple[list[int], float, int]:
    """Every value looked at by itself."""
    finite = [float(value) for value in values.flat if math.isfinite(value)]
    scale = max((abs(value) for value in finite), default=0.0)
    counts = [0] * BINS
    for value in finite:
        share = (value / scale + 1) / 2 if scale else 0.5  # 0 to 1 from the most negative
        counts[min(BINS - 1, math.floor(share * BINS))] += 1
    return counts, scale, values.size - len(finite)


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=(7, 3, 5)).astype(np.float32),
        np.random.default_rng(1).exponential(size=500).astype(np.float32),
        np.array([-2.0, 2.0, 0.0, 0.1], np.float32),
        np.array([1.0, math.nan, -math.inf, math.inf, -0.25], np.float32),
        np.array([1e-45, -1e-45], np.float32),
        np.array([3e38, -3e38, 1.0], np.float32),
        np.zeros(4, np.float32),
        np.full(3, math.nan, np.float32),
        np.zeros((0, 3), np.float32),
    ],
)
def test_a_histogram_is_what_a_loop_counts(values: np.ndarray) -> None:
    found = Histogram.of(values)
    counts, scale, odd = by_hand(values)
    assert (found.counts.tolist(), found.scale, found.odd) == (counts, scale, odd)
    assert found.counts.dtype == np.int32


def test_zero_lies_in_the_middle_and_both_signs_lie_alike() -> None:
    found = Histogram.of(np.array([0.0, -1.0, 1.0, 0.9, -0.9], np.float32))
    assert found.counts[BINS // 2] == 1
    assert found.counts.tolist() == found.counts[::-1].tolist()
