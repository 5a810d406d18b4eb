"""``python -m benchmarks.shapes [SHAPE...]``: check of shapes that no second look at everything would survive.

Each shape is checked at a quarter of its size and whole, as a file in a process of its own: what each dependency takes
is to stay the same. Names and declarations are in no order.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.graphs import SHAPES, permuted, write_lines
from benchmarks.turns import run

#: The drivers of each shape.
DRIVERS = {
    "chain": 1_000_000,
    "ring": 1_000_000,
    "star": 1_000_000,
    "pairs": 200_000,
    "ladder": 2_000_000,
    "knotted_ladder": 200_000,
    "complete": 2_000,
    "mutual": 2_000,
}
ROW = "{:<16} {:>9} {:>12} {:>9} {:>8} {:>10} {:>8}"


def main(shapes: list[str]) -> None:
    """Print a row for each size of each shape."""
    print(ROW.format("shape", "drivers", "dependencies", "seconds", "us/dep", "MiB", "growth"))
    for shape in shapes or DRIVERS:
        before = 0.0
        # of every driver with every other one, half the drivers are a quarter of the dependencies
        smaller = DRIVERS[shape] // (2 if shape in ("complete", "mutual") else 4)
        for drivers in (smaller, DRIVERS[shape]):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "graph.jsonl")
                count = _written(shape, drivers, path)
                cost = run([sys.executable, "-m", "tierdeps", "check", str(path)], Path(folder))
            assert cost.code in (0, 1), cost
            each = cost.seconds * 1e6 / count
            growth = f"{each / before:.2f}" if before else ""
            cells = (f"{cost.seconds:.1f}", f"{each:.1f}", f"{cost.peak / 2**20:.0f}", growth)
            print(ROW.format(shape, drivers, count, *cells), flush=True)
            before = each


def _written(shape: str, drivers: int, path: Path) -> int:
    """Write a shape, in a process of its own: the peak of memory of a process starts with that of its parent."""
    command = [sys.executable, "-m", "benchmarks.shapes", "--write", shape, str(drivers), str(path)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        shape, drivers, path = sys.argv[2:5]
        requirements = permuted(SHAPES[shape](int(drivers)))
        write_lines(Path(path), requirements)
        print(sum(map(len, requirements.values())))
    else:
        main(sys.argv[1:])
