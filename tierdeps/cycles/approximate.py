"""A light feedback arc set of a large component: the edges that lead backwards in a good order of the steps.

Finding the lightest one is NP-hard. Given any order of the steps, removing the edges that lead backwards leaves no
cycle. So an order is improved in rounds, each of which takes time in proportion to the edges, and the set that follows
is made minimal. All limits count work and not seconds: the answer is the same on every machine.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tierdeps.cycles.component import successors, topological_positions, total_weight
from tierdeps.cycles.minimalize import minimalize
from tierdeps.cycles.neighbours import Neighbours
from tierdeps.cycles.resort import resort
from tierdeps.cycles.sift import sift
from tierdeps.cycles.start_order import degree_order, greedy_order
from tierdeps.cycles.substitute import substitute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.cycles.component import Component

#: The rounds visit so many edges together, which takes about a second; at least one round visits all of them.
MAX_EDGE_VISITS = 400_000
#: There are no more rounds however few edges there are, and the search ends after so many that improve nothing.
MAX_ROUNDS, MAX_IDLE_ROUNDS = 50, 3
#: So many times all dependencies of a set are replaced by lighter ones.
MAX_SUBSTITUTIONS = 8
#: For components of more edges, only the better of two orders is improved beyond a first round, and only dependencies
#: that are heavier than others are replaced, once.
MAX_EDGES_FOR_ALL = 4_000
#: For components of more edges, one order is improved, and the set is not made minimal.
MAX_EDGES_FOR_MINIMAL = 20_000


def light_feedback_arcs(component: Component) -> list[int]:
    """Return dependencies whose removal leaves no cycle; up to MAX_EDGES_FOR_MINIMAL edges none of them can be kept.

    Takes linear time.
    """
    count = len(component.edges)
    neighbours = Neighbours(component)
    rounds = max(1, min(MAX_ROUNDS, MAX_EDGE_VISITS // count))
    if is_large(component):
        return sorted(backward_dependencies(component, improve(neighbours, degree_order(component), rounds)))
    starts = degree_order(component), greedy_order(component)
    if count > MAX_EDGES_FOR_ALL:
        tried = [improve(neighbours, start, 1) for start in starts]
        best = min(tried, key=lambda order: total_weight(component, backward_dependencies(component, order)))
        return _made_minimal(component, improve(neighbours, best, rounds - 1))
    found = (_made_minimal(component, improve(neighbours, start, rounds)) for start in starts)
    return min(found, key=lambda dependencies: (total_weight(component, dependencies), dependencies))


def is_large(component: Component) -> bool:
    """Return whether there is little search, after which some dependencies may be unnecessary."""
    return len(component.edges) > MAX_EDGES_FOR_MINIMAL


def improve(neighbours: Neighbours, start: Sequence[float], rounds: int) -> list[float]:
    """Return an order in which fewer edges lead backwards, after so many rounds or when nothing improves any more.

    All edges count the same in most of the rounds, and weights in the last ones only: before, they would hold up moves
    that let others move.
    """
    if neighbours.costs is neighbours.unit_costs:
        return _rounds(neighbours, neighbours.costs, start, rounds)
    weighted = max(1, rounds // 4)
    order = _rounds(neighbours, neighbours.unit_costs, start, rounds - weighted)
    return _rounds(neighbours, neighbours.costs, order, weighted)


def _rounds(
    neighbours: Neighbours, costs: Sequence[Sequence[float]], start: Sequence[float], rounds: int
) -> list[float]:
    order, least, idle = list(start), inf, 0
    for number in range(rounds):
        order, backward = resort(neighbours, order, reverse=number % 2 == 1)
        idle = 0 if backward < least else idle + 1
        if idle > MAX_IDLE_ROUNDS:
            break
        least = min(least, backward)
        sift(neighbours, costs, order)
    return order


def backward_dependencies(component: Component, positions: Sequence[float]) -> set[int]:
    """Return the dependencies whose edges lead backwards."""
    return {item for tail, head, item in component.edges if positions[tail] > positions[head]}


def _made_minimal(component: Component, positions: Sequence[float]) -> list[int]:
    chosen = minimalize(component, backward_dependencies(component, positions), positions)
    is_large = len(component.edges) > MAX_EDGES_FOR_ALL
    for _ in range(1 if is_large else MAX_SUBSTITUTIONS):
        lighter = substitute(component, chosen, only_heavier=is_large)
        if lighter == chosen:
            break
        chosen = minimalize(component, lighter, topological_positions(successors(component, lighter)))
    return sorted(chosen)
