"""``python -m benchmarks.answers [ANSWER...]``: single answers on a large graph, beside reading and ordering it.

Each is given of a tenth of the drivers, of three tenths and of all, in a process of its own: what each driver takes is
to stay the same. ``growth`` is that of what each takes for twice as many drivers; ``of order`` is the ratio to
``tierdeps order`` of the same graph. ``--count N`` sets the number of drivers. Exits with 1 if an answer takes more
seconds of a processor or more memory than it may.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.graphs import Requirements, layered, write_lines
from benchmarks.turns import Cost, names_and_count, run

COUNT = 100_000
ROW = "{:<16} {:>8} {:>9} {:>9} {:>8} {:>9} {:>6} {}"
GRAPH, CHANGED = "graph.jsonl", "changed.jsonl"


class Answer(NamedTuple):
    """A command, and how many seconds and MiB it may take with COUNT drivers."""

    arguments: tuple[str, ...]
    seconds: float
    mebibytes: float = 1024


ANSWERS = {
    "order": Answer(("order", GRAPH), 3),
    "why A B": Answer(("why", "LAST", "FIRST", "--graph", GRAPH), 3),
    "why A": Answer(("why", "LAST", "--graph", GRAPH), 3),
    "lock": Answer(("lock", GRAPH, "--output", "out.lock"), 3),
    "graph text": Answer(("graph", GRAPH), 6),
    "graph dot": Answer(("graph", "--format", "dot", GRAPH), 6),
    "graph json": Answer(("graph", "--format", "json", GRAPH), 6, 300),
    "diff of one": Answer(("diff", GRAPH, CHANGED), 6),
    "TD201": Answer(("check", "--select", "TD201", GRAPH), 6),
}


def write(folder: Path, count: int) -> tuple[str, str]:
    """Write a graph and the same one with another dependency; return its last driver and one that that needs."""
    graph: Requirements = layered(count)
    last = next(reversed(graph))
    first = last
    while graph[first]:
        first = graph[first][0]
    names = list(graph)
    random.Random(1).shuffle(names)  # noqa: S311  nothing here is secret
    write_lines(folder / GRAPH, {name: graph[name] for name in names})
    graph[last] = [*graph[last][1:], names[0]]
    write_lines(folder / CHANGED, {name: graph[name] for name in names})
    return last, first


def measure(answer: Answer, folder: Path, ends: tuple[str, str]) -> Cost:
    """Return what an answer takes."""
    names = dict(zip(("LAST", "FIRST"), ends, strict=True))
    arguments = [names.get(argument, argument) for argument in answer.arguments]
    cost = run([sys.executable, "-m", "tierdeps", *arguments], folder)
    assert cost.code in (0, 1), (arguments, cost)
    return cost


def main(answers: list[str], count: int) -> int:
    """Print a row for each answer; return 1 if one takes more than it may."""
    over = False
    print(ROW.format("answer", "drivers", "seconds", "us each", "growth", "of order", "MiB", ""))
    costs: dict[tuple[str, int], Cost] = {}
    for drivers in (count // 10, count * 3 // 10, count):
        with tempfile.TemporaryDirectory() as name:
            ends = write(Path(name), drivers)
            for answer in dict.fromkeys(("order", *(answers or ANSWERS))):
                costs[answer, drivers] = measure(ANSWERS[answer], Path(name), ends)
                over |= _print(answer, drivers, costs, is_whole=drivers == count)
    return int(over)


def _print(name: str, drivers: int, costs: dict[tuple[str, int], Cost], *, is_whole: bool) -> bool:
    cost, answer = costs[name, drivers], ANSWERS[name]
    each = cost.seconds * 1e6 / drivers
    smaller = max((size for other, size in costs if other == name and size < drivers), default=0)
    growth = ""
    if smaller:
        times = cost.seconds / costs[name, smaller].seconds * smaller / drivers
        growth = f"{times ** (1 / math.log2(drivers / smaller)):.2f}"
    ratio = f"{cost.seconds / costs['order', drivers].seconds:.1f}"
    peak = cost.peak / 2**20
    exceeded = is_whole and (cost.seconds > answer.seconds or peak > answer.mebibytes)
    cells = (f"{cost.seconds:.2f}", f"{each:.1f}", growth, ratio, f"{peak:.0f}", "EXCEEDED" * exceeded)
    print(ROW.format(name, drivers, *cells), flush=True)
    return exceeded


if __name__ == "__main__":
    sys.exit(main(*names_and_count(COUNT)))
