"""``python -m benchmarks.tangles [ROUNDS]``: what the fix of a tangle costs, and how small it is.

Random digraphs in which each driver has four dependencies, dependencies on near drivers of which few lead back, a torus
under facts, and a ring under facts with a second dependency for each driver. The peer is the order of Eades, Lin and
Smyth alone (1993), the heuristic of igraph, in this program's implementation: its seconds and the size of its cut.
Prints the microseconds for each dependency, how they grow with each doubling of the size, and the ratios to the peer.
"""

from __future__ import annotations

import sys
from math import log2
from random import Random
from statistics import median
from time import process_time

from tierdeps.cycles.component import Component, ComponentEdge
from tierdeps.cycles.start_order import greedy_order
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, requires

SIZES = (350, 700, 1_000, 1_500, 2_500, 5_000, 10_000, 20_000, 50_000)
DEPENDENCIES, FACTS = 4, 200
#: How far a driver is from what it needs, where that is near; and each of how many has a dependency that leads back.
DISTANCE, BACK = 30, 50
ROW = "{:<8} {:>7} {:>12} {:>8} {:>8} {:>8} {:>10} {:>9} {:>7} {:>9}"
TITLES = ("graph", "drivers", "dependencies", "seconds", "us/dep", "growth", "of Eades", "cut", "Eades", "ratio")


def digraph(drivers: int) -> list[tuple[int, int, str | None]]:
    """Return dependencies between random drivers."""
    random = Random(7)  # noqa: S311  the same graph every time
    return sorted(
        {
            (one, other, None)
            for one in range(drivers)
            for other in random.sample(range(drivers), DEPENDENCIES)
            if one != other
        }
    )


def near(drivers: int) -> list[tuple[int, int, str | None]]:
    """Return dependencies on drivers shortly before in an order, and few on one shortly behind."""
    random = Random(3)  # noqa: S311  as above
    found: set[tuple[int, int, str | None]] = set()
    for one in range(1, drivers):
        places = random.sample(range(max(0, one - DISTANCE), one), min(one, DEPENDENCIES))
        found.update((one, other, None) for other in places)
        if one % BACK == 0:
            found.add((max(0, one - random.randrange(1, DISTANCE)), one, None))
    return sorted(found)


def ring(drivers: int) -> list[tuple[int, int, str | None]]:
    """Return a ring in which each driver needs the next one under two facts."""
    pairs = [(number, (number + 1) % drivers) for number in range(drivers)]
    return [(*pair, f"f{(pair[0] + shift) % FACTS}") for pair in pairs for shift in (0, 7)]


def torus(drivers: int) -> list[tuple[int, int, str | None]]:
    """Return a square of drivers of which each needs the next in its row and in its column; a third under facts."""
    side = int(drivers**0.5)
    found: list[tuple[int, int, str | None]] = []
    for number in range(side * side):
        x, y = number % side, number // side
        found.append((number, (x + 1) % side + y * side, f"f{number % FACTS}" if number % 3 == 0 else None))
        found.append((number, x + (y + 1) % side * side, None))
    return found


def graph_of(edges: list[tuple[int, int, str | None]]) -> DependencyGraph:
    """Declare the drivers in random order, with names in random order, and with all facts."""
    random = Random(1)  # noqa: S311  as above
    size = 1 + max(max(edge[:2]) for edge in edges)
    names = [f"d{number}" for number in random.sample(range(size), size)]
    needs: list[list[tuple[str, str | None]]] = [[] for _ in names]
    for one, other, fact in edges:
        needs[one].append((names[other], fact))
    drivers = [
        Driver(name, dependencies=tuple(requires(other, when=fact) for other, fact in needed))
        for name, needed in zip(names, needs, strict=True)
    ]
    return DependencyGraph(random.sample(drivers, size), facts={f"f{number}": True for number in range(FACTS)})


def eades(edges: list[tuple[int, int, str | None]]) -> tuple[float, int]:
    """Return the seconds and the cut of the order alone."""
    size = 1 + max(max(edge[:2]) for edge in edges)
    number_of = Random(1).sample(range(size), size)  # noqa: S311  in no order, as names are
    pairs = sorted((number_of[one], number_of[other]) for one, other, _ in edges)
    numbered = tuple(ComponentEdge(one, other, number) for number, (one, other) in enumerate(pairs))
    component = Component(size, (), numbered, (1,) * len(edges))
    started_at = process_time()
    positions = greedy_order(component)
    taken = process_time() - started_at
    return taken, sum(positions[edge.tail] > positions[edge.head] for edge in numbered)


def main(rounds: int) -> None:
    """Print a row for each graph."""
    print(ROW.format(*TITLES))
    for name, shape in (("digraph", digraph), ("near", near), ("torus", torus), ("ring", ring)):
        before = size_before = 0.0
        for drivers in SIZES:
            edges = shape(drivers)
            ours, peers = [], []
            cut = other_cut = 0
            for _ in range(rounds):
                graph = graph_of(edges)
                list(graph.edges)
                started_at = process_time()
                cut = sum(len(cycle.feedback_arcs) for cycle in graph.cycles())
                ours.append(process_time() - started_at)
                seconds, other_cut = eades(edges)
                peers.append(seconds)
            each = median(ours) / len(edges) * 1e6
            growth = f"{(each / before) ** (1 / log2(len(edges) / size_before)):.2f}" if before else ""
            cells = (f"{median(ours):.2f}", f"{each:.1f}", growth, f"{median(ours) / median(peers):.1f}")
            row = (name, drivers, len(edges), *cells, cut, other_cut, f"{cut / other_cut:.2f}")
            print(ROW.format(*row), flush=True)
            before, size_before = each, len(edges)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3)
