"""Components of steps that need each other, and a shortest cycle of each."""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush
from operator import itemgetter
from typing import TYPE_CHECKING

from tierdeps._util.gc import gc_paused
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
MAX_EDGE_VISITS, MAX_VISITS_PER_EDGE = 500_000, 2
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
    with gc_paused():
        cycles = [_cycle_of(steps, edges_of, dependent_count, sorted(members)) for members in components]
    return tuple(sorted(cycles, key=lambda cycle: (cycle.members, cycle.path)))


def _cycle_of(
    steps: nx.DiGraph[Step],
    edges_of: Callable[[Step], Iterable[Edge]],
    dependent_count: DependentCount,
    component: list[Step],
) -> Cycle:
    from tierdeps.cycles.feedback_arcs import smallest_feedback_arcs  # imported only where there is a cycle

    step_edges, component_edges = _edges_within(steps, edges_of, component)
    drivers = tuple(sorted({step.driver for step in component}))
    found = smallest_feedback_arcs(step_edges, dependent_count)
    path, is_shortest = _mutual_need(step_edges) or shortest_cycle(_needs(component, step_edges))
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
        quick=found.quick,
    )


def _edges_within(
    steps: nx.DiGraph[Step], edges_of: Callable[[Step], Iterable[Edge]], component: Iterable[Step]
) -> tuple[StepEdges, list[Edge]]:
    """Return the edges between the steps of a component, by their ends and one after the other, sorted."""
    phases = Counter(step.driver for step in component)
    members = set(component)
    step_edges: StepEdges = {}
    component_edges: list[Edge] = []
    for here in component:
        if phases[here.driver] > 1:
            step_edges.update(((here, needed), ()) for needed in steps.pred[here] if needed in members)
        for edge in edges_of(here):
            if edge.needed in members:
                ends = here, edge.needed
                step_edges[ends] = (*step_edges[ends], edge) if ends in step_edges else (edge,)
                component_edges.append(edge)
    return step_edges, component_edges


def _needs(component: Iterable[Step], step_edges: StepEdges) -> Needs:
    needs: Needs = {step: {} for step in component}
    for (here, needed), edges in sorted(step_edges.items(), key=itemgetter(0)):
        needs[here][needed] = edges[0] if edges else None
    return needs


def _mutual_need(step_edges: StepEdges) -> tuple[tuple[Edge, ...], bool] | None:
    """Return the first two drivers that need each other unconditionally: no cycle is cheaper.

    Where a driver has several phases, a path through these may be as cheap, and come first.
    """
    if not all(step_edges.values()):
        return None
    for (here, needed), edges in step_edges.items():
        back = step_edges.get((needed, here))
        if back and edges[0].when is None and back[0].when is None:
            return (edges[0], back[0]), True
    return None


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
    best: list[int] = []
    best_cost = CONDITIONAL_COST * CONDITIONAL_COST
    is_shortest = True
    for start in range(len(needs)):
        if remaining.alive[start]:
            if best and remaining.visits_left < 0:
                is_shortest = False
                break
            found = _cheapest_through(start, remaining, best_cost)
            if found is not None:
                best_cost, best = found
            if best_cost <= MIN_CYCLE_COST:
                break
            # No cycle through it is cheaper than the best one, so it, and what is on cycles only with it, can go.
            remaining.discard(start)
    names = [remaining.steps[number] for number in best]
    edges = (needs[here][needed] for here, needed in zip(names, [*names[1:], *names[:1]], strict=True))
    return tuple(edge for edge in edges if edge is not None), is_shortest


class Remaining:
    """The steps of a component that may still be on a cheaper cycle, and how many edges may still be visited.

    Steps are numbers here, in the order of ``needs``: ``after`` has what each needs, and what that edge costs.
    """

    def __init__(self, needs: Needs) -> None:
        self.visits_left: int = MAX_EDGE_VISITS + MAX_VISITS_PER_EDGE * sum(map(len, needs.values()))
        self.steps: list[Step] = list(needs)
        number = {step: index for index, step in enumerate(self.steps)}
        self.after: list[list[tuple[int, int]]] = [
            [(number[needed], edge_cost(edge)) for needed, edge in others.items()] for others in needs.values()
        ]
        self.alive: bytearray = bytearray(b"\1" * len(needs))
        self._before: list[list[tuple[int, int]]] = [[] for _ in needs]
        for step, others in enumerate(self.after):
            for other, cost in others:
                self._before[other].append((step, cost))
        self._out_degree = list(map(len, self.after))
        self._in_degree = list(map(len, self._before))

    def discard(self, step: int) -> None:
        """Remove a step, and then every step that is left without an edge to it or from it."""
        doomed = [step]
        while doomed:
            gone = doomed.pop()
            if not self.alive[gone]:
                continue
            self.alive[gone] = 0
            neighbours = ((self._in_degree, self.after[gone]), (self._out_degree, self._before[gone]))
            for degree, others in neighbours:
                for other, _ in others:
                    degree[other] -= 1
                    if not degree[other]:
                        doomed.append(other)


def _cheapest_through(start: int, remaining: Remaining, below: int) -> tuple[int, list[int]] | None:
    """Return the cost and the steps of a cheapest cycle through a step, if one costs less than ``below``.

    Dijkstra's algorithm from a step back to itself.
    """
    after, alive = remaining.after, remaining.alive
    cost: dict[int, int] = {}
    previous: dict[int, int] = {}
    heap = [(0, start)]
    while heap:
        spent, step = heappop(heap)
        remaining.visits_left -= len(after[step])
        if step == start and previous:
            return spent, _trace_back(start, previous)
        for needed, own in after[step]:
            total = spent + own
            if alive[needed] and total < below and total < cost.get(needed, below):
                cost[needed] = total
                previous[needed] = step
                heappush(heap, (total, needed))
    return None


def _trace_back(start: int, previous: Mapping[int, int]) -> list[int]:
    steps = [previous[start]]
    while steps[-1] != start:
        steps.append(previous[steps[-1]])
    return steps[::-1]


def _rotate(edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    """Return a cycle starting at its smallest driver."""
    first = min(range(len(edges)), key=lambda index: edges[index].dependent)
    return edges[first:] + edges[:first]
