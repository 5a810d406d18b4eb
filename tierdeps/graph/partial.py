"""The plan of what can start of a graph with errors: what an error concerns is blocked, for that reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.graph.collapse import unorderable
from tierdeps.graph.errors import GraphError
from tierdeps.graph.graph import DependencyGraph
from tierdeps.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import Dependency, Driver, Finding, Plan


def partial_plan(graph: DependencyGraph, findings: Iterable[Finding] = ()) -> Plan:
    """Return the plan of a graph in which the drivers that an error concerns are blocked.

    ``findings`` are those of the rules; what leaves no order is found here in any case. What requires a blocked driver
    is blocked by the executor, as for a failure; errors that concern no driver are the plan's ``problems``.
    Raises GraphError where the tiers themselves have no order: then nothing can start.
    """
    errors = _Errors(graph)
    errors.add(finding for finding in findings if finding.severity is Severity.ERROR)
    while found := unorderable(graph):
        if graph.tier_order.cycles or graph.tier_order.unknown:
            raise GraphError(found)
        errors.add(found)
        graph = _without(graph, _faulty(graph))
    plan = graph.collapse()
    drivers = {
        name: replace(driver, blocked=errors.blocked[name]) if name in errors.blocked else driver
        for name, driver in plan.drivers.items()
    }
    return replace(plan, drivers=drivers, problems=tuple(errors.problems))


class _Errors:
    """The first error that concerns each driver, and those that concern none."""

    def __init__(self, graph: DependencyGraph) -> None:
        self.blocked: dict[str, str] = {}
        self.problems: list[str] = []
        self._known = graph.drivers

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            reason = f"{finding.code}: {finding.message}"
            names = [name for name in finding.concerned if name in self._known]
            for name in names:
                self.blocked.setdefault(name, reason)
            if not names:
                self.problems.append(reason)


def _faulty(graph: DependencyGraph) -> set[tuple[str, Dependency]]:
    """Return the dependencies that leave no order, each with who declares it: all of them are of blocked drivers."""
    cyclic = (edge for cycle in graph.cycles() for edge in cycle.component_edges or cycle.edges)
    edges = (*cyclic, *graph.conflicts, *graph.inversions)
    unresolved = {(item.driver, item.dependency) for item in graph.unresolved}
    return unresolved | {(edge.declarer, edge.dependency) for edge in edges}


def _without(graph: DependencyGraph, faulty: set[tuple[str, Dependency]]) -> DependencyGraph:
    """Return the graph without some dependencies, and with one driver of each name, of a tier that is declared."""
    untiered = set(graph.membership.unknown)

    def fixed(driver: Driver) -> Driver:
        kept = tuple(item for item in driver.dependencies if (driver.name, item) not in faulty)
        tier = None if driver.name in untiered else driver.tier
        return replace(driver, dependencies=kept, tier=tier)

    drivers = tuple(map(fixed, graph.drivers.values()))
    # without targets: the drivers are the active ones already, also those that only an omitted dependency brought in
    return DependencyGraph.of(replace(graph.declarations, drivers=drivers, targets=()))
