"""Components of steps that need each other, and a shortest cycle of each."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from tierdeps.model import Cycle, Edge, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import networkx as nx

    from tierdeps.breaks.preference import Dependents
    from tierdeps.breaks.tangle import Arrows

#: A conditional dependency outweighs any number of others: the path shown has the fewest of them.
CONDITIONAL = 1 << 40
#: So many dependencies are looked at for a shorter cycle, and for each one of the component so many more: where all
#: cycles are long and few steps can be left out, to be certain takes the square of the size.
EFFORT, EFFORT_EACH = 2_000_000, 32
#: No cycle is shorter: a driver's dependency on itself is no edge.
SHORTEST_POSSIBLE = 2

#: What a step needs: each needed step, with the dependency that says so, or None for the driver's own order of phases.
Needs = dict[Step, dict[Step, Edge | None]]


def find_cycles(
    steps: nx.DiGraph[Step], edges_of: Callable[[Step], Iterable[Edge]], dependents: Dependents
) -> tuple[Cycle, ...]:
    """Return one shortest cycle for each component of the step graph, sorted by their members.

    ``edges_of`` returns the dependencies of a step, sorted; ``dependents`` how many drivers need a driver.
    """
    import networkx as nx

    if nx.is_directed_acyclic_graph(steps):  # mostly so, and sooner known than all components
        return ()
    components = (part for part in nx.strongly_connected_components(steps) if len(part) > 1)
    cycles = [_explain(steps, edges_of, dependents, sorted(part)) for part in components]
    return tuple(sorted(cycles, key=lambda cycle: (cycle.members, cycle.path)))


def _explain(
    steps: nx.DiGraph[Step], edges_of: Callable[[Step], Iterable[Edge]], dependents: Dependents, component: list[Step]
) -> Cycle:
    from tierdeps.breaks import smallest_break  # where there is something to break

    members = set(component)
    inside: list[Edge] = []
    pairs: Arrows = {(here, needed): () for here in component for needed in steps.pred[here] if needed in members}
    for here in component:
        for edge in edges_of(here):
            if edge.needed in members:
                pairs[here, edge.needed] += (edge,)
                inside.append(edge)
    needs: Needs = {step: {} for step in component}
    for (here, needed), edges in sorted(pairs.items()):
        needs[here][needed] = edges[0] if edges else None
    drivers = tuple(sorted({step.driver for step in component}))
    found = smallest_break(pairs, dependents)
    path, shortest = shortest_cycle(needs)
    return Cycle(
        drivers,
        _rotate(path),
        found.edges,
        found.exact,
        tuple(inside),
        shortest,
        other_breaks=found.others,
        as_small=found.as_small,
        all_counted=found.all_counted,
    )


def cost(edge: Edge | None) -> int:
    """Weigh one arrow: nothing for a driver's own phases, one for a dependency, and far more for a conditional one."""
    if edge is None:
        return 0
    return 1 if edge.when is None else CONDITIONAL + 1


def shortest_cycle(needs: Needs) -> tuple[tuple[Edge, ...], bool]:
    """Return the dependencies of a cheapest cycle, starting anywhere on it; ties go to the smallest names.

    Each step that was searched from is taken out, and all that cannot be on a cycle any more with it: so a ring is
    walked once, however long. Tells too whether no cycle is cheaper: in very large tangles there may be one.
    """
    remaining = Remaining(needs)
    best: tuple[Edge, ...] = ()
    bound = CONDITIONAL * CONDITIONAL
    for start in needs:
        if start in remaining.alive:
            if best and remaining.effort < 0:
                return best, False
            found = _cheapest_through(start, remaining, bound)
            if found is not None:
                bound, best = found
            if bound <= SHORTEST_POSSIBLE:
                break
            remaining.discard(start)
    return best, True


class Remaining:
    """The part of a component that has not been searched and may still hold a cycle, and what may still be done."""

    def __init__(self, needs: Needs) -> None:
        self.effort = EFFORT + EFFORT_EACH * sum(map(len, needs.values()))
        self.needs = needs
        self.alive = set(needs)
        self._needed_by: dict[Step, list[Step]] = {step: [] for step in needs}
        for step, others in needs.items():
            for other in others:
                self._needed_by[other].append(step)
        self._out = {step: len(others) for step, others in needs.items()}
        self._in = {step: len(others) for step, others in self._needed_by.items()}

    def discard(self, step: Step) -> None:
        """Take a step out, and then all that is left without a way in or a way out."""
        doomed = [step]
        while doomed:
            gone = doomed.pop()
            if gone not in self.alive:
                continue
            self.alive.remove(gone)
            for count, others in ((self._in, self.needs[gone]), (self._out, self._needed_by[gone])):
                for other in others:
                    count[other] -= 1
                    if not count[other]:
                        doomed.append(other)


def _cheapest_through(start: Step, remaining: Remaining, bound: int) -> tuple[int, tuple[Edge, ...]] | None:
    """Return the cost and the dependencies of a cheapest cycle through a step, if one costs less than ``bound``."""
    reached: dict[Step, int] = {}
    came: dict[Step, Step] = {}
    heap = [(0, start)]
    while heap:
        spent, step = heappop(heap)
        remaining.effort -= len(remaining.needs[step])
        if step == start and came:
            return spent, _walk_back(start, came, remaining.needs)
        for needed, edge in remaining.needs[step].items():
            total = spent + cost(edge)
            if needed in remaining.alive and total < min(bound, reached.get(needed, bound)):
                reached[needed] = total
                came[needed] = step
                heappush(heap, (total, needed))
    return None


def _walk_back(start: Step, came: Mapping[Step, Step], needs: Needs) -> tuple[Edge, ...]:
    edges: list[Edge] = []
    step = start
    while True:
        previous = came[step]
        edge = needs[previous][step]
        if edge is not None:
            edges.append(edge)
        step = previous
        if step == start:
            return tuple(reversed(edges))


def _rotate(edges: tuple[Edge, ...]) -> tuple[Edge, ...]:
    """Turn a cycle so that it begins at its smallest driver."""
    pivot = min(range(len(edges)), key=lambda index: edges[index].dependent)
    return edges[pivot:] + edges[:pivot]
