"""A feedback arc set is made lighter: a dependency is replaced by a lighter one that breaks the same cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.cycles.component import edges_by_dependency

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.cycles.component import Component, ComponentEdge

#: So many edges are visited at most: where both a component and the set are larger, the set stays as it is.
MAX_EDGE_VISITS = 3_000_000


def substitute(component: Component, chosen: Iterable[int]) -> set[int]:
    """Return a feedback arc set of the same size in which no single dependency has a lighter substitute.

    The substitutes may break more cycles than what they replace, and so make other dependencies of the set unnecessary.
    """
    kept = set(chosen)
    if len(kept) * len(component.edges) > MAX_EDGE_VISITS:
        return kept
    edges_of = edges_by_dependency(component)
    for dependency in sorted(kept, key=lambda dependency: (-component.weights[dependency], dependency)):
        if len(edges_of[dependency]) == 1:
            better = _lightest_substitute(component, kept, edges_of[dependency][0])
            kept.remove(dependency)
            kept.add(better)
    return kept


def _lightest_substitute(component: Component, removed: set[int], closing: ComponentEdge) -> int:
    """Return the lightest dependency that is on every cycle which one edge of the set would close.

    These cycles are the paths from the head of the edge back to its tail. What all of them share is a bridge of the
    acyclic graph that these paths make.
    """
    edges = [*((edge.tail, edge.head, edge.dependency) for edge in component.edges if edge.dependency not in removed)]
    edges += [(tail, head, -1) for tail, head in component.fixed]
    after: list[list[int]] = [[] for _ in range(component.size)]
    before: list[list[int]] = [[] for _ in range(component.size)]
    for tail, head, _ in edges:
        after[tail].append(head)
        before[head].append(tail)
    between = _reachable(closing.head, after) & _reachable(closing.tail, before)
    position = _positions(closing.head, between, after, before)
    on_the_way = [
        (position[tail], position[head], dependency) for tail, head, dependency in edges if {tail, head} <= between
    ]
    bridges = {dependency for dependency in _bridges(on_the_way, len(between)) if dependency >= 0}
    candidates = {closing.dependency, *bridges}
    return min(candidates, key=lambda dependency: (component.weights[dependency], dependency))


def _reachable(start: int, neighbours: list[list[int]]) -> set[int]:
    met, stack = {start}, [start]
    while stack:
        for other in neighbours[stack.pop()]:
            if other not in met:
                met.add(other)
                stack.append(other)
    return met


def _positions(start: int, between: set[int], after: list[list[int]], before: list[list[int]]) -> dict[int, int]:
    """Return a topological order of the steps between two others: every edge leads to a greater position."""
    missing = {step: sum(other in between for other in before[step]) for step in between}
    ready = [start]
    for step in ready:  # grows while it is walked
        for other in after[step]:
            if other in between:
                missing[other] -= 1
                if not missing[other]:
                    ready.append(other)
    return {step: position for position, step in enumerate(ready)}


def _bridges(edges: Iterable[tuple[int, int, int]], size: int) -> Iterable[int]:
    """Yield the dependencies that every path takes: those of edges that alone span some point of the order.

    At each point, the number of edges that span it and the sum of their dependencies are kept. Where the number is one,
    the sum is that edge's dependency.
    """
    count_change, sum_change = [0] * size, [0] * size
    for start, end, dependency in edges:
        count_change[start] += 1
        count_change[end] -= 1
        sum_change[start] += dependency
        sum_change[end] -= dependency
    spanning_count = spanning_sum = 0
    for point in range(size - 1):
        spanning_count += count_change[point]
        spanning_sum += sum_change[point]
        if spanning_count == 1:
            yield spanning_sum
