"""``python -m benchmarks.resolve [SIZE...]``: names to plans, declared drivers to plans, names to cycles, with peers.

Each figure comes from processes of its own, which take turns: the median of their processor time, its ratio to that of
rustworkx, networkx and igraph, what it is for each dependency, how that grew since the smaller size, and what the peak
of memory grew by. Names and declarations are in no order; names are short, UUIDs, or of 100 bytes.
``--task TASK`` prints one table, ``--save FILE`` writes the results.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import subprocess
import sys
import time
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import graphs, peers
from benchmarks.results import Bar, Chart, destination, save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 3
TITLES = {
    "order": "From names to an order",
    "declared": "From drivers that are declared one by one to an order",
    "cycles": "From names to all cycles",
    "redundant": "The dependencies that follow from others, in a graph that is there",
}
SHAPES = ("layered", "skewed", "chain", "star", "comb")
CHARTS: list[Chart] = []
#: To which peers a ratio is printed.
RATIOS = {"rustworkx": "of rx", "networkx": "of nx", "igraph": "of ig"}
ROW = "{:<8} {:<6} {:>9} {:<16} {:>9} {:>6} {:>6} {:>6} {:>8} {:>7} {:>9}"


class Case(NamedTuple):
    """A graph: its shape, what its drivers are called, and how many there are; Debian's packages have their names."""

    graph: str
    names: str
    size: int

    def requirements(self) -> graphs.Requirements:
        """Return the graph."""
        made = graphs.GRAPHS[self.graph](self.size)
        return graphs.permuted(made, self.names) if self.names else made

    def __str__(self) -> str:
        named = f", {self.names} names" if self.names not in ("", "short") else ""
        return f"{self.graph}{named}" + f", {self.size:,} drivers" * bool(self.size)


class Measure(NamedTuple):
    """What one piece of work took; ``grown`` is in bytes, above what it was given."""

    seconds: float
    grown: int
    dependencies: int

    @property
    def each(self) -> float:
        """Microseconds for each dependency."""
        return self.seconds * 1e6 / self.dependencies


def _peak() -> int:
    """Return the most memory that was in use since the last reset; what getrusage says includes the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def measure(task: str, peer: str, case: Case) -> Measure:
    """Do one piece of work in this process; what it imports is imported before."""
    if peer == "tierdeps":
        peers.without_numpy()
    for module in peers.IMPORTS[peer]:
        import_module(module)
    names = case.requirements()
    prepare = _prepare(task, peer)
    prepare({"a": [], "b": ["a"]})()
    work = prepare(names)
    gc.collect()
    _reset_peak()
    before, start = _peak(), time.process_time()
    work()
    return Measure(time.process_time() - start, _peak() - before, sum(map(len, names.values())))


def _prepare(task: str, peer: str) -> Callable[[graphs.Requirements], Callable[[], int]]:
    if task in ("redundant", "declared"):
        return (peers.REDUNDANT if task == "redundant" else peers.DECLARED)[peer]
    work = (peers.ORDERS if task == "order" else peers.CYCLES)[peer]
    return lambda names: partial(work, names)


def _apart(task: str, peer: str, case: Case) -> Measure:
    command = [sys.executable, "-m", "benchmarks.resolve", "--measure", task, peer, *map(str, tuple(case))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Measure(*json.loads(done.stdout))


def _table(task: str, table: Mapping[str, object], cases: Iterable[Case]) -> None:
    """Print a table: for each case, a row for each of those compared."""
    print(f"\n{TITLES[task]}")
    print(ROW.format("graph", "names", "drivers", "", "seconds", *RATIOS.values(), "us/dep", "growth", "bytes/dep"))
    smaller: dict[tuple[str, ...], Measure] = {}
    for case in cases:
        rounds = [{peer: _apart(task, peer, case) for peer in table} for _ in range(ROUNDS)]
        found = {peer: sorted(one[peer] for one in rounds)[ROUNDS // 2] for peer in table}
        CHARTS.extend(_charts(f"{TITLES[task]}, {case}", found))
        for peer, one in found.items():
            ratios = [f"{one.seconds / found[other].seconds:.2f}" if other in found else "" for other in RATIOS]
            before = smaller.get((peer, *case[:2]))
            growth = f"{one.each / before.each:.2f}" if before else ""
            cells = (f"{one.each:.2f}", growth, f"{one.grown / one.dependencies:.0f}")
            print(ROW.format(*case, peer, f"{one.seconds:.3f}", *ratios, *cells), flush=True)
            smaller[peer, *case[:2]] = one


def _charts(title: str, found: Mapping[str, Measure]) -> Iterator[Chart]:
    """Yield what one graph took with each of those compared: time, and where it is a matter of size memory too."""
    yield Chart(f"{title}: processor time", "s", tuple(Bar(peer, one.seconds) for peer, one in found.items()))
    grown = tuple(Bar(peer, one.grown / 2**20) for peer, one in found.items())
    if min(bar.value for bar in grown) >= 1:
        yield Chart(f"{title}: peak of memory", "MiB", grown)


def _machine() -> str:
    names = ("networkx", "rustworkx", "igraph", "numpy", "msgspec")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def main(sizes: tuple[int, ...], only: str, path: Path | None) -> None:
    """Print all tables, or one."""
    print(_machine())
    cases = [Case(shape, "short", size) for shape in SHAPES for size in sizes]
    named = [Case("layered", names, size) for names in ("uuid", "long") for size in sizes]
    debian = [Case("debian", "", 0)] if graphs.debian() else []
    if only in ("", "order"):
        _table("order", peers.ORDERS, cases + named)
    if only in ("", "declared"):
        _table("declared", peers.DECLARED, cases[: len(sizes)])
    if only in ("", "cycles"):
        _table("cycles", peers.CYCLES, cases + debian)
    if only in ("", "redundant"):
        _table("redundant", peers.REDUNDANT, [Case("layered", "short", 10_000), Case("deep", "short", 10_000)])
    save(path, "resolve", CHARTS, _machine())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        task, peer, graph, names, size = sys.argv[2:7]
        print(json.dumps(measure(task, peer, Case(graph, names, int(size)))))
    else:
        path, only = destination(sys.argv), ""
        if sys.argv[1:2] == ["--task"]:
            only = sys.argv[2]
            del sys.argv[1:3]
        main(tuple(int(float(size)) for size in sys.argv[1:]) or SIZES, only, path)
