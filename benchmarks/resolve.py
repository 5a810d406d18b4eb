"""``python -m benchmarks.resolve [SIZE...]``: names to plans, names to cycles, files to plans, against peers.

Each figure comes from processes of its own, which take turns: the median of their processor time, what that is for each
dependency, and what the peak of memory grew by. ``--save FILE`` writes the results.
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
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import graphs, peers
from benchmarks.results import Bar, Chart, destination, save
from benchmarks.turns import medians

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 3
TITLES = {
    "order": "From names to an order",
    "cycles": "From names to all cycles",
    "redundant": "The dependencies that follow from others, in a graph that is there",
    "file": "From JSON lines to an order, whole processes",
}
CHARTS: list[Chart] = []
ROW = "{:<10} {:>9} {:<16} {:>9} {:>8} {:>8} {:>9} {:>9}"


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
        return Measure(time.process_time() - start, _peak() - before, size * graphs.NEEDED)
    names = graphs.GRAPHS[graph](size)
    prepare = _prepare(task, peer)
    prepare({"a": [], "b": ["a"]})()
    work = prepare(names)
    gc.collect()
    _reset_peak()
    before, start = _peak(), time.process_time()
    work()
    return Measure(time.process_time() - start, _peak() - before, sum(map(len, names.values())))


def _prepare(task: str, peer: str) -> Callable[[graphs.Requirements], Callable[[], int]]:
    if task == "redundant":
        return peers.REDUNDANT[peer]
    work = (peers.ORDERS if task == "order" else peers.CYCLES)[peer]
    return lambda names: partial(work, names)


def _apart(task: str, peer: str, graph: str, size: int) -> Measure:
    command = [sys.executable, "-m", "benchmarks.resolve", "--measure", task, peer, graph, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Measure(*json.loads(done.stdout))


def _rows(
    task: str, table: Mapping[str, Callable[..., object]], graph: str, size: int, label: str = ""
) -> Iterator[str]:
    rounds = [{peer: _apart(task, peer, graph, size) for peer in table} for _ in range(ROUNDS)]
    found = {peer: sorted(one[peer] for one in rounds)[ROUNDS // 2] for peer in table}
    CHARTS.extend(_charts(f"{TITLES[task]}, {label or graph}" + f", {size:,} drivers" * bool(size), found))
    for peer, one in found.items():
        yield ROW.format(
            label or graph,
            size or "",
            peer,
            f"{one.seconds:.3f}",
            f"{one.seconds / found['rustworkx'].seconds:.3f}",
            f"{one.seconds / found['networkx'].seconds:.3f}" if "networkx" in found else "",
            f"{one.seconds * 1e6 / one.dependencies:.2f}",
            f"{one.grown / one.dependencies:.0f}" if task != "file" else f"{one.grown / 2**20:.0f} MiB",
        )


def _charts(title: str, found: Mapping[str, Measure]) -> Iterator[Chart]:
    """Yield what one graph took with each of those compared: time, and where it is a matter of size memory too."""
    yield Chart(f"{title}: processor time", "s", tuple(Bar(peer, one.seconds) for peer, one in found.items()))
    grown = tuple(Bar(peer, one.grown / 2**20) for peer, one in found.items())
    if min(bar.value for bar in grown) >= 1:
        yield Chart(f"{title}: peak of memory", "MiB", grown)


def _head(task: str) -> None:
    print(f"\n{TITLES[task]}")
    print(ROW.format("graph", "drivers", "", "seconds", "of rx", "of nx", "us/dep", "bytes/dep"))


def _machine() -> str:
    names = ("networkx", "rustworkx", "numpy", "orjson", "msgspec")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def main(sizes: tuple[int, ...], path: Path | None) -> None:
    """Print all tables."""
    print(_machine())
    cases = [("layered", size) for size in sizes] + [("chain", sizes[-1]), ("star", sizes[-1])]
    debian = graphs.debian()
    _head("order")
    for graph, size in cases:
        _print(_rows("order", peers.ORDERS, graph, size))
    _head("cycles")
    for graph, size in [*cases, *([("debian", 0)] if debian else [])]:
        _print(_rows("cycles", peers.CYCLES, graph, size))
    _head("redundant")
    for graph, size in (("layered", 1_000), ("layered", 10_000), ("deep", 10_000)):
        _print(_rows("redundant", peers.REDUNDANT, graph, size))
    with tempfile.TemporaryDirectory() as folder:
        _head("file")
        lines = Path(folder, "graph.jsonl")
        graphs.write_lines(lines, graphs.layered(sizes[-1]))
        _print(_rows("file", peers.FILES, str(lines), sizes[-1], "layered"))
        if debian:
            _debian(Path(folder), debian)
    save(path, "resolve", CHARTS, _machine())


def _print(rows: Iterator[str]) -> None:
    for row in rows:
        print(row, flush=True)


def _debian(folder: Path, names: graphs.Requirements) -> None:
    """Compare whole processes on Debian's package index."""
    path = folder / "debian.json"
    graphs.write_json(path, names)
    commands = {
        "check": [sys.executable, "-m", "tierdeps", "check", str(path)],
        "networkx": [sys.executable, "-c", peers.NETWORKX_DOCUMENT, str(path)],
    }
    taken = medians(commands, 9, folder)
    count = sum(map(len, names.values()))
    print(f"\nDebian's index, {len(names)} packages and {count} dependencies, whole processes")
    print(f"tierdeps check FILE.json {taken['check']:.2f} s, json and networkx's components {taken['networkx']:.2f} s")
    print(f"ratio {taken['check'] / taken['networkx']:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        task, peer, graph, size = sys.argv[2:6]
        print(json.dumps(measure(task, peer, graph, int(size))))
    else:
        path = destination(sys.argv)
        main(tuple(int(float(size)) for size in sys.argv[1:]) or SIZES, path)
