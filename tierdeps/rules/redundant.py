"""TD201: a dependency that follows from others."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Drop, Finding, Fix, Kind, Severity, Step
from tierdeps.rules import Inspection, Rule
from tierdeps.words.sentences import edge_evidence, edge_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Dependency, Edge

    #: How a step was reached: from which other one, and over which dependency; None for a driver's own phases.
    Reached = dict[Step, tuple[Step, Edge | None]]


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each dependency that says nothing new once the others are known."""
    ways = _Ways(inspection.graph)
    declared: dict[tuple[str, Dependency], list[Edge]] = {}
    for edge in inspection.graph.edges:
        declared.setdefault((edge.declarer, edge.dependency), []).append(edge)
    for edges in declared.values():
        chains = [ways.around(edge) for edge in edges]
        if all(chains):
            yield _finding(edges[0], chains[0])


def _finding(edge: Edge, chain: tuple[Edge, ...]) -> Finding:
    path = [chain[0].dependent.driver, *(item.needed.driver for item in chain)]
    known = " -> ".join(path) if len(chain) > 1 else edge_text(chain[0])
    fix = Fix(
        f"take it away, unless the life cycle of {edge.declarer} looks {edge.dependency.target} up",
        Drop(edge.declarer, edge.dependency),
        f"proved: {edge.dependent.driver} still comes after {edge.needed.driver}",
    )
    return RULE.finding(
        f"{edge_text(edge)}: that follows from {known}",
        dict.fromkeys((edge.declarer, *path)),
        map(edge_evidence, (edge, *chain)),
        (fix,),
        subject=(f"{edge.kind} {edge.dependency.target}",),
    )


class _Ways:
    """The ways from step to step that dependencies and drivers' own orders of phases make."""

    def __init__(self, graph: DependencyGraph) -> None:
        import networkx as nx

        self.place = {edge: place for place, edge in enumerate(graph.edges)}
        self.needs: dict[Step, list[Edge]] = {}
        for edge in graph.edges:
            self.needs.setdefault(edge.dependent, []).append(edge)
        self.previous: dict[Step, Step] = {}
        for driver in graph.drivers.values():
            self.previous |= {
                Step(driver.name, later): Step(driver.name, earlier) for earlier, later in pairwise(driver.phases)
            }
        whole = nx.condensation(graph.steps)
        height = {node: number for number, node in enumerate(nx.topological_sort(whole))}
        #: What a step needs is never higher than itself; as high is only what it is in a cycle with.
        self.height = {step: height[node] for step, node in whole.graph["mapping"].items()}

    def around(self, edge: Edge) -> tuple[Edge, ...]:
        """Return a shortest chain of other dependencies that says what an edge does; empty where there is none.

        What is inside a cycle is left alone: what follows from what there hangs on how the cycle is broken.
        """
        floor = self.height[edge.needed]
        reached: Reached = {edge.dependent: (edge.dependent, None)}
        level = [edge.dependent] if floor < self.height[edge.dependent] else []
        while level and edge.needed not in reached:
            fresh: Reached = {}
            for here in level:
                for step, link in self._onward(here, edge):
                    if step not in reached and self.height[step] >= floor:
                        fresh.setdefault(step, (here, link))
            reached |= fresh
            level = list(fresh)
        return _walk_back(edge, reached) if edge.needed in reached else ()

    def _onward(self, here: Step, edge: Edge) -> Iterator[tuple[Step, Edge | None]]:
        for other in self.needs.get(here, ()):
            if self._carries(other, edge):
                yield other.needed, other
        if here in self.previous:
            yield self.previous[here], None

    def _carries(self, other: Edge, edge: Edge) -> bool:
        """Tell whether a dependency holds whenever another one does, and passes failures on where that one does.

        Of two between the same steps only the latter follows from the former: hard ones and unconditional ones lead.
        """
        between_the_same = (other.dependent, other.needed) == (edge.dependent, edge.needed)
        if between_the_same and self.place[other] >= self.place[edge]:
            return False
        if (other.declarer, other.dependency) == (edge.declarer, edge.dependency):
            return False
        hard_enough = other.kind is Kind.REQUIRES or edge.kind is not Kind.REQUIRES
        return hard_enough and other.when in (None, edge.when)


def _walk_back(edge: Edge, reached: Reached) -> tuple[Edge, ...]:
    chain: list[Edge] = []
    step = edge.needed
    while step != edge.dependent:
        step, link = reached[step]
        if link is not None:
            chain.append(link)
    return tuple(reversed(chain))


RULE = Rule(
    "TD201",
    "redundant",
    Severity.WARNING,
    "A dependency says nothing that does not follow from others: the order is the same without it. One that passes\n"
    "failures on (requires) follows only from others that do, one that always holds only from others that always do.\n"
    "Looked for on request: tierdeps check --select TD201.",
    """
[drivers.storage]
requires = ["network", "secret"]      # network requires secret already
[drivers.network]
requires = ["secret"]
[drivers.secret]
""",
    "Take it away, or leave it: a dependency that says why it is there is worth having, and a life cycle can look up\n"
    "only what its own driver declares to depend on.",
    check,
    on_request=True,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
