"""``python -m benchmarks.resolve [SIZE...]``: names to plans, names to cycles, files to plans, against peers.

Each figure comes from a process of its own: its processor time, and what its peak of memory grew by.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import graphs, peers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROW = "{:<10} {:>9} {:<16} {:>9} {:>8} {:>8} {:>9}"


class Measure(NamedTuple):
    """What one piece of work took; ``grown`` is in bytes, above what it was given."""

    seconds: float
    grown: int
    dependencies: int


def _peak() -> int:
    """Return the most memory that was in use since the last reset; what getrusage says includes the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def measure(task: str, peer: str, graph: str, size: int) -> Measure:
    """Do one piece of work in this process; what it imports is imported before."""
    if peer == "tierdeps":
        peers.without_numpy()
    for module in peers.IMPORTS[peer]:
        import_module(module)
    _reset_peak()
    if task == "file":
        before, start = 0, time.process_time()
        peers.FILES[peer](graph)
        return Measure(time.process_time() - start, _peak() - before, 0)
    tables = {"order": peers.ORDERS, "cycles": peers.CYCLES, "redundant": peers.REDUNDANT}
    work: Callable[[graphs.Requirements], int] = tables[task][peer]
    names = graphs.GRAPHS[graph](size)
    work({"a": [], "b": ["a"]})
    gc.collect()
    _reset_peak()
    before, start = _peak(), time.process_time()
    work(names)
    return Measure(time.process_time() - start, _peak() - before, sum(map(len, names.values())))


def _apart(task: str, peer: str, graph: str, size: int) -> Measure:
    command = [sys.executable, "-m", "benchmarks.resolve", "--measure", task, peer, graph, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Measure(*json.loads(done.stdout))


def _rows(task: str, table: dict[str, Callable[..., int]], graph: str, size: int, label: str = "") -> Iterator[str]:
    found = {peer: _apart(task, peer, graph, size) for peer in table}
    for peer, one in found.items():
        yield ROW.format(
            label or graph,
            size or "",
            peer,
            f"{one.seconds:.3f}",
            f"{one.seconds / found['rustworkx'].seconds:.2f}",
            f"{one.seconds / found['networkx'].seconds:.2f}" if "networkx" in found else "",
            f"{one.grown / one.dependencies:.0f}" if one.dependencies else f"{one.grown / 2**20:.0f} MiB",
        )


def _head(title: str) -> None:
    print(f"\n{title}")
    print(ROW.format("graph", "drivers", "", "seconds", "of rx", "of nx", "bytes/dep"))


def _machine() -> str:
    names = ("networkx", "rustworkx", "numpy", "orjson", "msgspec")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def main(sizes: tuple[int, ...]) -> None:
    """Print all tables."""
    print(_machine())
    cases = [("layered", size) for size in sizes] + [("chain", sizes[-1]), ("star", sizes[-1])]
    cases += [("debian", 0)] if graphs.debian() else []
    for task, table, title in (
        ("order", peers.ORDERS, "from names to an order"),
        ("cycles", peers.CYCLES, "from names to all cycles"),
    ):
        _head(title)
        for graph, size in cases:
            fitting = {peer: work for peer, work in table.items() if graph != "debian" or peer != "graphlib"}
            if task == "order" and graph == "debian":
                continue  # it has cycles
            for row in _rows(task, fitting, graph, size):
                print(row, flush=True)
    _head("from names to the dependencies that follow from others")
    for size in (1_000, 10_000):
        for row in _rows("redundant", peers.REDUNDANT, "layered", size):
            print(row, flush=True)
    _head("from JSON lines to an order, whole processes' memory")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "graph.jsonl")
        graphs.write_lines(path, graphs.layered(sizes[-1]))
        for row in _rows("file", peers.FILES, str(path), sizes[-1], "layered"):
            print(row, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        task, peer, graph, size = sys.argv[2:6]
        print(json.dumps(measure(task, peer, graph, int(size))))
    else:
        main(tuple(int(float(size)) for size in sys.argv[1:]) or SIZES)
