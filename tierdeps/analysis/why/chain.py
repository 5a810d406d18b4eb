"""Chains of dependencies from one driver to another: a shortest one, and how many more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.model import Edge, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import networkx as nx

    from tierdeps.graph import DependencyGraph

#: Nobody needs to know more exactly how many more there are.
COUNTED_UP_TO = 10**15
#: Where all chains end, for counting; no driver has an empty name.
END = Step("", "")


class Chain(Value):
    """A shortest chain of dependencies, and how many others lead the same way.

    A chain never comes back to its first driver, ends when it reaches its last one, and passes no step twice.
    ``exact`` is false where there are at least so many: drivers on the way need each other in a cycle, or there are
    more than a million milliards.
    """

    edges: tuple[Edge, ...]
    others: int
    exact: bool


def find_chain(graph: DependencyGraph, dependent: str, needed: str) -> Chain | None:
    """Return a shortest chain from one driver to another one that it depends on; None where it does not."""
    edges = shortest_chain(graph, dependent, needed)
    if not edges:
        return None
    total, exact = count_chains(graph, dependent, needed)
    return Chain(edges, total - 1, exact)


def shortest_chain(graph: DependencyGraph, dependent: str, needed: str) -> tuple[Edge, ...]:
    """Return the chain with the fewest dependencies; empty where there is none."""
    phases = {name: driver.phases for name, driver in graph.drivers.items()}
    start = Step(dependent, phases[dependent][-1])
    return walk(graph.edges, phases, start, lambda step: step.driver == needed)


def walk(
    edges: Iterable[Edge], phases: Mapping[str, tuple[str, ...]], start: Step, is_goal: Callable[[Step], bool]
) -> tuple[Edge, ...]:
    """Walk from a step to what it needs, level by level, and return the first chain that reaches a goal.

    A driver's own order of phases costs nothing: who reaches a phase has reached the earlier ones too.
    """
    needs: dict[Step, list[Edge]] = {}
    for edge in edges:
        needs.setdefault(edge.dependent, []).append(edge)
    entered: dict[Step, Edge | None] = dict.fromkeys(_up_to(start, phases))
    level = list(entered)
    while level:
        following: list[Step] = []
        for edge in (edge for step in level for edge in needs.get(step, ())):
            fresh = [step for step in _up_to(edge.needed, phases) if step not in entered]
            entered.update(dict.fromkeys(fresh, edge))
            following.extend(fresh)
            if any(is_goal(step) for step in fresh):
                return _walk_back(edge, entered)
        level = following
    return ()


def _up_to(step: Step, phases: Mapping[str, tuple[str, ...]]) -> list[Step]:
    """List a step and the driver's earlier ones, the latest first."""
    own = phases[step.driver]
    return [Step(step.driver, phase) for phase in reversed(own[: own.index(step.phase) + 1])]


def _walk_back(last: Edge, entered: Mapping[Step, Edge | None]) -> tuple[Edge, ...]:
    chain: list[Edge] = []
    edge: Edge | None = last
    while edge is not None:
        chain.append(edge)
        edge = entered[edge.dependent]
    return tuple(reversed(chain))


def count_chains(graph: DependencyGraph, dependent: str, needed: str) -> tuple[int, bool]:
    """Return how many chains there are, and whether that is all: counted step by step, never listed.

    Steps in a cycle count as one, with a single way through: then there are at least so many.
    """
    import networkx as nx

    ways = _ways(graph, dependent, needed)
    whole = nx.condensation(ways)
    place: Mapping[Step, int] = whole.graph["mapping"]
    start = place[Step(dependent, graph.drivers[dependent].phases[-1])]
    total = dict.fromkeys(whole, 0) | {start: 1}
    for node in nx.topological_sort(whole):
        for step in whole.nodes[node]["members"]:
            for other in ways.succ[step]:
                if place[other] != node:
                    total[place[other]] = min(total[place[other]] + total[node], COUNTED_UP_TO + 1)
    found = total[place[END]]
    return found, len(whole) == len(ways) and found <= COUNTED_UP_TO


def _ways(graph: DependencyGraph, dependent: str, needed: str) -> nx.DiGraph[Step]:
    """Return the steps on any way from one driver to another: an arrow to what each of them needs."""
    import networkx as nx

    steps = graph.steps
    ways: nx.DiGraph[Step] = nx.DiGraph()
    for far, near in steps.edges:
        own = far.driver == near.driver
        if near.driver != needed and (own or far.driver != dependent):
            ways.add_edge(near, far)
    ways.add_edges_from((Step(needed, phase), END) for phase in graph.drivers[needed].phases)
    start = Step(dependent, graph.drivers[dependent].phases[-1])
    ways.add_node(start)
    onward = nx.descendants(ways, start) | {start}
    return ways.subgraph(onward & (nx.ancestors(ways, END) | {END}))
