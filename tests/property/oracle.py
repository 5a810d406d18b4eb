"""An oracle for the resolver: plain networkx and brute force."""

from __future__ import annotations

from itertools import chain, combinations, pairwise
from typing import TYPE_CHECKING

import networkx as nx

from tierdeps.model import Edge, Kind, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Cycle, Dependency, Plan

Declared = tuple[str, "Dependency"]


def step_graph(graph: DependencyGraph, without: Iterable[Declared] = ()) -> nx.MultiDiGraph[Step]:
    """Return an arrow for each dependency, from a step to what it needs, and for each two phases of a driver."""
    gone = set(without)
    found: nx.MultiDiGraph[Step] = nx.MultiDiGraph()
    for driver in graph.drivers.values():
        steps = [Step(driver.name, phase) for phase in driver.phases]
        found.add_nodes_from(steps)
        found.add_edges_from(((later, earlier) for earlier, later in pairwise(steps)), edge=None)
    for edge in graph.edges:
        if (edge.declarer, edge.dependency) not in gone:
            found.add_edge(edge.dependent, edge.needed, edge=edge)
    return found


def components(graph: DependencyGraph) -> list[frozenset[Step]]:
    """Return the groups of steps that need each other."""
    return [frozenset(part) for part in nx.strongly_connected_components(step_graph(graph)) if len(part) > 1]


def component_of(graph: DependencyGraph, cycle: Cycle) -> frozenset[Step]:
    """Return the component that a cycle stands for."""
    return next(part for part in components(graph) if cycle.edges[0].dependent in part)


def cheapest_cycle(graph: DependencyGraph, component: Iterable[Step]) -> tuple[int, int]:
    """Return the fewest conditional dependencies of all cycles, and among those the fewest dependencies."""
    part: nx.DiGraph[Step] = nx.DiGraph(step_graph(graph).subgraph(component).edges())
    costs = {(edge.dependent, edge.needed): (1, 1) for edge in graph.edges}
    costs |= {(edge.dependent, edge.needed): (0, 1) for edge in graph.edges if edge.when is None}
    for driver in graph.drivers.values():
        steps = [Step(driver.name, phase) for phase in driver.phases]
        costs |= {(later, earlier): (0, 0) for earlier, later in pairwise(steps)}
    found = []
    for cycle in nx.simple_cycles(part):
        each = [costs[pair] for pair in pairwise([*cycle, cycle[0]])]
        found.append((sum(one for one, _ in each), sum(other for _, other in each)))
    return min(found)


def smallest_break(graph: DependencyGraph, component: frozenset[Step]) -> list[Edge]:
    """Try all sets of dependencies, the smallest first; then soft, conditional, needed by few."""
    inside = [edge for edge in graph.edges if {edge.dependent, edge.needed} <= component]
    shown: dict[Declared, Edge] = {}
    for edge in inside:
        shown.setdefault((edge.declarer, edge.dependency), edge)
    for size in range(1, len(shown) + 1):
        found = [
            [shown[item] for item in items]
            for items in combinations(shown, size)
            if nx.is_directed_acyclic_graph(step_graph(graph, items).subgraph(component))
        ]
        if found:
            return min(found, key=lambda edges: _reluctance(graph, edges))
    raise AssertionError("a component without dependencies has no cycle")


def _reluctance(graph: DependencyGraph, edges: list[Edge]) -> tuple[object, ...]:
    hard = sum(edge.kind is Kind.REQUIRES for edge in edges)
    unconditional = sum(edge.when is None for edge in edges)
    pairs = {(edge.dependent.driver, edge.needed.driver) for edge in graph.edges}
    dependents = sum(needed == edge.dependent.driver for edge in edges for _, needed in pairs)
    return hard, unconditional, dependents, [edge.sort_key for edge in edges]


def expected_waits(graph: DependencyGraph) -> Iterator[tuple[Step, Step]]:
    """Read the declarations as the words say, and yield which step waits for which."""
    for driver in graph.drivers.values():
        for item in driver.dependencies:
            if not item.kind.orders or (item.when and not graph.declarations.facts.get(item.when)):
                continue
            name, _, phase = item.target.partition(":")
            for other in _meant(graph, driver.name, item, name):
                phases = graph.drivers[other].phases
                if item.kind.is_mirrored:
                    yield Step(other, phase or phases[0]), Step(driver.name, item.phase or driver.phases[-1])
                else:
                    yield Step(driver.name, item.phase or driver.phases[0]), Step(other, phase or phases[-1])


def _meant(graph: DependencyGraph, driver: str, item: Dependency, name: str) -> list[str]:
    if name in graph.drivers:
        return [name]
    providers = [other.name for other in graph.drivers.values() if name in other.provides and other.name != driver]
    chosen = graph.declarations.choices.get(name)
    return [chosen] if item.kind in (Kind.REQUIRES, Kind.WANTS) and chosen in providers else providers


def run_in_tiers(plan: Plan) -> list[Step]:
    """Run a plan as it says: tier after tier, a step once all that it waits for is done. Return the order.

    Raises AssertionError where a step can never start.
    """
    done: dict[Step, None] = {}
    for tier in plan.tiers:
        left = list(chain.from_iterable(plan.drivers[name].steps for name in tier.drivers))
        while left:
            ready = [step for step in left if all(other in done for other in _before(plan, step))]
            assert ready, f"in the tier {tier.name} none of {left} can begin"
            done |= dict.fromkeys(ready)
            left = [step for step in left if step not in done]
    return list(done)


def _before(plan: Plan, step: Step) -> list[Step]:
    driver = plan.drivers[step.driver]
    place = driver.phases.index(step.phase)
    return [*driver.steps[:place], *(wait.step for wait in driver.waits[place])]
