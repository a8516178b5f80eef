"""What a benchmark gives: rows of a table, and the few statistics behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    Attributes:
        what: What was measured.
        measured: The figure, with its unit.
        limit: The limit, or "" where there is none.
        peer: What it was compared with, or how it was measured.
        holds: Whether the limit holds; None where there is none.
    """

    what: str
    measured: str
    limit: str = ""
    peer: str = ""
    holds: bool | None = None

    @property
    def verdict(self) -> str:
        """The last column."""
        return {True: "holds", False: "MISSED", None: ""}[self.holds]


HEAD = ("what", "measured", "limit", "peer", "verdict")


def table(figures: Sequence[Figure]) -> str:
    """The table as text, every column as wide as its widest entry."""
    rows = [HEAD, *((row.what, row.measured, row.limit, row.peer, row.verdict) for row in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(entry.ljust(width) for entry, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return float(np.percentile(values, 95))


def spread(values: Sequence[float], scale: float = 1.0, unit: str = "") -> str:
    """Median and range, for people."""
    low, middle, high = (float(np.percentile(values, share)) * scale for share in (0, 50, 100))
    return f"median {middle:.3g}{unit}, {low:.3g} to {high:.3g}{unit}, {len(values)} times"


def interval(pairs: Sequence[tuple[float, float]], draws: int = 10_000, seed: int = 0) -> tuple[float, float, float]:
    """The cost 1 - first/second over all pairs, with the ends of its 95 % interval.

    The interval is a bootstrap over pairs: each draw takes as many pairs as there are, with replacement, and divides
    the sums.
    """
    values = np.asarray(pairs, np.float64)  # (P, 2)
    chosen = np.random.default_rng(seed).integers(0, len(values), (draws, len(values)))
    sums = values[chosen].sum(axis=1)  # (draws, 2)
    low, high = np.percentile(1 - sums[:, 0] / sums[:, 1], (2.5, 97.5))
    first, second = values.sum(axis=0)
    return float(1 - first / second), float(low), float(high)
