"""A component in whole numbers: its steps, the arcs between them, and the dependencies that make the arcs."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value
from tierdeps.model import Dependency, Edge, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: A component: each arrow (a step, one that it needs) with the dependencies that declare it; none for phases.
Arrows = dict[tuple[Step, Step], tuple[Edge, ...]]
#: A dependency as somebody declared it: one of these can be several arrows.
Declared = tuple[str, Dependency]


class Arc(NamedTuple):
    """An arrow from one step to another that is there as long as a dependency is."""

    tail: int
    head: int
    item: int


class Tangle(Value):
    """A component of ``size`` steps.

    ``fixed`` are the arrows that cannot be taken away: drivers' own orders of phases. ``weights`` has one number for
    each dependency; the lightest break is the one wanted.
    """

    size: int
    fixed: tuple[tuple[int, int], ...]
    arcs: tuple[Arc, ...]
    weights: tuple[int, ...]


def declared(edge: Edge) -> Declared:
    """Return what has to be taken away for an edge to go."""
    return edge.declarer, edge.dependency


def tangle_of(arrows: Arrows, items: Sequence[Edge], weights: Sequence[int]) -> Tangle:
    """Give numbers to the steps of a component, and to its dependencies as ``items`` has them, one edge for each."""
    steps = sorted({step for pair in arrows for step in pair})
    step = {name: index for index, name in enumerate(steps)}
    item = {declared(edge): index for index, edge in enumerate(items)}
    fixed = tuple(sorted((step[here], step[needed]) for (here, needed), edges in arrows.items() if not edges))
    arcs = {
        Arc(step[here], step[needed], item[declared(edge)])
        for (here, needed), edges in arrows.items()
        for edge in edges
    }
    return Tangle(len(steps), fixed, tuple(sorted(arcs)), tuple(weights))


def successors(tangle: Tangle, without: Iterable[int] = ()) -> list[list[int]]:
    """List the steps that each step has arrows to, when some dependencies are taken away."""
    gone = set(without)
    after: list[list[int]] = [[] for _ in range(tangle.size)]
    for tail, head in tangle.fixed:
        after[tail].append(head)
    for arc in tangle.arcs:
        if arc.item not in gone:
            after[arc.tail].append(arc.head)
    return after


def forwards(after: Sequence[Iterable[int]]) -> list[float]:
    """Give places to steps without cycles, so that all their arrows point forwards."""
    waiting = [0] * len(after)
    for head in chain.from_iterable(after):
        waiting[head] += 1
    ready = [step for step, count in enumerate(waiting) if not count]
    places = [0.0] * len(after)
    for place, step in enumerate(ready):
        places[step] = float(place)
        for head in after[step]:
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    return places


def weight_of(tangle: Tangle, items: Iterable[int]) -> int:
    """Return what a set of dependencies weighs."""
    return sum(tangle.weights[item] for item in items)


def arcs_of(tangle: Tangle) -> Mapping[int, list[Arc]]:
    """Return the arcs that each dependency makes."""
    found: dict[int, list[Arc]] = {}
    for arc in tangle.arcs:
        found.setdefault(arc.item, []).append(arc)
    return found
