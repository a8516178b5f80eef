"""`python -m bench [names] [--quick]`: measure, and print one table."""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from bench.figures import Figure, table

NAMES = (
    *("first_paint", "start", "live", "watching", "timelines", "asking", "touching", "explaining", "snapshots"),
    *("speed", "stall", "accuracy"),
)


def main() -> int:
    """Run the benchmarks that were named; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the limits of the project.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(NAMES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few repetitions: whether it works, not how quick it is")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; choose from {', '.join(NAMES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and folders go with us
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="cnnviz-bench-") as everything:
        for name in given.names or NAMES:
            begun, load = time.monotonic(), os.getloadavg()[0]
            print(f"{name} (load before it {load:.1f}) ...", file=sys.stderr, end=" ", flush=True)
            folder = Path(everything) / name
            folder.mkdir()
            figures += _measure(name, folder, quick=given.quick)
            print(f"{time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(table(figures))
    return int(any(figure.holds is False for figure in figures))


def _measure(name: str, folder: Path, *, quick: bool) -> list[Figure]:
    """One benchmark; one that fails says so in its row and stops no other."""
    run: Callable[..., list[Figure]] = import_module(f"bench.{name}").run
    try:
        return run(folder, quick=quick)
    except Exception as error:
        text = f"{type(error).__name__}: {error}".strip().splitlines()
        print("\n".join(text), file=sys.stderr)
        return [Figure(name, "could not be measured", peer=text[0][:90], holds=False)]


if __name__ == "__main__":
    sys.exit(main())
