"""The errors of a graph as sets: what a change adds to them is what it would cause."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.graph.resolve import Problem
from tierdeps.graph.view import component_numbers
from tierdeps.model import Dependency, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.graph.resolve import Unresolved

#: An edge of the step graph: a dependent step and the step that it needs.
StepEdge = tuple[Step, Step]
#: A dependency whose target cannot be resolved: its driver, the problem, and the name that was looked up.
Unmet = tuple[str, Dependency, Problem, str]


class ErrorSet(Value):
    """All errors of a graph by itself; false where there are none.

    ``circular`` has every edge that is on a cycle; ``tier_cycles`` has the neighbours along cycles of tiers;
    ``misplaced`` are drivers of a tier that nobody declares; ``others`` are errors that no change adds or removes.
    """

    unmet: frozenset[Unmet] = frozenset()
    conflicts: frozenset[tuple[str, str]] = frozenset()
    inversions: frozenset[StepEdge] = frozenset()
    circular: frozenset[StepEdge] = frozenset()
    tier_cycles: frozenset[tuple[str, str]] = frozenset()
    misplaced: frozenset[str] = frozenset()
    others: frozenset[object] = frozenset()

    @classmethod
    def of(cls, graph: DependencyGraph) -> ErrorSet:
        """Collect the errors of a graph."""
        return cls(
            frozenset(map(_unmet, graph.unresolved)),
            frozenset((edge.dependent.driver, edge.needed.driver) for edge in graph.conflicts),
            frozenset((edge.dependent, edge.needed) for edge in graph.inversions),
            frozenset(_circular(graph)),
            frozenset(neighbours for path in graph.tier_order.cycles for neighbours in pairwise(path)),
            frozenset(graph.membership.unknown),
            frozenset({*graph.duplicates, *(item[:2] for item in graph.tier_order.unknown)}),
        )

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)

    def __sub__(self, other: ErrorSet) -> ErrorSet:
        """Return the errors that another graph does not have."""
        return ErrorSet(*(getattr(self, name) - getattr(other, name) for name in self.__struct_fields__))


def _unmet(item: Unresolved) -> Unmet:
    """Return a problem so that it compares equal before and after a change of the choice of provider."""
    problem = Problem.AMBIGUOUS if item.problem is Problem.WRONG_CHOICE else item.problem
    return item.driver, item.dependency, problem, item.subject


def _circular(graph: DependencyGraph) -> Iterator[StepEdge]:
    number = component_numbers(graph)
    for edge in graph.edges if number else ():
        if edge.dependent in number and number[edge.dependent] == number.get(edge.needed):
            yield edge.dependent, edge.needed
