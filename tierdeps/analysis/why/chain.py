"""Chains of dependencies from one driver to another: a shortest one, and how many more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.model import Edge, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import networkx as nx

    from tierdeps.graph import DependencyGraph

#: The count of chains ends here: for the reader a larger number makes no difference.
MAX_CHAINS_COUNTED = 10**15
#: The node at which all chains end, for counting; no driver has an empty name.
END = Step("", "")


class Chain(Value):
    """A shortest chain of dependencies between two drivers, and how many other chains there are.

    A chain never returns to its first driver, ends when it reaches its last one, and passes no step twice. ``exact`` is
    false where there are at least so many: drivers on the way need each other in a cycle, or counting stopped.
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
    start = Step(dependent, graph.phases_of(dependent)[-1])
    if start not in _dependents(graph, needed):
        return ()
    return _search(graph.edges_of, graph.phases_of, start, lambda step: step.driver == needed)


def search_chain(
    edges: Iterable[Edge], phases: Callable[[str], tuple[str, ...]], start: Step, is_goal: Callable[[Step], bool]
) -> tuple[Edge, ...]:
    """Search breadth-first from a step for what it needs, and return the first chain that reaches a goal.

    A driver's own order of phases costs nothing: a chain that reaches a phase has reached the earlier ones too.
    """
    needs: dict[Step, list[Edge]] = {}
    for edge in edges:
        needs.setdefault(edge.dependent, []).append(edge)
    return _search(lambda step: needs.get(step, ()), phases, start, is_goal)


def _search(
    edges_of: Callable[[Step], Iterable[Edge]],
    phases: Callable[[str], tuple[str, ...]],
    start: Step,
    is_goal: Callable[[Step], bool],
) -> tuple[Edge, ...]:
    """Search; only the edges of steps that are reached are looked up, since a graph may have to make them."""
    entered: dict[Step, Edge | None] = dict.fromkeys(_up_to(start, phases))
    level = list(entered)
    while level:
        following: list[Step] = []
        for edge in (edge for step in level for edge in edges_of(step)):
            new = [step for step in _up_to(edge.needed, phases) if step not in entered]
            entered.update(dict.fromkeys(new, edge))
            following.extend(new)
            if any(is_goal(step) for step in new):
                return _walk_back(edge, entered)
        level = following
    return ()


def _dependents(graph: DependencyGraph, needed: str) -> set[Step]:
    """Return the steps of a driver, and all that depend on one of them: its first one is needed by the others."""
    import networkx as nx

    first = Step(needed, graph.phases_of(needed)[0])
    return nx.descendants(graph.steps, first) | {first}


def _up_to(step: Step, phases: Callable[[str], tuple[str, ...]]) -> list[Step]:
    """List a step and the driver's earlier ones, the latest first."""
    own = phases(step.driver)
    return [Step(step.driver, phase) for phase in reversed(own[: own.index(step.phase) + 1])]


def _walk_back(last: Edge, entered: Mapping[Step, Edge | None]) -> tuple[Edge, ...]:
    chain: list[Edge] = []
    edge: Edge | None = last
    while edge is not None:
        chain.append(edge)
        edge = entered[edge.dependent]
    return tuple(reversed(chain))


def count_chains(graph: DependencyGraph, dependent: str, needed: str) -> tuple[int, bool]:
    """Return how many chains there are, and whether that number is exact. They are counted, never listed.

    Steps that are on cycles with each other count as one, with a single way through: then there are at least so many.
    """
    import networkx as nx

    between = _steps_between(graph, dependent, needed)
    if nx.is_directed_acyclic_graph(between):
        found = _count_in_order(between, Step(dependent, graph.phases_of(dependent)[-1]))
        return found, found <= MAX_CHAINS_COUNTED
    condensed = nx.condensation(between)
    node_of: Mapping[Step, int] = condensed.graph["mapping"]
    start = node_of[Step(dependent, graph.drivers[dependent].phases[-1])]
    total = dict.fromkeys(condensed, 0) | {start: 1}
    for node in nx.topological_sort(condensed):
        for step in condensed.nodes[node]["members"]:
            for other in between.succ[step]:
                if node_of[other] != node:
                    total[node_of[other]] = min(total[node_of[other]] + total[node], MAX_CHAINS_COUNTED + 1)
    found = total[node_of[END]]
    return found, len(condensed) == len(between) and found <= MAX_CHAINS_COUNTED


def _count_in_order(between: nx.DiGraph[Step], start: Step) -> int:
    """Return how many ways lead from a step to the end."""
    import networkx as nx

    total = dict.fromkeys(between, 0) | {start: 1}
    successors = between.succ
    for generation in nx.topological_generations(between):
        for step in generation:
            ways = total[step]
            for other in successors[step]:
                total[other] = min(total[other] + ways, MAX_CHAINS_COUNTED + 1)
    return total[END]


def _steps_between(graph: DependencyGraph, dependent: str, needed: str) -> nx.DiGraph[Step]:
    """Return the steps on all chains from one driver to another, with an edge from each to what it needs."""
    import networkx as nx

    start = Step(dependent, graph.phases_of(dependent)[-1])
    steps = graph.steps
    candidates = _dependents(graph, needed) & (nx.ancestors(steps, start) | {start})
    between: nx.DiGraph[Step] = nx.DiGraph()
    for step in candidates:
        for needed_step in steps.pred[step] if step.driver != needed else ():
            is_own_order = needed_step.driver == step.driver
            if needed_step in candidates and (is_own_order or needed_step.driver != dependent):
                between.add_edge(step, needed_step)
    between.add_edges_from((Step(needed, phase), END) for phase in graph.phases_of(needed))
    between.add_node(start)
    onward = nx.descendants(between, start) | {start}
    kept = onward & (nx.ancestors(between, END) | {END})
    return between if len(kept) == len(between) else between.subgraph(kept)
