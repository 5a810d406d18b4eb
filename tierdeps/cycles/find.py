"""Components of steps that need each other, and a shortest cycle of each."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from tierdeps.model import Cycle, Edge, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import networkx as nx

    from tierdeps.cycles.component import StepEdges
    from tierdeps.cycles.preference import DependentCount

#: What a conditional dependency costs on top: more than all others of a path together, so that the cycle shown has the
#: fewest conditional ones.
CONDITIONAL_COST = 1 << 40
#: The maximal number of edges that are visited in search of a shorter cycle: a base, and more for each edge. Where all
#: cycles are long and few steps can be discarded, a search to the end takes the square of the component's size.
MAX_EDGE_VISITS, MAX_VISITS_PER_EDGE = 2_000_000, 32
#: The cost of the cheapest cycle that is possible: a driver's dependency on itself is no edge.
MIN_CYCLE_COST = 2

#: What each step needs: each needed step with the dependency that says so, or None for a driver's own order of phases.
Needs = dict[Step, dict[Step, Edge | None]]


def find_cycles(
    steps: nx.DiGraph[Step], edges_of: Callable[[Step], Iterable[Edge]], dependent_count: DependentCount
) -> tuple[Cycle, ...]:
    """Return one shortest cycle for each component of the step graph, sorted by their members.

    ``edges_of`` returns the dependencies of a step, sorted; ``dependent_count`` how many drivers need a driver.
    """
    import networkx as nx

    if nx.is_directed_acyclic_graph(steps):  # the common case, and cheaper than finding all components
        return ()
    components = (members for members in nx.strongly_connected_components(steps) if len(members) > 1)
    cycles = [_cycle_of(steps, edges_of, dependent_count, sorted(members)) for members in components]
    return tuple(sorted(cycles, key=lambda cycle: (cycle.members, cycle.path)))


def _cycle_of(
    steps: nx.DiGraph[Step],
    edges_of: Callable[[Step], Iterable[Edge]],
    dependent_count: DependentCount,
    component: list[Step],
) -> Cycle:
    from tierdeps.cycles.feedback_arcs import smallest_feedback_arcs  # imported only where there is a cycle

    members = set(component)
    component_edges: list[Edge] = []
    step_edges: StepEdges = {
        (here, needed): () for here in component for needed in steps.pred[here] if needed in members
    }
    for here in component:
        for edge in edges_of(here):
            if edge.needed in members:
                step_edges[here, edge.needed] += (edge,)
                component_edges.append(edge)
    needs: Needs = {step: {} for step in component}
    for (here, needed), edges in sorted(step_edges.items()):
        needs[here][needed] = edges[0] if edges else None
    drivers = tuple(sorted({step.driver for step in component}))
    found = smallest_feedback_arcs(step_edges, dependent_count)
    path, is_shortest = shortest_cycle(needs)
    return Cycle(
        drivers,
        _rotate(path),
        found.edges,
        found.exact,
        tuple(component_edges),
        is_shortest,
        other_feedback_arcs=found.others,
        equal_count=found.equal_count,
        all_counted=found.all_counted,
    )


def edge_cost(edge: Edge | None) -> int:
    """Return what an edge costs: nothing for a driver's own phases, one for a dependency, far more if conditional."""
    if edge is None:
        return 0
    return 1 if edge.when is None else CONDITIONAL_COST + 1


def shortest_cycle(needs: Needs) -> tuple[tuple[Edge, ...], bool]:
    """Return the dependencies of a cheapest cycle, starting anywhere on it, and whether none is cheaper.

    Ties go to the smallest names. A step is discarded once all cycles through it were considered, and with it every
    step that can then be on none, so that a component that is a single long cycle is walked once. In very large
    components the search gives up, and a cheaper cycle may exist.
    """
    remaining = Remaining(needs)
    best: tuple[Edge, ...] = ()
    best_cost = CONDITIONAL_COST * CONDITIONAL_COST
    for start in needs:
        if start in remaining.alive:
            if best and remaining.visits_left < 0:
                return best, False
            found = _cheapest_through(start, remaining, best_cost)
            if found is not None:
                best_cost, best = found
            if best_cost <= MIN_CYCLE_COST:
                break
            # No cycle through it is cheaper than the best one, so it, and what is on cycles only with it, can go.
            remaining.discard(start)
    return best, True


class Remaining:
    """The steps of a component that may still be on a cheaper cycle, and how many edges may still be visited."""

    def __init__(self, needs: Needs) -> None:
        self.visits_left: int = MAX_EDGE_VISITS + MAX_VISITS_PER_EDGE * sum(map(len, needs.values()))
        self.needs = needs
        self.alive: set[Step] = set(needs)
        self._needed_by: dict[Step, list[Step]] = {step: [] for step in needs}
        for step, others in needs.items():
            for other in others:
                self._needed_by[other].append(step)
        self._out_degree = {step: len(others) for step, others in needs.items()}
        self._in_degree = {step: len(others) for step, others in self._needed_by.items()}

    def discard(self, step: Step) -> None:
        """Remove a step, and then every step that is left without an edge to it or from it."""
        doomed = [step]
        while doomed:
            gone = doomed.pop()
            if gone not in self.alive:
                continue
            self.alive.remove(gone)
            neighbours = ((self._in_degree, self.needs[gone]), (self._out_degree, self._needed_by[gone]))
            for degree, others in neighbours:
                for other in others:
                    degree[other] -= 1
                    if not degree[other]:
                        doomed.append(other)


def _cheapest_through(start: Step, remaining: Remaining, below: int) -> tuple[int, tuple[Edge, ...]] | None:
    """Return the cost and the dependencies of a cheapest cycle through a step, if one costs less than ``below``.

    Dijkstra's algorithm from a step back to itself.
    """
    cost: dict[Step, int] = {}
    previous: dict[Step, Step] = {}
    heap = [(0, start)]
    while heap:
        spent, step = heappop(heap)
        remaining.visits_left -= len(remaining.needs[step])
        if step == start and previous:
            return spent, _trace_back(start, previous, remaining.needs)
        for needed, edge in remaining.needs[step].items():
            total = spent + edge_cost(edge)
            if needed in remaining.alive and total < min(below, cost.get(needed, below)):
                cost[needed] = total
                previous[needed] = step
                heappush(heap, (total, needed))
    return None


def _trace_back(start: Step, previous: Mapping[Step, Step], needs: Needs) -> tuple[Edge, ...]:
    edges: list[Edge] = []
    step = start
    while True:
        before = previous[step]
        edge = needs[before][step]
        if edge is not None:
            edges.append(edge)
        step = before
        if step == start:
            return tuple(reversed(edges))


def _rotate(edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    """Return a cycle starting at its smallest driver."""
    first = min(range(len(edges)), key=lambda index: edges[index].dependent)
    return edges[first:] + edges[:first]
