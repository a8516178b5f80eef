"""What is measured of a network at a saved step: how values are spread, and what it gets most wrong."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

BINS = 41  # odd, so that zero has a bin in the middle


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often values occur, in bins of one width that lie evenly about zero.

    Attributes:
        counts: (BINS,) int32, from the most negative to the most positive.
        scale: The largest finite magnitude; the bins reach from -scale to scale. 0 where all values are zero.
        odd: How many values are no finite number, and in no bin.
    """

    counts: NDArray[np.int32]
    scale: float
    odd: int = 0

    @classmethod
    def of(cls, values: NDArray[Any]) -> Self:
        """The histogram of values of any shape."""
        flat = values.reshape(-1)
        scale = float(np.abs(flat).max(initial=0.0))
        odd = 0
        if not np.isfinite(scale):
            finite = flat[np.isfinite(flat)]
            odd, flat = len(flat) - len(finite), finite
            scale = float(np.abs(flat).max(initial=0.0))
        shares = flat / np.float64(scale or 1.0)  # of the scale; a double, so that the smallest do not overflow
        bins = np.floor((shares + 1) * (BINS / 2)).astype(np.intp)
        counts = np.bincount(np.minimum(bins, BINS - 1), minlength=BINS)
        return cls(counts.astype(np.int32), scale, odd)


@dataclass(frozen=True)
class Mistake:
    """One validation image that is taken for another class.

    Attributes:
        index: Its number in the validation part.
        label, prediction: What it is, and what it is taken for.
        probability: Of the prediction, from 0 to 1.
    """

    index: int
    label: int
    prediction: int
    probability: float
